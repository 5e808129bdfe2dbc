//! One HTTP stream between the peers: two directions, each stopped, buffering or running.

use std::collections::{BTreeMap, VecDeque};

use crate::exchange::{CalloutAnswer, Piece};
use crate::headers::Headers;
use crate::outcome::{End, Message, Reply};

/// Which way bytes flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Request,
    Response,
}

/// How far a direction may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Each piece goes on as its callback lets it.
    #[default]
    Running,
    /// Headers wait, body callbacks come: Pause with `allow_on_headers_stop_iteration`.
    HeadersStopped,
    /// Headers went on or wait; the body is buffered until a callback lets it go.
    Buffering,
    /// No callbacks until the module resumes the stream: Pause without the flag.
    AllStopped,
    /// Trailers wait for a resume.
    TrailersStopped,
}

/// One direction of a stream.
#[derive(Debug, Default)]
pub(crate) struct Half {
    /// Not yet delivered to the filter.
    pub incoming: VecDeque<Piece>,
    pub flow: Flow,
    /// The headers callback was made.
    pub started: bool,
    pub headers: Headers,
    /// Whether the map can be read: from its callback until Continue, and again in `on_log`.
    pub headers_visible: bool,
    pub trailers: Option<Headers>,
    pub trailers_visible: bool,
    /// The buffer that body host calls see: what was held back plus the current piece.
    pub body: Vec<u8>,
    /// The filter has seen the last piece.
    pub ended: bool,
    /// What went on.
    pub sent: Option<Message>,
}

impl Half {
    pub fn take_headers(&mut self, headers: Headers, end: bool) {
        self.headers = headers;
        self.headers_visible = true;
        self.started = true;
        self.ended = end;
    }

    pub fn take_trailers(&mut self, trailers: Headers) {
        self.trailers = Some(trailers);
        self.trailers_visible = true;
        self.ended = true;
    }

    /// Sends the headers on, once.
    pub fn send_headers(&mut self) -> &mut Message {
        let headers = &self.headers;
        self.sent.get_or_insert_with(|| Message {
            headers: headers.clone(),
            ..Message::default()
        })
    }

    /// Sends on all that is held.
    pub fn flush(&mut self) {
        let body = std::mem::take(&mut self.body);
        let trailers = self.trailers.clone();
        let ended = self.ended;
        let sent = self.send_headers();
        sent.body.extend(body);
        if ended {
            sent.trailers = trailers;
            sent.complete = true;
        }
    }

    /// Whether the direction has ended and left.
    pub fn complete(&self) -> bool {
        self.sent.as_ref().is_some_and(|sent| sent.complete)
    }
}

/// What a callback asked for; Envoy does it right after the callback returns.
#[derive(Debug)]
pub(crate) enum Deferred {
    Continue(Direction),
    Reply(Reply),
    Close,
}

/// One exchange in flight.
#[derive(Debug)]
pub(crate) struct Stream {
    pub root: u32,
    pub request: Half,
    pub response: Half,
    pub upstream: VecDeque<Piece>,
    pub reply: Option<Reply>,
    pub reset: bool,
    /// The access log phase: every map can be read, none written.
    pub logging: bool,
    pub properties: BTreeMap<Vec<u8>, Vec<u8>>,
    pub filter_state: BTreeMap<Vec<u8>, Vec<u8>>,
    pub answers: VecDeque<CalloutAnswer>,
    pub metrics_before: BTreeMap<String, u64>,
    pub callouts_before: usize,
    pub misuse: Vec<String>,
}

impl Stream {
    pub fn half(&mut self, direction: Direction) -> &mut Half {
        match direction {
            Direction::Request => &mut self.request,
            Direction::Response => &mut self.response,
        }
    }

    pub fn end(&self) -> End {
        if self.reset {
            End::Reset
        } else if self.response.complete() {
            End::Answered
        } else {
            End::Held
        }
    }

    pub fn resume(&mut self, direction: Direction) {
        let half = self.half(direction);
        if half.flow == Flow::Running {
            let misuse = format!("continue_stream({direction:?}) on a stream that is not paused");
            self.misuse.push(misuse);
            return;
        }
        half.flow = Flow::Running;
        half.headers_visible = false;
        half.flush();
    }

    pub fn abort(&mut self) {
        self.reset = true;
        self.request.incoming.clear();
        self.response.incoming.clear();
    }

    /// A local reply: through the response callbacks when the upstream has not answered yet,
    /// directly when it has, and a reset when the client already has a head.
    pub fn answer(&mut self, reply: Reply) {
        if self.reply.is_some() || self.reset {
            return;
        }
        self.request.incoming.clear();
        self.upstream.clear();
        let head = self.request.headers.first(":method") == Some(b"HEAD");
        let script = reply.script(head);
        if !self.response.started {
            self.response.incoming = script.pieces();
        } else if self.response.sent.is_none() {
            self.response.incoming.clear();
            self.response.sent = Some(Message {
                headers: script.headers,
                body: script.chunks.concat(),
                trailers: None,
                complete: true,
            });
        } else {
            self.abort();
        }
        self.reply = Some(reply);
    }
}
