//! The arguments of a call: path variables, query parameters and members of the body in one object.
use super::head;
use super::query;
use super::template::Template;
use crate::error::WireError;
use crate::mcp::full_name;
use crate::route::{self, Route};
use callgate_json::{Document, Limits, Object};
use std::borrow::Cow;

/// A call of a tool by plain HTTP.
#[derive(Clone, Debug)]
pub struct ApiCall<'d> {
    /// The name that policies see: `server__tool`, or the bare name on a route without a server.
    pub name: Cow<'d, str>,
    /// The server of the route.
    pub server: Option<&'d str>,
    /// The HTTP method.
    pub method: &'static str,
    /// The path, without its query.
    pub path: &'d str,
    /// The arguments.
    pub args: Object<'d>,
}

/// The arguments of a request as one JSON object.
///
/// Variables and parameters are texts and come first; members of the body follow as they are written.
/// No name may come twice, not even spelt in another way: whether a server takes `id` from the path or
/// from the body is its own choice. So it matters to no policy where an argument stands, and a tool has
/// the same arguments whichever protocol it is called by.
///
/// # Errors
/// A query or body that is not acceptable, a name that comes twice or is not expected.
pub fn document(
    route: &Route,
    method: &str,
    target: &str,
    body: &[u8],
) -> Result<Document<'static>, WireError> {
    let template = head::template(route, method.as_bytes(), target)?;
    let mut text = Vec::with_capacity(target.len().saturating_add(body.len()));
    text.push(b'{');
    let (path, parameters) = target.split_once('?').unwrap_or((target, ""));
    let parameters = match parameters {
        "" if path.len() == target.len() => Vec::new(),
        text => query::pairs(text)?,
    };
    for (name, value) in template.pattern().values(path).chain(parameters) {
        member(name, value, &mut text);
    }
    let limits = route.limits();
    if body.is_empty() {
        text.push(b'}');
    } else {
        if body.len() > usize::try_from(limits.bytes).unwrap_or(0) {
            return Err(WireError::BodyTooLarge);
        }
        // INVARIANT: whatever these bytes are, the whole is one object only if they are one.
        let members = after_blanks(body).strip_prefix(b"{");
        let members = members.ok_or(WireError::Arguments)?;
        if text.len() > 1 && after_blanks(members).first() != Some(&b'}') {
            text.push(b',');
        }
        text.extend_from_slice(members);
    }
    // Where the body alone is bounded, path and query add what the host lets pass of them.
    let extra = u32::try_from(target.len()).unwrap_or(u32::MAX);
    let limits = Limits {
        bytes: limits.bytes.saturating_add(extra.saturating_mul(OVERHEAD)),
        ..*limits
    };
    let document = Document::parse_owned(text, &limits)?;
    check_names(template, document.root().as_object())?;
    Ok(document)
}

/// A text without the white space of JSON before it.
fn after_blanks(text: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| b" \t\r\n".contains(byte);
    let start = text.iter().position(|byte| !is_blank(byte));
    start
        .and_then(|start| text.get(start..))
        .unwrap_or_default()
}

/// Bytes that a byte of a target takes at most: `&a=` becomes `"a":"",`.
const OVERHEAD: u32 = 8;

/// Adds a member that needs no escapes.
fn member(name: &str, value: &str, text: &mut Vec<u8>) {
    if text.len() > 1 {
        text.push(b',');
    }
    for part in ["\"", name, "\":\"", value, "\""] {
        text.extend_from_slice(part.as_bytes());
    }
}

/// Readers differ in folding: some ignore case, some `_` and `-`, Go takes `ſ` for `s`.
fn check_names(template: &Template, object: Option<Object<'_>>) -> Result<(), WireError> {
    let object = object.ok_or(WireError::Arguments)?;
    let mut folded = Vec::with_capacity(object.len());
    for (name, _) in object.iter() {
        let known = template.arguments().is_none_or(|known| {
            let mut known = known.iter().map(String::as_str);
            known.any(|known| known == name) || template.pattern().variables().any(|v| v == name)
        });
        if !known {
            return Err(WireError::KeyUnknown);
        }
        folded.push(fold(name));
    }
    callgate_json::sort_by(&mut folded, Ord::cmp);
    match folded.is_sorted_by(|one, next| one < next) {
        true => Ok(()),
        false => Err(WireError::KeyLookAlike),
    }
}

fn fold(name: &str) -> String {
    let fold = |letter: char| match letter {
        '_' | '-' | '\0' => None,
        'ſ' => Some('s'),
        '\u{212a}' => Some('k'),
        letter => Some(letter.to_ascii_lowercase()),
    };
    name.chars().filter_map(fold).collect()
}

/// Reads the call in a document of [`document`].
///
/// # Errors
/// A tool whose name has its server's prefix already.
pub(crate) fn call<'d>(
    route: &'d Route,
    method: &'static str,
    target: &'d str,
    document: &'d Document<'_>,
) -> Result<ApiCall<'d>, WireError> {
    let template = head::template(route, method.as_bytes(), target)?;
    Ok(ApiCall {
        name: full_name(route.server(), template.tool())?,
        server: route.server(),
        method,
        path: route::without_query(target),
        args: document.root().as_object().ok_or(WireError::Arguments)?,
    })
}
