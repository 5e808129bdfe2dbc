//! One JSON-RPC message, read so that every other reader must read the same.
use super::agreement::{self, Envelope};
use super::head::Head;
use crate::error::WireError;
use crate::keys::{self, Others};
use crate::name;
use crate::route::Route;
use callgate_json::{Document, NumberClass, Object, Value};
use std::borrow::Cow;

/// What a request turned out to be.
#[derive(Clone, Debug)]
pub enum Message<'d> {
    /// `tools/call`.
    ToolCall(ToolCall<'d>),
    /// Any other request; its answer carries `id`.
    Request {
        /// The id exactly as written.
        id: RawId<'d>,
        /// The method, whichever; policies decide which ones there are.
        method: &'d str,
    },
    /// A notification: nobody answers it.
    Notification {
        /// The method, whichever; policies decide which ones there are.
        method: &'d str,
    },
    /// The client's answer to a request of the server.
    Response,
    /// GET: the server's event stream.
    Stream,
    /// DELETE: the end of the session.
    EndSession,
}

/// A call of a tool.
#[derive(Clone, Debug)]
pub struct ToolCall<'d> {
    /// The id exactly as written.
    pub id: RawId<'d>,
    /// The name that policies see: `server__tool`, or the bare name on a route without a server.
    pub name: Cow<'d, str>,
    /// The name that the server sees.
    pub tool: &'d str,
    /// The server of the route.
    pub server: Option<&'d str>,
    /// The arguments; absent stays absent.
    pub args: Option<Object<'d>>,
}

/// A request id as the client wrote it, to be echoed byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawId<'d>(&'d str);

impl<'d> RawId<'d> {
    /// An id that was read before.
    pub(crate) fn of(json: &'d str) -> Self {
        Self(json)
    }

    /// The JSON text of the id.
    #[must_use]
    pub fn as_json(self) -> &'d str {
        self.0
    }
}

impl<'d> Message<'d> {
    /// The id to answer to, if the message waits for an answer.
    #[must_use]
    pub fn id(&self) -> Option<RawId<'d>> {
        match self {
            Self::ToolCall(call) => Some(call.id),
            Self::Request { id, .. } => Some(*id),
            Self::Notification { .. } | Self::Response | Self::Stream | Self::EndSession => None,
        }
    }

    /// The method as policies see it: JSON-RPC's, or the HTTP method, or `response`.
    #[must_use]
    pub fn method(&self) -> &'d str {
        match self {
            Self::ToolCall(_) => TOOLS_CALL,
            Self::Request { method, .. } | Self::Notification { method } => method,
            Self::Response => RESPONSE,
            Self::Stream => STREAM,
            Self::EndSession => END_SESSION,
        }
    }
}

/// The largest integer below which doubles skip none (RFC 8259 §6).
const EXACT_INTEGER: u64 = (1 << 53) - 1;
const NOTIFICATIONS: &str = "notifications/";
/// What stands for a method in messages that have none.
const RESPONSE: &str = "response";
const STREAM: &str = "GET";
const END_SESSION: &str = "DELETE";
const TOOLS_CALL: &str = "tools/call";
/// The methods of MCP that servers answer, over all revisions.
const SERVED: [&str; 18] = [
    TOOLS_CALL,
    "tools/list",
    "resources/list",
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "resources/templates/list",
    "prompts/get",
    "prompts/list",
    "completion/complete",
    "logging/setLevel",
    "initialize",
    "ping",
    "server/discover",
    "tasks/get",
    "tasks/list",
    "tasks/result",
    "tasks/cancel",
];
const ENVELOPE_KEYS: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];
const PARAMS_KEYS: [&str; 7] = [
    "name",
    "arguments",
    "uri",
    "_meta",
    "task",
    "inputResponses",
    "requestState",
];

/// The id of a request that is otherwise not acceptable, when it has a usable one.
#[must_use]
pub fn request_id<'d>(document: &'d Document<'_>) -> Option<RawId<'d>> {
    let root = document.root().as_object()?;
    root.get("method")?;
    raw_id(root.get("id")?)
}

pub(super) fn read<'d>(
    head: &Head,
    document: &'d Document<'_>,
    route: &'d Route,
) -> Result<Message<'d>, WireError> {
    let root = document.root();
    if root.as_array().is_some() {
        return Err(WireError::Batch);
    }
    let root = root.as_object().ok_or(WireError::NotAnObject)?;
    keys::check(root, &ENVELOPE_KEYS, Others::Refused)?;
    if root.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(WireError::Version);
    }
    match root.get("method") {
        Some(method) => {
            let method = method.as_str().ok_or(WireError::Shape)?;
            called(head, root, method, route)
        }
        None => answered(head, root),
    }
}

