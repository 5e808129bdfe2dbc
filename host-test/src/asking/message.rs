//! A call as an MCP message to the filter, the call that the filter reads out of it, and the line it logs.

use callgate_json::{Document, Object, Value, Writer};
use callgate_model::Limits;
use callgate_wire::name::is_plain;

use super::{Memory, PATH};

/// Who calls, as an authenticating filter in front would say it.
const IDENTITY: &str = "x-callgate-identity";

/// The task session, likewise.
const TASK: &str = "x-callgate-task";

/// The agent's run, likewise.
const RUN: &str = "x-callgate-run";

/// The session of an MCP connection.
const SESSION: &str = "mcp-session-id";

/// The configuration of a filter that decides by a release, a text in canonical form, and logs every record.
#[must_use]
pub fn asked_by(release: &str, server: Option<&str>, memory: Memory) -> String {
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    w.begin_object().key("audit").begin_object();
    w.key("log").bool(true).end_object();
    w.key("identity").begin_object();
    w.key("source").str("header").key("header").str(IDENTITY);
    w.end_object();
    // The release's own bytes: its digest is over numbers as they are written.
    w.key("release").raw(release.as_bytes());
    w.key("routes").begin_array().begin_object();
    w.key("path").str(PATH).key("kind").str("mcp");
    if let Some(server) = server {
        w.key("server").str(server);
    }
    w.end_object().end_array();
    w.key("run").begin_object();
    w.key("source").str("header").key("header").str(RUN);
    w.end_object();
    w.key("state").str(match memory {
        Memory::None => "none",
        Memory::Fresh => "process",
    });
    w.key("task").begin_object();
    w.key("source").str("header").key("header").str(TASK);
    w.end_object().end_object();
    text(out)
}

/// What is sent to have a call decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Header lines; the path is [`PATH`], the method POST.
    pub headers: Vec<(String, String)>,
    /// The MCP message.
    pub body: String,
    /// The server that the route belongs to.
    pub server: Option<String>,
    /// The run that it belongs to.
    pub run: Option<String>,
    /// The call that the filter reads out of it.
    pub call: String,
}

/// What of a call no message can carry, by its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost(pub String);

impl Sent {
    /// The message for a call: who calls, the task, the tool and the headers go along, anything else is left out.
    ///
    /// # Errors
    /// No message stands for it.
    pub fn of(call: &str) -> Result<Self, Lost> {
        let document = Document::parse(call.as_bytes(), &Limits::default().json);
        let document = document.map_err(|_| Lost("a call that is no JSON".to_owned()))?;
        let root = document.root();
        let lost = |path: &str| Err(Lost(path.to_owned()));
        let at = |path: &str| root.pointer(path).filter(|value| !value.is_null());
        let (Some(identity), Some(name)) = (at("/identity"), at("/request/tool/name")) else {
            return lost("no caller or no tool");
        };
        let caller = identity.pointer("/name").and_then(Value::as_str);
        let name = name.as_str().unwrap_or_default();
        let server = at("/request/tool/server").and_then(Value::as_str);
        let short = match server {
            None => Some(name),
            Some(server) => {
                let rest = name.strip_prefix(server);
                rest.and_then(|rest| rest.strip_prefix("__"))
            }
        };
        let Some(short) = short.filter(|name| is_plain(name)) else {
            return lost("`request.tool.name`");
        };
        if !caller.is_some_and(is_plain) {
            return lost("`identity.name`");
        }
        let kind = at("/request/kind").and_then(Value::as_str);
        if kind.is_some_and(|kind| kind != "tool_call") {
            return lost("`request.kind`");
        }
        let message = at("/request/message");
        let args = at("/request/tool/args");
        if args.is_some_and(|args| args.as_object().is_none()) {
            return lost("`request.tool.args`");
        }
        let task = at("/task").filter(|task| task.as_object().is_some_and(|it| !it.is_empty()));
        let mut headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            (IDENTITY.to_owned(), ascii(identity.raw())),
        ];
        headers.extend(task.map(|task| (TASK.to_owned(), ascii(task.raw()))));
        let text = |path| at(path).and_then(Value::as_str).filter(|text| is_id(text));
        let (run, session) = (text("/run/id"), text("/session/id"));
        headers.extend(run.map(|run| (RUN.to_owned(), run.to_owned())));
        headers.extend(session.map(|session| (SESSION.to_owned(), session.to_owned())));
        let own = at("/request/headers").and_then(Value::as_object);
        headers.extend(own.map(own_headers).unwrap_or_default());
        let seen = Seen {
            identity,
            task,
            headers: &headers,
            name,
            server,
            args,
            message: message.map(|message| body(short, args, Some(message))),
            run,
            session,
        };
        Ok(Self {
            run: run.map(str::to_owned),
            body: body(short, args, message),
            server: server.map(str::to_owned),
            call: seen.call(),
            headers,
        })
    }

    /// Whether the message carries the whole of the call that it was made for.
    ///
    /// # Errors
    /// The first thing that it leaves out.
    pub fn is_whole(&self, call: &str) -> Result<(), Lost> {
        let limits = Limits::default().json;
        let (Ok(call), Ok(seen)) = (
            Document::parse(call.as_bytes(), &limits),
            Document::parse(self.call.as_bytes(), &limits),
        ) else {
            return Err(Lost("a call that is no JSON".to_owned()));
        };
        match missing(call.root(), Some(seen.root()), &mut Vec::new()) {
            None => Ok(()),
            Some(path) => Err(Lost(format!("`{path}`"))),
        }
    }
}

