//! A case's request as a proper HTTP client sends it, or why none would.

use anyhow::Result;
use bytes::Bytes;
use hyper::body::Frame;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Request, Uri, Version};

use super::client::Client;
use super::request::{self, Body};
use crate::bypass;

/// What two peers speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2 without TLS.
    Http2,
}

/// A request that can be sent, its body apart.
#[derive(Debug)]
pub struct Sendable {
    /// What carries it: trailers need HTTP/2, whatever was asked for.
    pub wire: Wire,
    head: Request<()>,
    body: Framing,
}

/// How the body's length is told.
#[derive(Debug)]
enum Framing {
    Whole(Bytes),
    Pieces(Vec<Bytes>, Option<HeaderMap>),
}

/// Lines of one connection, which HTTP/2 does not know.
const OF_A_CONNECTION: [&str; 5] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

/// The request over `wire` with the headers of `extra` that it does not have.
///
/// # Errors
/// What no proper client sends, in words.
pub fn sendable(
    asked: &bypass::Request,
    wire: Wire,
    extra: &[(&str, &str)],
) -> Result<Sendable, &'static str> {
    let wire = if asked.trailers.is_some() {
        Wire::Http2
    } else {
        wire
    };
    let mut head = Request::new(());
    *head.method_mut() = asked.method.as_slice().try_into().map_err(|_| "a method")?;
    *head.uri_mut() = target(&asked.path)?;
    *head.version_mut() = match wire {
        Wire::Http1 => Version::HTTP_11,
        Wire::Http2 => Version::HTTP_2,
    };
    let mut lines = headers(asked, wire)?;
    for (name, value) in extra {
        let same = |(other, _): &(Vec<u8>, Vec<u8>)| folded(other) == *name;
        if !asked.headers.iter().any(same) {
            lines.append(name_of(name.as_bytes())?, value_of(value.as_bytes())?);
        }
    }
    if wire == Wire::Http1 && !lines.contains_key("host") {
        lines.insert("host", HeaderValue::from_static(AUTHORITY));
    }
    *head.headers_mut() = lines;
    Ok(Sendable {
        wire,
        head,
        body: framing(asked)?,
    })
}

const AUTHORITY: &str = "gateway.test";

fn target(path: &[u8]) -> Result<Uri, &'static str> {
    let path = std::str::from_utf8(path).map_err(|_| "a path that is no text")?;
    // A client keeps what stands behind it to itself.
    if path.contains('#') || !path.starts_with('/') {
        return Err("a path that clients write otherwise");
    }
    let uri = format!("http://{AUTHORITY}{path}").parse();
    uri.map_err(|_| "a path that is no target")
}

fn headers(asked: &bypass::Request, wire: Wire) -> Result<HeaderMap, &'static str> {
    let mut lines = HeaderMap::new();
    let length = asked.body.as_ref().map_or(0, Vec::len).to_string();
    for (name, value) in &asked.headers {
        let named = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        // A client frames a body by itself, and tells no other length than it has.
        if named("transfer-encoding") && value == b"chunked" {
            continue;
        }
        if named("transfer-encoding") || named("content-length") && *value != length.as_bytes() {
            return Err("a length that is not the body's");
        }
        if wire == Wire::Http2 && OF_A_CONNECTION.iter().any(|known| named(known)) {
            return Err("a connection's header in HTTP/2");
        }
        // What stands around a value is no part of it on the wire.
        if value.trim_ascii() != *value {
            return Err("white space around a value");
        }
        lines.append(name_of(name)?, value_of(value)?);
    }
    Ok(lines)
}

fn name_of(name: &[u8]) -> Result<HeaderName, &'static str> {
    HeaderName::from_bytes(name).map_err(|_| "a name that is none of a header")
}

fn value_of(value: &[u8]) -> Result<HeaderValue, &'static str> {
    HeaderValue::from_bytes(value).map_err(|_| "a value that is none of a header")
}

/// A name as a server reads it that takes `_` for `-`.
fn folded(name: &[u8]) -> String {
    String::from_utf8_lossy(name)
        .to_ascii_lowercase()
        .replace('_', "-")
}

fn framing(asked: &bypass::Request) -> Result<Framing, &'static str> {
    let chunked = |(name, _): &(Vec<u8>, Vec<u8>)| name.eq_ignore_ascii_case(b"transfer-encoding");
    let Some(body) = &asked.body else {
        return match &asked.trailers {
            None => Ok(Framing::Whole(Bytes::new())),
            Some(lines) => Ok(Framing::Pieces(Vec::new(), Some(trailers(lines)?))),
        };
    };
    let whole =
        asked.chunks.is_empty() && asked.trailers.is_none() && !asked.headers.iter().any(chunked);
    if whole {
        return Ok(Framing::Whole(body.clone().into()));
    }
    // A piece of no bytes would be the end of a body.
    let pieces = asked.pieces().into_iter().filter(|piece| !piece.is_empty());
    let trailers = asked.trailers.as_deref().map(trailers).transpose()?;
    Ok(Framing::Pieces(pieces.map(Bytes::from).collect(), trailers))
}

fn trailers(lines: &[(Vec<u8>, Vec<u8>)]) -> Result<HeaderMap, &'static str> {
    let mut map = HeaderMap::new();
    for (name, value) in lines {
        map.append(name_of(name)?, value_of(value)?);
    }
    Ok(map)
}

impl Sendable {
    /// A connection that carries it.
    ///
    /// # Errors
    /// Nobody is there.
    pub async fn client(&self, address: &str) -> Result<Client> {
        match self.wire {
            Wire::Http1 => Client::http1(address).await,
            Wire::Http2 => Client::http2(address).await,
        }
    }

    /// The request, its body sent at once.
    #[must_use]
    pub fn request(self) -> Request<Body> {
        let (head, frames) = self.in_parts();
        match frames {
            Framing::Whole(body) => head.map(|()| request::whole(body)),
            Framing::Pieces(pieces, trailers) => {
                let body = request::frames(|sender| async move {
                    for frame in in_frames(pieces, trailers) {
                        drop(sender.send(frame).await);
                    }
                });
                head.map(|()| body)
            }
        }
    }

    /// The head, and the frames that are to follow it.
    #[must_use]
    pub fn by_hand(self) -> (Request<()>, Vec<Frame<Bytes>>) {
        let (head, frames) = self.in_parts();
        let frames = match frames {
            Framing::Whole(body) if body.is_empty() => Vec::new(),
            Framing::Whole(body) => vec![Frame::data(body)],
            Framing::Pieces(pieces, trailers) => in_frames(pieces, trailers).collect(),
        };
        (head, frames)
    }

    fn in_parts(self) -> (Request<()>, Framing) {
        (self.head, self.body)
    }
}

fn in_frames(
    pieces: Vec<Bytes>,
    trailers: Option<HeaderMap>,
) -> impl Iterator<Item = Frame<Bytes>> {
    let data = pieces.into_iter().map(Frame::data);
    data.chain(trailers.map(Frame::trailers))
}
