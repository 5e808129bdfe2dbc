//! An HTTP server that remembers what reached it and answers like an MCP server.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Frame, Incoming};
use hyper::{HeaderMap, Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::request::{self, Body};

/// A request as the upstream received it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its method.
    pub method: Method,
    /// Its target.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, once it was complete.
    pub body: Option<Bytes>,
    /// Its trailers, if it had any.
    pub trailers: Option<HeaderMap>,
}

/// The running server; it ends with the test's runtime.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Its loopback port.
    pub port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
    reply: fn(&Value) -> Value,
}

impl Upstream {
    /// Listens on a port the kernel picks.
    pub async fn start() -> Result<Self> {
        Self::answering(reply).await
    }

    /// The same with other answers to messages; a text is sent as events.
    pub async fn answering(reply: fn(&Value) -> Value) -> Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let upstream = Self {
            port: listener.local_addr()?.port(),
            seen: Arc::default(),
            reply,
        };
        let server = upstream.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                let service = hyper::service::service_fn(move |request| {
                    let server = server.clone();
                    async move { Ok::<_, Infallible>(server.answer(request).await) }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                // A connection that Envoy drops is no finding of these tests.
                tokio::spawn(async { drop(connection.await) });
            }
        });
        Ok(upstream)
    }

    /// Everything received so far, heads of unfinished requests included.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen
            .lock()
            .map(|seen| seen.clone())
            .unwrap_or_default()
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let index = self.remember(Seen {
            method: head.method.clone(),
            path: head.uri.to_string(),
            headers: head.headers,
            body: None,
            trailers: None,
        });
        if head.method == Method::GET {
            return stream();
        }
        let Ok(collected) = body.collect().await else {
            return Response::new(request::whole(""));
        };
        let trailers = collected.trailers().cloned();
        let bytes = collected.to_bytes();
        if let Ok(mut seen) = self.seen.lock() {
            seen[index].body = Some(bytes.clone());
            seen[index].trailers = trailers;
        }
        let call: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let reply = (self.reply)(&call);
        if call["params"]["arguments"]["events"] == true {
            return events(&reply);
        }
        if let Some(text) = reply.as_str() {
            return pieces(text);
        }
        let response = Response::builder()
            .header("content-type", "application/json")
            .body(request::whole(reply.to_string()));
        response.unwrap_or_else(|_| Response::new(request::whole("")))
    }

    fn remember(&self, seen: Seen) -> usize {
        let Ok(mut all) = self.seen.lock() else {
            return 0;
        };
        all.push(seen);
        all.len() - 1
    }
}

/// Echoes the arguments, so that a client can tell which request an answer belongs to.
fn reply(call: &Value) -> Value {
    let text = call["params"]["arguments"].to_string();
    json!({ "jsonrpc": "2.0", "id": call["id"], "result": { "content": [{ "type": "text", "text": text }] } })
}

/// A text as events, in small pieces.
fn pieces(text: &str) -> Response<Body> {
    let response = Response::builder()
        .header("content-type", "text/event-stream")
        .body(request::chunks(text.as_bytes(), 50, None));
    response.unwrap_or_else(|_| Response::new(request::whole("")))
}

/// The answer as the second of two events, cut in the middle.
fn events(reply: &Value) -> Response<Body> {
    let first = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": {} });
    let text = format!("data: {first}\n\nid: 1\ndata: {reply}\n\n");
    let body = request::chunks(text.as_bytes(), text.len() / 2, None);
    let response = Response::builder()
        .header("content-type", "text/event-stream")
        .body(body);
    response.unwrap_or_else(|_| Response::new(request::whole("")))
}

/// One event, then a stream that stays open.
fn stream() -> Response<Body> {
    let body = request::frames(|sender| async move {
        let event = b"data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\n\n";
        drop(sender.send(Frame::data(Bytes::from_static(event))).await);
        std::future::pending::<()>().await;
        drop(sender);
    });
    let response = Response::builder()
        .header("content-type", "text/event-stream")
        .body(body);
    response.unwrap_or_else(|_| Response::new(request::whole("")))
}
