//! MCP over streamable HTTP: first the head of a request, then its one message.
mod agreement;
mod head;
mod header_value;
mod message;
mod revision;

pub use head::{Head, READ_HEADERS, Transport};
pub use message::{Message, RawId, ToolCall, full_name, request_id};
pub use revision::{Revision, SUPPORTED};

use crate::error::WireError;
use crate::http::HttpRequest;
use crate::route::Route;
use callgate_json::{Buffers, Document, Limits};

/// Reads the body of a whole request as a document, bounded by the limits of its route; `buffers` are
/// those of an earlier document, or new ones.
///
/// # Errors
/// The body is too large or not strict JSON.
pub fn read_document<'a>(
    body: &'a [u8],
    limits: &Limits,
    buffers: Buffers,
) -> Result<Document<'a>, WireError> {
    if body.len() > limits.bytes as usize {
        return Err(WireError::BodyTooLarge);
    }
    Ok(Document::parse_in(body, limits, buffers)?)
}

/// Reads a whole request whose body is already a document.
///
/// # Errors
/// Whatever makes the request ambiguous, see [`WireError`].
pub fn read<'d>(
    request: &HttpRequest<'_>,
    document: Option<&'d Document<'_>>,
    route: &'d Route,
) -> Result<Message<'d>, WireError> {
    let head = Head::read(request.method, request.headers)?;
    head.check_body(request.body.len())?;
    head.message(document, route)
}
