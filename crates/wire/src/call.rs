//! A message in the words policies know: the request part of a call.
use crate::mcp::Message;
use callgate_json::{Object, Value};
use callgate_model::{Headers, Kind, Request, Tool};

/// The request part of a call; identity, task and session come from the head and the host.
/// `headers` are sorted by name, each name once ([`Headers::judged`](crate::Headers::judged)); `root` is
/// the document that the message was read from, if it has one.
#[must_use]
pub fn request<'m>(
    message: &'m Message<'_>,
    root: Option<Value<'m>>,
    path: &'m str,
    headers: &'m [(&'m str, &'m str)],
) -> Request<'m> {
    let (kind, tool) = match message {
        Message::ToolCall(call) => {
            let tool = Tool {
                name: Some(&call.name),
                server: call.server,
                args: call.args.map(Object::value),
            };
            (Kind::ToolCall, tool)
        }
        Message::Request { .. }
        | Message::Notification { .. }
        | Message::Response
        | Message::Stream
        | Message::EndSession => (Kind::McpRequest, Tool::default()),
    };
    Request {
        kind,
        tool,
        method: Some(message.method()),
        path: Some(path),
        headers: Headers::Pairs(headers),
        message: root,
        ..Request::default()
    }
}
