//! Lists of tools, resources and prompts in what servers send: which entries stay, everything else byte for byte.
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

/// What asks for lists.
pub(crate) const METHODS: [&str; 4] = [
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "tools/list",
];
const TOOLS: &str = "tools";
const NAME: &str = "name";
/// Lists, and the methods that what is in them is asked for by.
const OTHERS: [(&str, &str); 3] = [
    ("prompts", "prompts/get"),
    ("resourceTemplates", "resources/read"),
    ("resources", "resources/read"),
];
/// Who may keep a list, as results of MCP 2026-07-28 say it.
const CACHE_SCOPE: &str = "cacheScope";
const PRIVATE: &str = "\"private\"";

/// The places to replace so that a list of tools in `message` has only what `shows` by the names that
/// policies know tools by, and one of resources or prompts nothing unless its reader `may` send requests of the method
/// that asks for them. A list that was looked at is its reader's own: nobody else is to be shown a copy.
///
/// # Errors
/// A list that is none, or has a tool without a name.
pub fn shown(
    message: &ServerMessage<'_>,
    server: Option<&str>,
    shows: impl Fn(&str) -> bool,
    may: impl Fn(&str) -> bool,
) -> Result<Vec<Replacement>, WireError> {
    let Some(result) = message.result.and_then(Value::as_object) else {
        return Ok(Vec::new());
    };
    // A reader that folds names would find another list, or other names in it.
    let mut known = vec![TOOLS, CACHE_SCOPE];
    known.extend(OTHERS.map(|(list, _)| list));
    keys::check(result, &known, Others::Accepted)?;
    let (mut lists, mut texts) = (false, Vec::new());
    if let Some(tools) = result.get(TOOLS) {
        lists = true;
        texts.extend(tools_shown(tools, server, shows)?.map(|text| (tools, text)));
    }
    for (name, method) in OTHERS {
        let Some(list) = result.get(name) else {
            continue;
        };
        let all = list.as_array().ok_or(WireError::Shape)?;
        lists = true;
        if all.iter().next().is_some() && !may(method) {
            texts.push((list, "[]".to_owned()));
        }
    }
    if !lists {
        return Ok(Vec::new());
    }
    let scope = result.get(CACHE_SCOPE);
    let mut places: Vec<Replacement> = Vec::new();
    for (list, mut text) in texts {
        if scope.is_none() && places.is_empty() {
            text.push_str(&[",\"", CACHE_SCOPE, "\":", PRIVATE].concat());
        }
        places.push(replacement(list, text));
    }
    if let Some(scope) = scope.filter(|scope| scope.raw() != PRIVATE) {
        places.push(replacement(scope, PRIVATE.to_owned()));
    }
    Ok(places)
}

/// A list of tools without those that are not shown; `None` if all are.
fn tools_shown(
    tools: Value<'_>,
    server: Option<&str>,
    shows: impl Fn(&str) -> bool,
) -> Result<Option<String>, WireError> {
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
    let fewer = kept.len() < all.len();
    Ok(fewer.then(|| ["[", &kept.join(","), "]"].concat()))
}

fn replacement(value: Value<'_>, text: String) -> Replacement {
    let (start, end) = value.span();
    Replacement { start, end, text }
}
