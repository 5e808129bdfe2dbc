//! The tools that a model calls in a whole response.
use super::{Api, Llm, Vendor, responses};
use crate::error::WireError;
use crate::keys::{self, Others};
use callgate_json::{Object, Value};

/// A call that a model asks its client for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelCall {
    /// The name of the tool as the client sees it.
    pub name: String,
    /// The arguments as JSON; nobody has read it yet.
    pub args: String,
}

impl ModelCall {
    /// The call of a tool that takes any text: that is its one argument.
    pub(super) fn of_text(self) -> Self {
        let mut args = b"{\"input\":".to_vec();
        callgate_json::canonical::write_str(&self.args, &mut args);
        args.push(b'}');
        Self {
            name: self.name,
            // INVARIANT: JSON is written as UTF-8.
            args: String::from_utf8(args).unwrap_or_default(),
        }
    }
}

/// Every call in a response, in order.
///
/// # Errors
/// A response that a client might find another call in than was found here.
pub fn calls(llm: Llm, root: Value<'_>) -> Result<Vec<ModelCall>, WireError> {
    let root = root.as_object().ok_or(WireError::NotAnObject)?;
    if llm.api == Api::Responses {
        return responses::calls(llm, root);
    }
    let mut found = Vec::new();
    match llm.vendor {
        Vendor::OpenAi => {
            keys::check(root, &["choices"], Others::Accepted)?;
            for choice in list(root.get("choices"))? {
                let choice = object(choice)?;
                keys::check(
                    choice,
                    &["index", "message", "delta", "finish_reason"],
                    Others::Accepted,
                )?;
                if let Some(message) = present(choice.get("message")) {
                    of_message(object(message)?, &mut found)?;
                }
            }
        }
        Vendor::Anthropic => {
            keys::check(
                root,
                &["type", "role", "content", "stop_reason"],
                Others::Accepted,
            )?;
            for block in list(root.get("content"))? {
                let block = object(block)?;
                if block_kind(llm, block)? == Block::Call {
                    let input = block.get("input").ok_or(WireError::Completion)?;
                    found.push(ModelCall {
                        name: text(block.get("name"))?.to_owned(),
                        args: input.raw().to_owned(),
                    });
                }
            }
        }
    }
    Ok(found)
}

/// What the members of an OpenAI message, or of a part of one, are called.
pub(super) const OF_MESSAGE: [&str; 8] = [
    "role",
    "content",
    "refusal",
    TOOL_CALLS,
    FUNCTION_CALL,
    "audio",
    "annotations",
    "reasoning_content",
];
pub(super) const TOOL_CALLS: &str = "tool_calls";
pub(super) const FUNCTION_CALL: &str = "function_call";

fn of_message(message: Object<'_>, found: &mut Vec<ModelCall>) -> Result<(), WireError> {
    keys::check(message, &OF_MESSAGE, Others::Accepted)?;
    for call in list(message.get(TOOL_CALLS))? {
        let call = object(call)?;
        found.push(match call_kind(call)? {
            CallKind::Function(function) => of_function(function)?,
            CallKind::Custom(custom) => {
                let input = custom.get(INPUT).ok_or(WireError::Completion)?;
                text(Some(input))?;
                ModelCall {
                    name: text(custom.get(NAME))?.to_owned(),
                    args: ["{\"input\":", input.raw(), "}"].concat(),
                }
            }
        });
    }
    if let Some(function) = present(message.get(FUNCTION_CALL)) {
        found.push(of_function(object(function)?)?);
    }
    Ok(())
}

fn of_function(function: Object<'_>) -> Result<ModelCall, WireError> {
    keys::check(function, &[NAME, ARGUMENTS], Others::Accepted)?;
    Ok(ModelCall {
        name: text(function.get(NAME))?.to_owned(),
        args: text(function.get(ARGUMENTS))?.to_owned(),
    })
}

pub(super) const NAME: &str = "name";
pub(super) const ARGUMENTS: &str = "arguments";
pub(super) const INPUT: &str = "input";

/// What an OpenAI tool call is, and where that is said.
pub(super) enum CallKind<'d> {
    /// A function with JSON as arguments.
    Function(Object<'d>),
    /// A tool that takes any text.
    Custom(Object<'d>),
}

pub(super) fn call_kind(call: Object<'_>) -> Result<CallKind<'_>, WireError> {
    let known = ["id", "index", "type", "function", "custom"];
    keys::check(call, &known, Others::Accepted)?;
    let (function, custom) = (present(call.get("function")), present(call.get("custom")));
    let kind = present(call.get("type")).map(|kind| kind.as_str().unwrap_or_default());
    match (kind, function, custom) {
        // Parts of a call after its first do not say again what it is.
        (None | Some("function"), Some(function), None) => {
            Ok(CallKind::Function(object(function)?))
        }
        (None | Some("custom"), None, Some(custom)) => {
            let custom = object(custom)?;
            keys::check(custom, &[NAME, INPUT], Others::Accepted)?;
            Ok(CallKind::Custom(custom))
        }
        _ => Err(WireError::Completion),
    }
}

/// What a block of Anthropic content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// Something to read.
    Text,
    /// A call that the client is to make.
    Call,
    /// What a tool of the provider did.
    Provider,
}

pub(super) fn block_kind(llm: Llm, block: Object<'_>) -> Result<Block, WireError> {
    let known = [
        "type",
        "id",
        NAME,
        INPUT,
        "text",
        "thinking",
        "signature",
        "data",
        "citations",
    ];
    keys::check(block, &known, Others::Accepted)?;
    match text(block.get("type"))? {
        "text" | "thinking" | "redacted_thinking" => Ok(Block::Text),
        "tool_use" => Ok(Block::Call),
        "server_tool_use" | "mcp_tool_use" if llm.provider_tools => Ok(Block::Provider),
        kind if llm.provider_tools && kind.ends_with("_tool_result") => Ok(Block::Provider),
        // Nobody knows what a client makes of it.
        _ => Err(WireError::Completion),
    }
}

/// What is there and not null.
pub(super) fn present(value: Option<Value<'_>>) -> Option<Value<'_>> {
    value.filter(|value| !value.is_null())
}

pub(super) fn object(value: Value<'_>) -> Result<Object<'_>, WireError> {
    value.as_object().ok_or(WireError::Completion)
}

pub(super) fn text(value: Option<Value<'_>>) -> Result<&str, WireError> {
    value.and_then(Value::as_str).ok_or(WireError::Completion)
}

/// The items of a list, which may be absent or null.
pub(super) fn list(value: Option<Value<'_>>) -> Result<impl Iterator<Item = Value<'_>>, WireError> {
    let array = match present(value) {
        None => None,
        Some(value) => Some(value.as_array().ok_or(WireError::Completion)?),
    };
    Ok(array.into_iter().flat_map(|array| array.iter()))
}
