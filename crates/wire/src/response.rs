//! What servers send back: the messages of a response, and a response with values replaced.

use crate::error::WireError;
use crate::http::Headers;
use crate::route::{Protocol, Route};
use callgate_json::{Buffers, Document, Limits, Object, Value, View};

/// What a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// Messages of JSON-RPC.
    Rpc,
    /// Any JSON: all of it is the result.
    Json,
}

impl Spoken {
    /// What the server behind a route speaks.
    #[must_use]
    pub fn of(route: &Route) -> Self {
        match route.protocol() {
            Protocol::Mcp => Self::Rpc,
            Protocol::Http(_) | Protocol::Llm(_) => Self::Json,
        }
    }
}

/// How the body of a response is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// One JSON text.
    Json,
    /// Server-sent events, each with a JSON text.
    Events,
}

impl Body {
    /// What the headers of a response announce.
    ///
    /// # Errors
    /// Anything that cannot be judged: other media types, compressed bodies, headers that say two
    /// things.
    pub fn announced(headers: Headers<'_>, spoken: Spoken) -> Result<Self, WireError> {
        match headers.one("content-encoding")? {
            Some(value) if !value.trim_ascii().eq_ignore_ascii_case("identity") => {
                return Err(WireError::Encoding);
            }
            Some(_) | None => {}
        }
        let kind = headers.one("content-type")?.unwrap_or_default();
        match kind {
            kind if crate::media::is_json(kind) => Ok(Self::Json),
            // Errors of APIs are problems (RFC 9457), and many name their own kinds of JSON (RFC 6839).
            kind if spoken == Spoken::Json && crate::media::is_kind_of_json(kind) => Ok(Self::Json),
            kind if crate::media::is_events(kind) => Ok(Self::Events),
            _ => Err(WireError::MediaType),
        }
    }
}

/// A message of a server: the parts of it that carry content.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServerMessage<'d> {
    /// `id`, of a response the one it answers to.
    pub id: Option<Value<'d>>,
    /// `method` of a request or notification.
    pub method: Option<Value<'d>>,
    /// `result` of a response.
    pub result: Option<Value<'d>>,
    /// `error` of a response.
    pub error: Option<Value<'d>>,
    /// `params` of a request or notification.
    pub params: Option<Value<'d>>,
}

impl ServerMessage<'_> {
    /// Whether it answers a request with this id, as the client wrote it.
    #[must_use]
    pub fn answers(&self, asked: &str) -> bool {
        let document = Document::parse(asked.as_bytes(), &Limits::default());
        let (Ok(document), Some(answered), None) = (&document, self.id, self.method) else {
            return false;
        };
        let asked = document.root();
        match (asked.as_str(), answered.as_str()) {
            (Some(asked), Some(answered)) => asked == answered,
            (None, None) => asked.raw() == answered.raw(),
            _ => false,
        }
    }
}

const KEYS: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];

/// Reads the text of a response or of one event.
///
/// # Errors
/// It is no strict JSON, or too large.
pub fn read_document<'a>(
    text: &'a [u8],
    limits: &Limits,
    buffers: Buffers,
) -> Result<Document<'a>, WireError> {
    Ok(Document::parse_in(text, limits, buffers)?)
}

/// The messages in a document: one, or several in an array as revisions before 2025-06-18 had it.
///
/// # Errors
/// Something that is no message: a client might find in it what nobody looked at.
pub fn messages(root: Value<'_>, spoken: Spoken) -> Result<Vec<ServerMessage<'_>>, WireError> {
    if spoken == Spoken::Json {
        return Ok(vec![ServerMessage {
            result: Some(root),
            ..ServerMessage::default()
        }]);
    }
    match root.as_array() {
        Some(array) => array.iter().map(message).collect(),
        None => Ok(vec![message(root)?]),
    }
}

fn message(value: Value<'_>) -> Result<ServerMessage<'_>, WireError> {
    let object = value.as_object().ok_or(WireError::Shape)?;
    let known = |key: Value<'_>| key.as_str().is_some_and(|key| KEYS.contains(&key));
    // Readers that fold names, or keep what they do not know, see other members than these.
    if object.has_escaped_key() || !object.keys().all(known) {
        return Err(WireError::Shape);
    }
    let part = |name: &str| Object::get(object, name);
    let is_odd =
        |name: &str, is_usual: fn(Value<'_>) -> bool| part(name).is_some_and(|v| !is_usual(v));
    if is_odd("jsonrpc", |version| version.as_str() == Some("2.0"))
        || is_odd("method", |method| method.as_str().is_some())
        || is_odd("id", |id| {
            !matches!(id.view(), View::Array(_) | View::Object(_))
        })
    {
        return Err(WireError::Shape);
    }
    Ok(ServerMessage {
        id: part("id"),
        method: part("method"),
        result: part("result"),
        error: part("error"),
        params: part("params"),
    })
}

/// `source` with the values at these places replaced; places are byte ranges that do not overlap, in
/// order. Everything else stays byte for byte. `None` when a place is not there.
#[must_use]
pub fn replaced<'p>(
    source: &str,
    places: impl Iterator<Item = (u32, u32, &'p str)>,
) -> Option<String> {
    let mut out = String::with_capacity(source.len());
    let mut done = 0;
    for (start, end, text) in places {
        let (start, end) = (usize::try_from(start).ok()?, usize::try_from(end).ok()?);
        out.push_str(source.get(done..start)?);
        out.push_str(text);
        done = end;
    }
    out.push_str(source.get(done..)?);
    Some(out)
}
