//! The script of one exchange: what the client sends and what the upstream answers.

use std::collections::{BTreeMap, VecDeque};

use crate::headers::Headers;

/// A request in the pieces it arrives in, and the upstream's answer should it be forwarded.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    pub(crate) request: Script,
    pub(crate) upstream: Upstream,
    pub(crate) properties: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) callouts: VecDeque<CalloutAnswer>,
}

/// What the upstream answers to a forwarded request.
#[derive(Clone, Debug)]
pub struct Upstream(pub(crate) Script);

/// How a callout ends.
#[derive(Clone, Debug)]
pub enum CalloutAnswer {
    /// The cluster answered.
    Response {
        /// Response headers, `:status` included.
        headers: Headers,
        /// Response body.
        body: Vec<u8>,
        /// Response trailers.
        trailers: Headers,
    },
    /// Timeout, reset or no host: the callback reports no headers.
    Failed,
}

/// One direction: headers, body pieces, trailers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    pub headers: Headers,
    pub chunks: Vec<Vec<u8>>,
    pub trailers: Option<Headers>,
    pub empty_last: bool,
}

/// What reaches the filter next.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Headers(Headers, bool),
    Data(Vec<u8>, bool),
    Trailers(Headers),
}

impl Exchange {
    /// A request with these pseudo-headers and `host`, without a body.
    #[must_use]
    pub fn new(method: impl AsRef<[u8]>, path: impl AsRef<[u8]>) -> Self {
        let mut exchange = Self::default();
        exchange.request.headers = Headers::new()
            .with(":authority", "gateway.test")
            .with(":path", path)
            .with(":method", method)
            .with(":scheme", "https");
        exchange
    }

    /// A JSON POST, the shape of an MCP request.
    #[must_use]
    pub fn post(path: impl AsRef<[u8]>) -> Self {
        Self::new("POST", path)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
    }

    /// A GET.
    #[must_use]
    pub fn get(path: impl AsRef<[u8]>) -> Self {
        Self::new("GET", path)
    }

    /// One more request header.
    #[must_use]
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.request.headers.add(name, value);
        self
    }

    /// All request headers, pseudo-headers included, in place of what was set before.
    #[must_use]
    pub fn headers(mut self, headers: Headers) -> Self {
        self.request.headers = headers;
        self
    }

    /// The body in one piece; an empty one is no body.
    #[must_use]
    pub fn body(self, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let chunks = if body.is_empty() {
            Vec::new()
        } else {
            vec![body.to_vec()]
        };
        self.chunks(chunks)
    }

    /// The body in the pieces it arrives in.
    #[must_use]
    pub fn chunks(mut self, chunks: Vec<Vec<u8>>) -> Self {
        self.request.chunks = chunks;
        self
    }

    /// Ends the body with an empty piece, as HTTP/1.1 does in Envoy.
    #[must_use]
    pub fn empty_last_chunk(mut self) -> Self {
        self.request.empty_last = true;
        self
    }

    /// Request trailers: no body callback carries the end of stream then.
    #[must_use]
    pub fn trailers(mut self, trailers: Headers) -> Self {
        self.request.trailers = Some(trailers);
        self
    }

    /// The upstream's answer; the default is an empty 200.
    #[must_use]
    pub fn upstream(mut self, upstream: Upstream) -> Self {
        self.upstream = upstream;
        self
    }

    /// A property of this exchange, by [`crate::property_path`].
    #[must_use]
    pub fn property(mut self, path: Vec<u8>, value: impl AsRef<[u8]>) -> Self {
        self.properties.insert(path, value.as_ref().to_vec());
        self
    }

    /// The answer to the next callout of this exchange; one that has none stays open.
    #[must_use]
    pub fn callout(mut self, answer: CalloutAnswer) -> Self {
        self.callouts.push_back(answer);
        self
    }
}

impl Upstream {
    /// An answer without a body.
    #[must_use]
    pub fn status(status: u32) -> Self {
        let headers = Headers::new().with(":status", status.to_string());
        Self(Script {
            headers,
            ..Script::default()
        })
    }

    /// A 200 with a JSON body.
    #[must_use]
    pub fn json(body: impl AsRef<[u8]>) -> Self {
        Self::status(200)
            .header("content-type", "application/json")
            .chunks(vec![body.as_ref().to_vec()])
    }

    /// One more response header.
    #[must_use]
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.0.headers.add(name, value);
        self
    }

    /// The body in the pieces it arrives in.
    #[must_use]
    pub fn chunks(mut self, chunks: Vec<Vec<u8>>) -> Self {
        self.0.chunks = chunks;
        self
    }

    /// Ends the body with an empty piece, as an HTTP/1.1 upstream does.
    #[must_use]
    pub fn empty_last_chunk(mut self) -> Self {
        self.0.empty_last = true;
        self
    }

    /// Response trailers.
    #[must_use]
    pub fn trailers(mut self, trailers: Headers) -> Self {
        self.0.trailers = Some(trailers);
        self
    }
}

impl Default for Upstream {
    fn default() -> Self {
        Self::status(200)
    }
}

impl Script {
    /// The pieces in order; exactly one of them ends the direction.
    pub(crate) fn pieces(self) -> VecDeque<Piece> {
        let mut pieces = VecDeque::new();
        let more = self.trailers.is_some() || self.empty_last;
        let only_headers = self.chunks.is_empty() && !more;
        pieces.push_back(Piece::Headers(self.headers, only_headers));
        let count = self.chunks.len();
        for (index, chunk) in self.chunks.into_iter().enumerate() {
            pieces.push_back(Piece::Data(chunk, !more && index + 1 == count));
        }
        match self.trailers {
            Some(trailers) => pieces.push_back(Piece::Trailers(trailers)),
            None if self.empty_last => pieces.push_back(Piece::Data(Vec::new(), true)),
            None => {}
        }
        pieces
    }
}
