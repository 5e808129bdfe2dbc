//! Items of OpenAI's Responses: what a model says, what it wants its client to run, what the provider ran.
use super::Llm;
use super::calls::{ARGUMENTS, INPUT, ModelCall, NAME, list, object, present, text};
use crate::error::WireError;
use crate::keys::{self, Others};
use callgate_json::{Object, Value};

/// What the members of an item are called that are read here.
pub(super) const OF_ITEM: [&str; 13] = [
    "type", "id", "call_id", NAME, NAMESPACE, ARGUMENTS, INPUT, "output", "status", "role",
    "content", "summary", "action",
];
const NAMESPACE: &str = "namespace";

/// Tools beside functions that a client runs; their calls are called after them.
const CLIENT_TOOLS: [&str; 4] = ["computer", "local_shell", "shell", "apply_patch"];
/// What the provider did, and what it asks the client about that.
const OF_PROVIDER: [&str; 8] = [
    "web_search_call",
    "file_search_call",
    "code_interpreter_call",
    "image_generation_call",
    "mcp_call",
    "mcp_list_tools",
    "mcp_approval_request",
    "shell_call_output",
];

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// Something to read.
    Text,
    /// A call that the client is to make, as far as it has come, and how the rest of it comes.
    Call(ModelCall, Rest),
    /// What a tool of the provider did.
    Provider,
}

/// How the arguments of a call come in events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// As parts of JSON.
    Json,
    /// As parts of any text.
    Text,
    /// With the whole item.
    None,
}

/// Reads an item.
///
/// # Errors
/// Nobody knows what a client makes of it.
pub(super) fn item(llm: Llm, item: Object<'_>) -> Result<Item, WireError> {
    keys::check(item, &OF_ITEM, Others::Accepted)?;
    // Of two tools with one name, a namespace says which.
    if present(item.get(NAMESPACE)).is_some() {
        return Err(WireError::Completion);
    }
    let call = |member: &str| {
        Ok::<_, WireError>(ModelCall {
            name: text(item.get(NAME))?.to_owned(),
            args: text(item.get(member))?.to_owned(),
        })
    };
    match text(item.get("type"))? {
        "message" | "reasoning" | "compaction" => Ok(Item::Text),
        "function_call" => Ok(Item::Call(call(ARGUMENTS)?, Rest::Json)),
        "custom_tool_call" => Ok(Item::Call(call(INPUT)?, Rest::Text)),
        kind if llm.provider_tools && OF_PROVIDER.contains(&kind) => Ok(Item::Provider),
        kind => {
            let tool = kind.strip_suffix("_call").unwrap_or_default();
            let name = CLIENT_TOOLS.iter().find(|known| **known == tool);
            let name = name.ok_or(WireError::Completion)?;
            let call = ModelCall {
                name: (*name).to_owned(),
                args: item.value().raw().to_owned(),
            };
            Ok(Item::Call(call, Rest::None))
        }
    }
}

/// The call, now that nothing more of it comes.
pub(super) fn whole(call: ModelCall, rest: Rest) -> ModelCall {
    match rest {
        Rest::Json | Rest::None => call,
        Rest::Text => call.of_text(),
    }
}

/// Every call in a response, in order.
///
/// # Errors
/// A response that a client might find another call in than was found here.
pub(super) fn calls(llm: Llm, root: Object<'_>) -> Result<Vec<ModelCall>, WireError> {
    keys::check(root, &["output", "error"], Others::Accepted)?;
    let mut found = Vec::new();
    for output in list(root.get("output"))? {
        if let Item::Call(call, rest) = item(llm, object(output)?)? {
            found.push(whole(call, rest));
        }
    }
    Ok(found)
}

/// Whether a tool of a request is one that the client runs.
pub(super) fn is_run_by_the_client(tool: Value<'_>) -> bool {
    let at = |place: &str| tool.pointer(place).and_then(Value::as_str);
    match at("/type") {
        Some("function" | "custom" | "computer_use_preview") => true,
        // It may be run in a container of the provider's as well.
        Some("shell") => at("/environment/type") == Some("local"),
        Some(kind) => CLIENT_TOOLS.contains(&kind),
        None => false,
    }
}
