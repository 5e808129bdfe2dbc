//! Raw HTTP/1.1 and HTTP/2 clients: one connection each, every byte of the answer kept.

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::net::TcpStream;

use super::request::Body;

/// A connection to the gateway.
#[derive(Debug)]
pub enum Client {
    /// One request at a time.
    Http1(http1::SendRequest<Body>),
    /// Any number of streams.
    Http2(http2::SendRequest<Body>),
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The response's headers.
    pub headers: HeaderMap,
    /// The response's body.
    pub body: Bytes,
}

impl Client {
    /// Connects by HTTP/1.1.
    pub async fn http1(address: &str) -> Result<Self> {
        let (sender, connection) = http1::handshake(TokioIo::new(connect(address).await?)).await?;
        tokio::spawn(connection);
        Ok(Self::Http1(sender))
    }

    /// Connects by HTTP/2 without an upgrade.
    pub async fn http2(address: &str) -> Result<Self> {
        let stream = TokioIo::new(connect(address).await?);
        let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
        tokio::spawn(connection);
        Ok(Self::Http2(sender))
    }

    /// Sends a request and returns the response as soon as its head is there.
    pub async fn open(&mut self, request: Request<Body>) -> Result<Response<Incoming>> {
        match self {
            Self::Http1(sender) => {
                sender.ready().await?;
                Ok(sender.send_request(request).await?)
            }
            Self::Http2(sender) => {
                sender.ready().await?;
                Ok(sender.send_request(request).await?)
            }
        }
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&mut self, request: Request<Body>) -> Result<Answer> {
        Answer::read(self.open(request).await?).await
    }
}

impl Answer {
    /// Reads a response to its end.
    pub async fn read(response: Response<Incoming>) -> Result<Self> {
        let (head, body) = response.into_parts();
        let body = body
            .collect()
            .await
            .context("the answer breaks off")?
            .to_bytes();
        Ok(Self {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        })
    }

    /// The body as JSON; `null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

async fn connect(address: &str) -> Result<TcpStream> {
    let stream = TcpStream::connect(address)
        .await
        .with_context(|| format!("cannot reach {address}"))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