fn called<'d>(
    head: &Head,
    root: Object<'d>,
    method: &'d str,
    route: &'d Route,
) -> Result<Message<'d>, WireError> {
    if root.contains("result") || root.contains("error") || !is_unmistakable(method) {
        return Err(WireError::Shape);
    }
    let params = match root.get("params") {
        None => None,
        Some(params) => Some(params.as_object().ok_or(WireError::Params)?),
    };
    if let Some(params) = params {
        keys::check(params, &PARAMS_KEYS, Others::Accepted)?;
    }
    let id = match root.get("id") {
        None => None,
        Some(id) => Some(raw_id(id).ok_or(WireError::Id)?),
    };
    let envelope = match id {
        Some(_) => Envelope::Request,
        None => Envelope::Other,
    };
    agreement::check(head, envelope, method, params)?;
    match (id, method) {
        (Some(id), TOOLS_CALL) => Ok(Message::ToolCall(tool_call(id, params, route)?)),
        // A call that nobody can answer could still be executed by a lenient server.
        (None, TOOLS_CALL) => Err(WireError::Id),
        // A notification with an id: some readers answer it, some run what its name resembles.
        (Some(_), method) if method.starts_with(NOTIFICATIONS) => Err(WireError::Id),
        (Some(id), method) => Ok(Message::Request { id, method }),
        (None, method) if method.starts_with(NOTIFICATIONS) => Ok(Message::Notification { method }),
        (None, _) => Err(WireError::Id),
    }
}

/// Whether every reader must take `method` for the same one, and for none of the transport's words.
///
/// A server that folds case or drops punctuation runs a tool for `Tools/Call` or `tools/call/`, which
/// would be judged as one more method. So what folds like a method of MCP must be that method. And a
/// body that borrows the transport's words would be judged as the transport.
fn is_unmistakable(method: &str) -> bool {
    let is_other = || {
        name::is_method(method)
            && ![RESPONSE, STREAM, END_SESSION].contains(&method)
            && !SERVED.iter().any(|known| keys::folds_alike(known, method))
    };
    SERVED.contains(&method) || is_other()
}

/// The name that policies know a tool of `server` by.
///
/// # Errors
/// [`WireError::ToolName`]: a name that is not plain, or already has the server's prefix.
pub fn full_name<'t>(server: Option<&str>, tool: &'t str) -> Result<Cow<'t, str>, WireError> {
    let name = match server {
        None => Cow::Borrowed(tool),
        Some(server) if name::is_prefix_alias(server, tool) => return Err(WireError::ToolName),
        Some(server) => Cow::Owned([server, name::SEPARATOR, tool].concat()),
    };
    match name::is_plain(tool) {
        true => Ok(name),
        false => Err(WireError::ToolName),
    }
}

fn tool_call<'d>(
    id: RawId<'d>,
    params: Option<Object<'d>>,
    route: &'d Route,
) -> Result<ToolCall<'d>, WireError> {
    let params = params.ok_or(WireError::Params)?;
    let tool = params.get("name").ok_or(WireError::Params)?;
    let tool = tool.as_str().ok_or(WireError::Params)?;
    let args = match params.get("arguments") {
        None => None,
        Some(args) => Some(args.as_object().ok_or(WireError::Arguments)?),
    };
    Ok(ToolCall {
        id,
        name: full_name(route.server(), tool)?,
        tool,
        server: route.server(),
        args,
    })
}

fn answered<'d>(head: &Head, root: Object<'d>) -> Result<Message<'d>, WireError> {
    if root.contains("params") || root.contains("result") == root.contains("error") {
        return Err(WireError::Shape);
    }
    root.get("id").and_then(raw_id).ok_or(WireError::Id)?;
    // A response has no method, so a header that mirrors one lies to whoever routes on it.
    agreement::check(head, Envelope::Other, "", None)?;
    Ok(Message::Response)
}

/// An id is a string or an integer that every reader holds exactly (MCP forbids `null`): JavaScript
/// rounds beyond 2^53 and answers `-0` as `0`, so the answer would be nobody's.
fn raw_id(id: Value<'_>) -> Option<RawId<'_>> {
    let exact = match id.as_number() {
        None => id.as_str().is_some(),
        Some(number) => match number.class() {
            NumberClass::Int(int) => {
                int.unsigned_abs() <= EXACT_INTEGER && (int != 0 || number.text() == "0")
            }
            NumberClass::Uint(_) | NumberClass::Double(_) | NumberClass::Unrepresentable => false,
        },
    };
    exact.then(|| RawId(id.raw()))
}
