//! Requests and bodies: whole, in chunks, with trailers.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, combinators::BoxBody};
use hyper::body::Frame;
use hyper::header::HeaderValue;
use hyper::{HeaderMap, Request};
use serde_json::{Value, json};
use tokio::sync::mpsc::{self, Receiver, Sender};

/// A body that cannot fail.
pub type Body = BoxBody<Bytes, Infallible>;

/// A body of known length.
pub fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).boxed()
}

/// A body of unknown length, a frame a chunk, and trailers after it if there are any.
pub fn chunks(bytes: &[u8], size: usize, trailers: Option<(&'static str, &'static str)>) -> Body {
    let chunks: Vec<Bytes> = bytes.chunks(size).map(Bytes::copy_from_slice).collect();
    frames(|sender| async move {
        for chunk in chunks {
            drop(sender.send(Frame::data(chunk)).await);
        }
        if let Some((name, value)) = trailers {
            let mut map = HeaderMap::new();
            map.insert(name, HeaderValue::from_static(value));
            drop(sender.send(Frame::trailers(map)).await);
        }
    })
}

/// A body that `write` sends, and that ends when `write` ends.
pub fn frames<F: Future<Output = ()> + Send + 'static>(
    write: impl FnOnce(Sender<Frame<Bytes>>) -> F,
) -> Body {
    let (sender, body) = open();
    tokio::spawn(write(sender));
    body
}

/// A body fed by hand.
pub fn open() -> (Sender<Frame<Bytes>>, Body) {
    let (sender, receiver) = mpsc::channel(1);
    (sender, Queue(receiver).boxed())
}

struct Queue(Receiver<Frame<Bytes>>);

impl hyper::body::Body for Queue {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|frame| frame.map(Ok))
    }
}

/// The bytes of a `tools/call`.
pub fn call(id: u64, tool: &str, arguments: &Value) -> Vec<u8> {
    let params = json!({ "name": tool, "arguments": arguments });
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params })
        .to_string()
        .into_bytes()
}

/// A POST to the MCP endpoint by the holder of `key`.
pub fn post(key: Option<&str>, body: Body) -> Result<Request<Body>> {
    let request = Request::post("http://gateway.test/mcp")
        .header("host", "gateway.test")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream");
    let request = key
        .into_iter()
        .fold(request, |request, key| request.header("x-api-key", key));
    Ok(request.body(body)?)
}