/// Header lines of the call's own that a message may have beside those that every message has.
fn own_headers(headers: Object<'_>) -> Vec<(String, String)> {
    let lines = headers.iter().filter_map(|(name, value)| {
        let name = Some(name).filter(|name| is_own(name))?;
        let value = value.as_str().filter(|value| is_plain_value(value))?;
        Some((name.to_owned(), value.to_owned()))
    });
    lines.collect()
}

/// Headers that mean something to HTTP, to MCP, to Envoy or to the filter.
const OTHERS: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-original-url",
    "x-rewrite-url",
];

/// Likewise, by how they begin.
const FAMILIES: &[&str] = &[
    "mcp-",
    "x-callgate-",
    "x-envoy-",
    "x-http-method",
    "x-method",
    "proxy-",
];

fn is_own(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty()
        && name.bytes().all(plain)
        && !OTHERS.contains(&name)
        && !FAMILIES.iter().any(|family| name.starts_with(family))
}

/// Characters of an id that a header may carry.
const ID: usize = 128;

fn is_id(text: &str) -> bool {
    (1..=ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_plain_value(value: &str) -> bool {
    value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && value.trim() == value
}

/// The message, with what `like` says beside the name and the arguments.
fn body(name: &str, args: Option<Value<'_>>, like: Option<Value<'_>>) -> String {
    let id = like.and_then(|like| like.pointer("/id"));
    let params = like.and_then(|like| like.pointer("/params")?.as_object());
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    w.begin_object().key("jsonrpc").str("2.0");
    w.key("id").raw(id.map_or("1", Value::raw).as_bytes());
    w.key("method").str("tools/call");
    w.key("params").begin_object().key("name").str(name);
    if let Some(args) = args {
        w.key("arguments").raw(args.raw().as_bytes());
    }
    let others = params.into_iter().flat_map(|params| params.iter());
    for (name, value) in others.filter(|(name, _)| !["name", "arguments"].contains(name)) {
        w.key(name).raw(value.raw().as_bytes());
    }
    w.end_object().end_object();
    text(out)
}

/// What the filter will have read.
struct Seen<'s> {
    identity: Value<'s>,
    task: Option<Value<'s>>,
    headers: &'s [(String, String)],
    name: &'s str,
    server: Option<&'s str>,
    args: Option<Value<'s>>,
    message: Option<String>,
    run: Option<&'s str>,
    session: Option<&'s str>,
}

impl Seen<'_> {
    fn call(&self) -> String {
        let mut out = Vec::new();
        let mut w = Writer::new(&mut out);
        w.begin_object().key("identity");
        w.raw(self.identity.raw().as_bytes());
        w.key("request").begin_object();
        w.key("headers").begin_object();
        // Those of the identity, the task and the run end at the filter.
        let own = |name: &str| matches!(name, "content-type" | SESSION) || is_own(name);
        for (name, value) in self.headers.iter().filter(|(name, _)| own(name)) {
            w.key(name).str(value);
        }
        w.end_object();
        w.key("kind").str("tool_call");
        if let Some(message) = &self.message {
            w.key("message").raw(message.as_bytes());
        }
        w.key("method").str("tools/call");
        w.key("path").str(PATH);
        w.key("tool").begin_object().key("name").str(self.name);
        if let Some(server) = self.server {
            w.key("server").str(server);
        }
        if let Some(args) = self.args {
            w.key("args").raw(args.raw().as_bytes());
        }
        w.end_object().end_object();
        for (name, id) in [("run", self.run), ("session", self.session)] {
            if let Some(id) = id {
                w.key(name).begin_object().key("id").str(id).end_object();
            }
        }
        if let Some(task) = self.task {
            w.key("task").raw(task.raw().as_bytes());
        }
        w.end_object();
        text(out)
    }
}

/// The path of the first value in `part` that `whole` does not have.
fn missing<'v>(
    part: Value<'v>,
    whole: Option<Value<'v>>,
    path: &mut Vec<&'v str>,
) -> Option<String> {
    if let Some(object) = part.as_object() {
        for (key, part) in object.iter() {
            path.push(key);
            let inner = whole.and_then(|whole| whole.as_object());
            let inner = inner.and_then(|whole| whole.get(key));
            if let Some(lost) = missing(part, inner, path) {
                return Some(lost);
            }
            path.pop();
        }
        return None;
    }
    let same = match whole {
        None => part.is_null(),
        Some(whole) => match part.as_str() {
            Some(text) => whole.as_str() == Some(text),
            None => whole.raw() == part.raw(),
        },
    };
    (!same).then(|| path.join("."))
}

/// JSON that may stand in a header.
fn ascii(json: &str) -> String {
    let mut text = String::new();
    for unit in json.chars() {
        match unit {
            ' '..='~' => text.push(unit),
            // White space between tokens; within texts it is escaped.
            '\n' | '\r' | '\t' => text.push(' '),
            _ => {
                for half in unit.encode_utf16(&mut [0; 2]) {
                    text += &format!("\\u{half:04x}");
                }
            }
        }
    }
    text
}

/// INVARIANT: a [`Writer`] writes nothing but UTF-8.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

/// A line that the filter logged of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// RFC 3339.
    pub at: String,
    /// Canonical JSON.
    pub record: String,
}

impl Told {
    /// The line, if it is one of a decision.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let (_, line) = line.split_once(r#"callgate: {"at":""#)?;
        let (at, line) = line.split_once('"')?;
        let (_, record) = line.split_once(r#","record":"#)?;
        Some(Self {
            at: at.to_owned(),
            record: record.strip_suffix('}')?.to_owned(),
        })
    }
}
