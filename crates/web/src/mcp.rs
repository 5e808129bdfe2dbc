//! An MCP message as the call that policies see, read as the Envoy filter reads it.

use callgate_answer::problem;
use callgate_json::{Buffers, Value, Writer};
use callgate_model::{Diagnostic, Kind};
use callgate_wire::{Head, Headers, Message, Route, WireError, call, mcp};

/// The `request` of the call that a message stands for, as JSON; `server` is the name of the MCP server
/// that it goes to, empty for one without.
///
/// # Errors
/// What keeps the message from being one unambiguous call.
pub(crate) fn request(body: &str, server: &str) -> Result<String, Vec<Diagnostic>> {
    let route = match server {
        "" => Route::mcp(""),
        name => Route::mcp("").with_server(name).ok_or_else(|| {
            let message = "the server cannot have this name";
            let help = "A-Z a-z 0-9 _ . / -, without `__`, not ending in `_`";
            vec![problem::bare("SERVER_NAME", message, Some(help))]
        })?,
    };
    let read = read(body, &route);
    read.map_err(|error| vec![problem::bare(error.code(), &error.to_string(), None)])
}

fn read(body: &str, route: &Route) -> Result<String, WireError> {
    let headers: &[(&[u8], &[u8])] = &[(b"content-type", b"application/json")];
    let head = Head::read(b"POST", Headers::new(headers))?;
    head.check_body(body.len())?;
    let document = mcp::read_document(body.as_bytes(), route.limits(), Buffers::default())?;
    let message = head.message(Some(&document), route)?;
    Ok(written(&message, document.root()))
}

fn written(message: &Message<'_>, root: Value<'_>) -> String {
    let request = call::request(message, Some(root), "", &[]);
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    w.begin_object().key("kind").str(request.kind.as_str());
    if let Some(method) = request.method {
        w.key("method").str(method);
    }
    rest(root, request.kind, &mut w);
    let tool = &request.tool;
    if let Some(name) = tool.name {
        w.key("tool").begin_object();
        if let Some(args) = tool.args {
            w.key("args").raw(args.raw().as_bytes());
        }
        w.key("name").str(name);
        if let Some(server) = tool.server {
            w.key("server").str(server);
        }
        w.end_object();
    }
    w.end_object();
    crate::text(out)
}

/// What a message says beside its method, and the name and arguments of a tool: no text is in a call twice.
fn rest(root: Value<'_>, kind: Kind, w: &mut Writer<'_>) {
    let called = kind == Kind::ToolCall;
    let is_read = |name: &str| called && ["name", "arguments"].contains(&name);
    w.key("message").begin_object();
    for (name, member) in root.as_object().into_iter().flat_map(|root| root.iter()) {
        match (name, member.as_object()) {
            ("jsonrpc" | "method", _) => {}
            ("params", Some(params)) => {
                w.key(name).begin_object();
                for (name, member) in params.iter().filter(|(name, _)| !is_read(name)) {
                    w.key(name).raw(member.raw().as_bytes());
                }
                w.end_object();
            }
            _ => {
                w.key(name).raw(member.raw().as_bytes());
            }
        }
    }
    w.end_object();
}
