//! The server behind a real Envoy that answers what a script says, and remembers what reached it.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use bytes::Bytes;
use callgate_host_test::{Headers, Message};
use http_body_util::BodyExt as _;
use hyper::body::{Frame, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

use crate::bypass;
use crate::envoy::request::{self, Body};
use crate::envoy::sending::Wire;

/// The running server; it ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    next: Option<bypass::Response>,
    seen: Vec<Message>,
}

impl Server {
    pub(crate) async fn start(wire: Wire) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let server = Self {
            port: listener.local_addr()?.port(),
            state: Arc::default(),
        };
        let served = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = served.clone();
                let service = service_fn(move |request| {
                    let served = served.clone();
                    async move { Ok::<_, Infallible>(served.answer(request).await) }
                });
                let stream = TokioIo::new(stream);
                // A connection that Envoy drops is no finding of these tests.
                tokio::spawn(async move {
                    match wire {
                        Wire::Http1 => {
                            let builder = hyper::server::conn::http1::Builder::new();
                            drop(builder.serve_connection(stream, service).await);
                        }
                        Wire::Http2 => {
                            let builder =
                                hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                            drop(builder.serve_connection(stream, service).await);
                        }
                    }
                });
            }
        });
        Ok(server)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What requests are answered with from now on: an empty 200 when it is nothing.
    pub(super) fn answers(&self, response: Option<bypass::Response>) {
        self.state().next = response;
    }

    /// What has reached it since this was last asked.
    pub(crate) fn seen(&self) -> Vec<Message> {
        std::mem::take(&mut self.state().seen)
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let mut message = Message {
            headers: lines(&head.headers),
            ..Message::default()
        };
        if let Ok(body) = body.collect().await {
            message.trailers = body.trailers().map(lines);
            message.body = body.to_bytes().to_vec();
            message.complete = true;
        }
        let mut state = self.state();
        state.seen.push(message);
        let next = state.next.clone();
        drop(state);
        let response = next.as_ref().map(written).transpose().ok().flatten();
        response.unwrap_or_else(|| Response::new(request::whole("")))
    }
}

/// The lines of a head or trailers.
pub(super) fn lines(map: &HeaderMap) -> Headers {
    let lines = map.iter();
    lines
        .map(|(name, value)| (name.as_str().as_bytes().to_vec(), value.as_bytes().to_vec()))
        .collect()
}

fn written(response: &bypass::Response) -> Result<Response<Body>> {
    let pieces = response.pieces.iter().filter(|piece| !piece.is_empty());
    let pieces: Vec<Bytes> = pieces.map(|piece| Bytes::copy_from_slice(piece)).collect();
    let body = if pieces.is_empty() {
        request::whole("")
    } else {
        request::frames(|sender| async move {
            for piece in pieces {
                drop(sender.send(Frame::data(piece)).await);
            }
        })
    };
    let mut answer = Response::new(body);
    *answer.status_mut() = u16::try_from(response.status)?.try_into()?;
    for (name, value) in &response.headers {
        let (name, value) = (
            HeaderName::from_bytes(name)?,
            HeaderValue::from_bytes(value)?,
        );
        answer.headers_mut().append(name, value);
    }
    Ok(answer)
}
