//! The question: who asks, within which task, to do what. Borrowed from the bytes that were read.

use callgate_json::{Array, Object, Value};

use crate::{Diagnostic, MicroUsd, Reader, Timestamp};

/// One call to be judged.
#[derive(Debug, Clone, Copy, Default)]
pub struct Call<'a> {
    /// Who calls; `None` is refused as unauthenticated.
    pub identity: Option<Identity<'a>>,
    /// The task session the call belongs to, if a valid one was presented.
    pub task: Option<Task<'a>>,
    /// What is asked for.
    pub request: Request<'a>,
    /// The agent's run.
    pub run: Run<'a>,
    /// The session's id. Context, never authority.
    pub session: Option<&'a str>,
    /// The mission's id.
    pub mission: Option<&'a str>,
}

/// Who calls, as the host established it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Identity<'a> {
    /// The agent's name.
    pub name: &'a str,
    /// Its labels; absent is empty.
    pub labels: Option<Object<'a>>,
    /// Its groups; absent is empty.
    pub groups: Option<Array<'a>>,
}

/// A task session.
#[derive(Debug, Clone, Copy, Default)]
pub struct Task<'a> {
    /// The task's name.
    pub name: Option<&'a str>,
    /// Its labels; absent is empty.
    pub labels: Option<Value<'a>>,
    /// What the task is about: whatever its issuer wrote.
    pub context: Option<Value<'a>>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// Which protocol it came by.
    pub kind: Kind,
    /// The tool, for tool calls.
    pub tool: Tool<'a>,
    /// The upstream it goes to.
    pub upstream: Option<&'a str>,
    /// The JSON-RPC method for MCP, the HTTP method for HTTP.
    pub method: Option<&'a str>,
    /// The HTTP path.
    pub path: Option<&'a str>,
    /// HTTP headers, names in lower case.
    pub headers: Headers<'a>,
    /// Prompt texts of a chat request.
    pub prompt: Option<Array<'a>>,
    /// Tags the host put on the request.
    pub tags: Option<Array<'a>>,
    /// Risk level the host assigned.
    pub risk: Option<&'a str>,
    /// Impact the host assigned.
    pub impact: Option<&'a str>,
    /// What the call costs.
    pub cost: Option<MicroUsd>,
    /// The language model a chat completion or embedding asks for.
    pub model: Option<&'a str>,
    /// The JSON-RPC message that it came in: what else it says is looked through for values that must
    /// not leave.
    pub message: Option<Value<'a>>,
}

/// The tool that is called.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tool<'a> {
    /// Its name; `server__tool` when it belongs to a named MCP server.
    pub name: Option<&'a str>,
    /// The MCP server it belongs to.
    pub server: Option<&'a str>,
    /// Its arguments; absent is empty.
    pub args: Option<Value<'a>>,
}

/// The agent's run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Run<'a> {
    /// Its id.
    pub id: Option<&'a str>,
    /// When it began.
    pub started_at: Option<Timestamp>,
}

/// HTTP headers, from a call's JSON or straight from the wire.
#[derive(Debug, Clone, Copy, Default)]
pub enum Headers<'a> {
    /// There are none.
    #[default]
    Absent,
    /// A JSON object of strings.
    Json(Object<'a>),
    /// Name and value pairs, names in lower case, unique, sorted.
    Pairs(&'a [(&'a str, &'a str)]),
}

/// Which protocol a request came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// A call of a tool.
    #[default]
    ToolCall,
    /// Any other MCP message.
    McpRequest,
    /// A chat completion.
    ChatCompletion,
    /// An embedding.
    Embedding,
    /// Plain HTTP.
    HttpRequest,
}

impl Kind {
    /// The name policies see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ToolCall => "tool_call",
            Self::McpRequest => "mcp_request",
            Self::ChatCompletion => "chat_completion",
            Self::Embedding => "embedding",
            Self::HttpRequest => "http_request",
        }
    }

    /// Every kind with its name.
    pub const NAMED: [(&'static str, Self); 5] = [
        ("tool_call", Self::ToolCall),
        ("mcp_request", Self::McpRequest),
        ("chat_completion", Self::ChatCompletion),
        ("embedding", Self::Embedding),
        ("http_request", Self::HttpRequest),
    ];
}

impl<'a> Call<'a> {
    /// Reads the JSON form of a call. Absent parts are empty; unknown fields are errors.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place in the text.
    pub fn read(root: Value<'a>) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader::default();
        let call = call(&mut reader, root);
        reader.finish(call)
    }
}

impl<'a> Identity<'a> {
    /// Reads `{name, labels, groups}`.
    pub fn read(reader: &mut Reader, value: Value<'a>) -> Option<Self> {
        let what = "`identity`";
        let [name, labels, groups] = reader.members(value, what, &["name", "labels", "groups"])?;
        let labels = labels.map(|v| reader.object(v, "`labels`"));
        let groups = groups.map(|v| reader.strings(v, "`groups`"));
        if name.is_none() {
            let message = "`identity` needs `name`".to_owned();
            reader.error("MISSING_FIELD", value, message, None);
        }
        Some(Self {
            name: reader.string(name?, "`name`")?,
            labels: labels.flatten(),
            groups: groups.flatten(),
        })
    }
}

