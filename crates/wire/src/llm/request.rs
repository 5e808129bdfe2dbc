//! Requests to language models: which model is asked, and every text that it will see.
use super::{Api, Llm, Vendor, responses};
use crate::error::WireError;
use crate::keys::{self, Others};
use callgate_json::{Array, Buffers, Document, Limits, Object, Value, View};

/// A request to a language model.
#[derive(Clone, Copy, Debug)]
pub struct Chat<'d> {
    /// What is asked for.
    pub api: Api,
    /// The model.
    pub model: &'d str,
    /// Every text of the conversation, in order.
    pub prompt: Array<'d>,
    /// Every other member of the request: tools, limits, metadata.
    pub args: Object<'d>,
}

/// Members that are read here. Others may be there, but none that another reader takes for these.
const KNOWN: [&str; 14] = [
    MODEL,
    MESSAGES,
    SYSTEM,
    INSTRUCTIONS,
    INPUT,
    "stream",
    "n",
    "tools",
    "tool_choice",
    "functions",
    "function_call",
    "prompt",
    "mcp_servers",
    "web_search_options",
];
const OF_MESSAGES: [&str; 9] = [
    "role",
    "content",
    "name",
    "tool_calls",
    "tool_call_id",
    "function_call",
    "refusal",
    "audio",
    "type",
];
const ROLES: [&str; 6] = [
    "system",
    "developer",
    "user",
    "assistant",
    "tool",
    "function",
];
const MODEL: &str = "model";
const MESSAGES: &str = "messages";
const SYSTEM: &str = "system";
const INSTRUCTIONS: &str = "instructions";
const INPUT: &str = "input";

/// Bytes of the name of a model.
const MODEL_BYTES: usize = 256;

/// Kinds of tools that the client runs, by what their `type` begins with; any other the provider runs.
const CLIENT_TOOLS: [&str; 6] = [
    "function",
    "custom",
    "bash_",
    "text_editor_",
    "computer_",
    "memory_",
];

/// What policies are asked about, as one document `{"args", "model", "prompt"}`.
///
/// # Errors
/// A body that is too large, no strict JSON, or no request of the vendor's; one that has the provider run
/// tools where that is not allowed.
pub fn document(
    llm: Llm,
    limits: &Limits,
    body: &[u8],
    buffers: Buffers,
) -> Result<Document<'static>, WireError> {
    let document = Document::parse_in(body, limits, buffers)?;
    let root = document.root().as_object().ok_or(WireError::NotAnObject)?;
    keys::check(root, &KNOWN, Others::Accepted)?;
    check(llm, root)?;
    let mut text = String::with_capacity(body.len());
    text.push_str("{\"args\":{");
    let spoken = spoken(llm);
    let others = root
        .iter()
        .filter(|(name, _)| *name != MODEL && !spoken.contains(name));
    let mut first = true;
    for (name, value) in others {
        separate(&mut first, &mut text);
        // A name without escapes: `keys::check` refuses others.
        for part in ["\"", name, "\":", value.raw()] {
            text.push_str(part);
        }
    }
    text.push_str("},\"model\":");
    text.push_str(model(root)?.raw());
    text.push_str(",\"prompt\":[");
    let mut first = true;
    for value in spoken.iter().filter_map(|name| root.get(name)) {
        texts(value, Names::Known, &mut first, &mut text);
    }
    text.push_str("]}");
    let limits = Limits {
        bytes: limits.bytes.saturating_mul(2).saturating_add(OVERHEAD),
        depth: limits.depth.saturating_add(1),
        // Names of arguments count as texts.
        nodes: limits.nodes.saturating_mul(2).saturating_add(OVERHEAD),
        ..*limits
    };
    Ok(Document::parse_owned(text.into_bytes(), &limits)?)
}

/// What is written around the parts of a request, and more.
const OVERHEAD: u32 = 64;

/// Members that hold the conversation, in the order that the model reads them in.
fn spoken(llm: Llm) -> &'static [&'static str] {
    match (llm.api, llm.vendor) {
        (Api::Embeddings, _) => &[INPUT],
        (Api::Responses, _) => &[INSTRUCTIONS, INPUT],
        (Api::Chat, Vendor::OpenAi) => &[MESSAGES],
        (Api::Chat, Vendor::Anthropic) => &[SYSTEM, MESSAGES],
    }
}

fn check(llm: Llm, root: Object<'_>) -> Result<(), WireError> {
    let name = model(root)?.as_str().unwrap_or_default();
    let plain = name.bytes().all(|byte| byte.is_ascii_graphic());
    if name.is_empty() || name.len() > MODEL_BYTES || !plain {
        return Err(WireError::Chat);
    }
    let stream = root.get("stream");
    if stream.is_some_and(|stream| !stream.is_null() && stream.as_bool().is_none()) {
        return Err(WireError::Chat);
    }
    if !llm.provider_tools && provider_runs(llm, root) {
        return Err(WireError::ProviderTools);
    }
    match llm.api {
        Api::Embeddings => check_input(root.get(INPUT).ok_or(WireError::Chat)?),
        Api::Responses => {
            let instructions = root.get(INSTRUCTIONS).filter(|value| !value.is_null());
            if instructions.is_some_and(|value| value.as_str().is_none()) {
                return Err(WireError::Chat);
            }
            check_items(root.get(INPUT).ok_or(WireError::Chat)?)
        }
        Api::Chat => {
            if llm.vendor == Vendor::Anthropic && !root.get(SYSTEM).is_none_or(is_content) {
                return Err(WireError::Chat);
            }
            let messages = root.get(MESSAGES).and_then(Value::as_array);
            messages
                .ok_or(WireError::Chat)?
                .iter()
                .try_for_each(check_message)
        }
    }
}

