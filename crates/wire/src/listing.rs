//! Lists of tools in what servers send: which entries stay, everything else byte for byte.
use crate::error::WireError;
use crate::keys::{self, Others};
use crate::mcp;
use crate::response::ServerMessage;
use callgate_json::Value;
use std::borrow::Cow;

/// A value of a response and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// Its first byte in the text of the response.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
    /// The JSON that stands there instead.
    pub text: String,
}

const TOOLS: &str = "tools";
const NAME: &str = "name";
/// Who may keep a list, as results of MCP 2026-07-28 say it.
const CACHE_SCOPE: &str = "cacheScope";
const PRIVATE: &str = "\"private\"";

/// The places to replace so that a list of tools in `message` has only what `shows` by the names that
/// policies know tools by. A list that was looked at is its reader's own: nobody else is to be shown a copy.
///
/// # Errors
/// A list that is none, or has a tool without a name.
pub fn shown(
    message: &ServerMessage<'_>,
    server: Option<&str>,
    shows: impl Fn(&str) -> bool,
) -> Result<Vec<Replacement>, WireError> {
    let Some(result) = message.result.and_then(Value::as_object) else {
        return Ok(Vec::new());
    };
    // A reader that folds names would find another list, or other names in it.
    keys::check(result, &[TOOLS, CACHE_SCOPE], Others::Accepted)?;
    let Some(tools) = result.get(TOOLS) else {
        return Ok(Vec::new());
    };
    let all = tools.as_array().ok_or(WireError::Shape)?;
    let mut kept = Vec::new();
    for tool in all.iter() {
        let tool_object = tool.as_object().ok_or(WireError::Shape)?;
        keys::check(tool_object, &[NAME], Others::Accepted)?;
        let name = tool_object.get(NAME).and_then(Value::as_str);
        let name = name.ok_or(WireError::Shape)?;
        // A name that every call is refused for is shown to nobody.
        let name: Result<Cow<'_, str>, _> = mcp::full_name(server, name);
        if name.is_ok_and(|name| shows(&name)) {
            kept.push(tool.raw());
        }
    }
    let scope = result.get(CACHE_SCOPE);
    let mut places = Vec::new();
    if kept.len() < all.len() {
        let mut text = ["[", &kept.join(","), "]"].concat();
        if scope.is_none() {
            text.push_str(&[",\"", CACHE_SCOPE, "\":", PRIVATE].concat());
        }
        places.push(replacement(tools, text));
    }
    if let Some(scope) = scope.filter(|scope| scope.raw() != PRIVATE) {
        places.push(replacement(scope, PRIVATE.to_owned()));
    }
    Ok(places)
}

fn replacement(value: Value<'_>, text: String) -> Replacement {
    let (start, end) = value.span();
    Replacement { start, end, text }
}