impl<'a> Task<'a> {
    /// Reads `{name, labels, context}`; the empty object is no task.
    pub fn read(reader: &mut Reader, value: Value<'a>) -> Option<Self> {
        let known = ["name", "labels", "context"];
        let [name, labels, context] = reader.members(value, "`task`", &known)?;
        if value.as_object()?.is_empty() {
            return None;
        }
        Some(Self {
            name: text(reader, name, "`name`"),
            labels,
            context,
        })
    }
}

fn call<'a>(reader: &mut Reader, root: Value<'a>) -> Option<Call<'a>> {
    let known = ["identity", "task", "request", "run", "session", "mission"];
    let members = reader.members(root, "a call", &known)?;
    let [identity, task, requested, running, session, mission] = members;
    let identity = identity.map(|v| Identity::read(reader, v));
    let task = task.and_then(|v| Task::read(reader, v));
    let request = requested.map(|v| request(reader, v));
    let run = running.map(|v| run(reader, v));
    Some(Call {
        identity: identity.flatten(),
        task,
        request: request.flatten().unwrap_or_default(),
        run: run.flatten().unwrap_or_default(),
        session: session.and_then(|v| id_of(reader, v, "`session`")),
        mission: mission.and_then(|v| id_of(reader, v, "`mission`")),
    })
}

const REQUEST: [&str; 13] = [
    "kind", "tool", "upstream", "method", "path", "headers", "prompt", "tags", "risk", "impact",
    "cost_usd", "model", "message",
];

fn request<'a>(reader: &mut Reader, value: Value<'a>) -> Option<Request<'a>> {
    let members = reader.members(value, "`request`", &REQUEST)?;
    let [
        kind,
        called,
        upstream,
        method,
        path,
        sent,
        prompt,
        tags,
        risk,
        impact,
        cost,
        model,
        message,
    ] = members;
    let kind = kind.map(|v| reader.choice(v, "`kind`", &Kind::NAMED));
    let tool = called.map(|v| tool(reader, v));
    let headers = sent.map(|v| headers(reader, v));
    let prompt = prompt.map(|v| reader.strings(v, "`prompt`"));
    let tags = tags.map(|v| reader.strings(v, "`tags`"));
    Some(Request {
        kind: kind.flatten().unwrap_or_default(),
        tool: tool.flatten().unwrap_or_default(),
        upstream: text(reader, upstream, "`upstream`"),
        method: text(reader, method, "`method`"),
        path: text(reader, path, "`path`"),
        headers: headers.flatten().unwrap_or_default(),
        prompt: prompt.flatten(),
        tags: tags.flatten(),
        risk: text(reader, risk, "`risk`"),
        impact: text(reader, impact, "`impact`"),
        cost: cost.and_then(|v| reader.money(v, "`cost_usd`")),
        model: text(reader, model, "`model`"),
        message: message
            .and_then(|v| reader.object(v, "`message`"))
            .map(Object::value),
    })
}

fn tool<'a>(reader: &mut Reader, value: Value<'a>) -> Option<Tool<'a>> {
    let [name, server, args] = reader.members(value, "`tool`", &["name", "server", "args"])?;
    let args = args.and_then(|v| reader.object(v, "`args`"));
    Some(Tool {
        name: text(reader, name, "`name`"),
        server: text(reader, server, "`server`"),
        args: args.map(Object::value),
    })
}

fn headers<'a>(reader: &mut Reader, value: Value<'a>) -> Option<Headers<'a>> {
    let object = reader.object(value, "`headers`")?;
    for (name, header) in object.iter() {
        reader.string(header, format_args!("header `{name}`"));
        if name.bytes().any(|b| b.is_ascii_uppercase()) {
            let lower = name.to_ascii_lowercase();
            let message = format!("header name `{name}` must be in lower case");
            let help = Some(format!("write `{lower}`"));
            reader.error("UNKNOWN_VALUE", header, message, help);
        }
    }
    Some(Headers::Json(object))
}

fn run<'a>(reader: &mut Reader, value: Value<'a>) -> Option<Run<'a>> {
    let [id, started_at] = reader.members(value, "`run`", &["id", "started_at"])?;
    Some(Run {
        id: text(reader, id, "`id`"),
        started_at: started_at.and_then(|v| reader.instant(v, "`started_at`")),
    })
}

fn id_of<'a>(reader: &mut Reader, part: Value<'a>, what: &str) -> Option<&'a str> {
    let [id] = reader.members(part, what, &["id"])?;
    text(reader, id, "`id`")
}

fn text<'a>(reader: &mut Reader, member: Option<Value<'a>>, what: &str) -> Option<&'a str> {
    reader.string(member?, what)
}