fn model(root: Object<'_>) -> Result<Value<'_>, WireError> {
    let model = root.get(MODEL).ok_or(WireError::Chat)?;
    model.as_str().map(|_| model).ok_or(WireError::Chat)
}

/// Texts, not numbers of tokens: nobody could read those.
fn check_input(input: Value<'_>) -> Result<(), WireError> {
    let all_texts = |array: Array<'_>| array.iter().all(|item| item.as_str().is_some());
    match input.as_str().is_some() || input.as_array().is_some_and(all_texts) {
        true => Ok(()),
        false => Err(WireError::Chat),
    }
}

/// A text, or items: messages, and what came of calls.
fn check_items(input: Value<'_>) -> Result<(), WireError> {
    if input.as_str().is_some() {
        return Ok(());
    }
    for item in input.as_array().ok_or(WireError::Chat)?.iter() {
        let object = item.as_object().ok_or(WireError::Chat)?;
        keys::check(object, &responses::OF_ITEM, Others::Accepted)?;
        let kind = object.get("type").map(Value::as_str);
        match kind {
            None | Some(Some("message")) => check_message(item)?,
            Some(Some(_)) => {}
            Some(None) => return Err(WireError::Chat),
        }
    }
    Ok(())
}

fn check_message(message: Value<'_>) -> Result<(), WireError> {
    let message = message.as_object().ok_or(WireError::Chat)?;
    keys::check(message, &OF_MESSAGES, Others::Accepted)?;
    let role = message.get("role").and_then(Value::as_str);
    let is_role = role.is_some_and(|role| ROLES.contains(&role));
    match is_role && message.get("content").is_none_or(is_content) {
        true => Ok(()),
        false => Err(WireError::Chat),
    }
}

/// A text, a list of parts, or nothing.
fn is_content(value: Value<'_>) -> bool {
    let parts = |parts: Array<'_>| parts.iter().all(|part| part.as_object().is_some());
    value.is_null() || value.as_str().is_some() || value.as_array().is_some_and(parts)
}

/// Whether a request has the provider run tools, whose calls no client and no gateway sees beforehand.
fn provider_runs(llm: Llm, root: Object<'_>) -> bool {
    let is_there = |name: &str| root.get(name).is_some_and(|value| !value.is_null());
    let is_ours = |tool: Value<'_>| {
        let kind = tool.as_object().and_then(|tool| tool.get("type"));
        if llm.api == Api::Responses {
            return responses::is_run_by_the_client(tool);
        }
        kind.is_none_or(|kind| {
            let kind = kind.as_str().unwrap_or_default();
            CLIENT_TOOLS.iter().any(|known| kind.starts_with(known))
        })
    };
    let tools = root.get("tools").filter(|tools| !tools.is_null());
    let all_ours = |tools: Value<'_>| {
        tools
            .as_array()
            .is_some_and(|tools| tools.iter().all(is_ours))
    };
    // A prompt that the provider keeps brings tools of its own.
    let is_kept = llm.api == Api::Responses && is_there("prompt");
    is_there("mcp_servers")
        || is_there("web_search_options")
        || is_kept
        || !tools.is_none_or(all_ours)
}

/// Whether the names of members are the vendor's own, or somebody's words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    Known,
    Free,
}

/// Adds every text in a value; names as well where they are free.
fn texts(value: Value<'_>, names: Names, first: &mut bool, out: &mut String) {
    match value.view() {
        View::Null | View::Bool(_) => {}
        // Whoever hides digits behind a number has them read, too.
        View::Number(_) | View::String(_) => {
            separate(first, out);
            let quote = if value.as_str().is_some() { "" } else { "\"" };
            for part in [quote, value.raw(), quote] {
                out.push_str(part);
            }
        }
        View::Array(array) => array.iter().for_each(|item| texts(item, names, first, out)),
        View::Object(object) => {
            // What is no word of the vendor's is somebody's, wherever it stands.
            let is_free =
                |key: &Value<'_>| names == Names::Free || !key.as_str().is_some_and(is_word);
            for key in object.keys().filter(is_free) {
                separate(first, out);
                out.push_str(key.raw());
            }
            for (name, member) in object.iter() {
                let word = member.as_str().is_some_and(is_word);
                match name {
                    "role" | "type" if names == Names::Known && word => {}
                    "input" => texts(member, Names::Free, first, out),
                    _ => texts(member, names, first, out),
                }
            }
        }
    }
}

/// A word of the protocol: who speaks, what kind of part it is.
fn is_word(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    text.len() <= WORD_BYTES && text.bytes().all(plain)
}

/// Bytes of a word of the protocol; longer ones are read like any text.
const WORD_BYTES: usize = 32;

fn separate(first: &mut bool, out: &mut String) {
    if !core::mem::take(first) {
        out.push(',');
    }
}

/// Reads a document of [`document`].
///
/// # Errors
/// It is none.
pub(crate) fn chat<'d>(llm: Llm, document: &'d Document<'_>) -> Result<Chat<'d>, WireError> {
    let root = document.root();
    let part = |name: &str| root.pointer(name).ok_or(WireError::Chat);
    Ok(Chat {
        api: llm.api,
        model: part("/model")?.as_str().ok_or(WireError::Chat)?,
        prompt: part("/prompt")?.as_array().ok_or(WireError::Chat)?,
        args: part("/args")?.as_object().ok_or(WireError::Chat)?,
    })
}
