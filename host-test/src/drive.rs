//! Plays a stream: delivers pieces, obeys what the callbacks answer, ends with the access log.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::exchange::{Exchange, Piece};
use crate::local::envoy_reply;
use crate::options::FailurePolicy;
use crate::outcome::{End, Outcome};
use crate::stream::{Deferred, Direction, Flow, Half, Stream};
use crate::vm::{Vm, length};

/// An exchange in flight; [`Vm::advance`] it, then [`Vm::close`] it.
#[derive(Debug)]
pub struct Open {
    id: u32,
    /// The exchange never reached the module: its VM was dead.
    skipped: Option<Box<Outcome>>,
}

impl Vm {
    /// Creates the stream's context. Nothing of the request is delivered yet.
    ///
    /// # Errors
    /// `Trap` when the module traps.
    pub fn open(&mut self, exchange: Exchange) -> Result<Open, Error> {
        if self.failed {
            match self.state().options.failure_policy {
                FailurePolicy::Reload => self.reload()?,
                FailurePolicy::Closed => return Ok(skip(Outcome::unavailable())),
                FailurePolicy::Open => return Ok(skip(Outcome::bypassed(exchange))),
            }
        }
        let id = self.new_context();
        let root = self.root;
        let stream = Stream {
            root,
            request: Half {
                incoming: exchange.request.pieces(),
                ..Half::default()
            },
            response: Half::default(),
            upstream: exchange.upstream.0.pieces(),
            reply: None,
            reset: false,
            logging: false,
            properties: exchange.properties,
            filter_state: BTreeMap::new(),
            answers: exchange.callouts,
            metrics_before: self.process().metrics(),
            callouts_before: self.state().callouts.len(),
            misuse: Vec::new(),
        };
        self.state_mut().streams.insert(id, stream);
        self.call::<_, ()>("proxy_on_context_create", id, (id, root))?;
        Ok(Open { id, skipped: None })
    }

    /// Delivers the next piece that may be delivered; false when nothing can move.
    ///
    /// # Errors
    /// `Trap` when the module traps.
    pub fn advance(&mut self, open: &Open) -> Result<bool, Error> {
        if self.failed || open.skipped.is_some() {
            return Ok(false);
        }
        let Some(stream) = self.state_mut().streams.get_mut(&open.id) else {
            return Ok(false);
        };
        if stream.reset {
            return Ok(false);
        }
        if stream.request.complete() && stream.reply.is_none() {
            let answer = std::mem::take(&mut stream.upstream);
            stream.response.incoming.extend(answer);
        }
        for direction in [Direction::Response, Direction::Request] {
            let half = stream.half(direction);
            if matches!(half.flow, Flow::AllStopped | Flow::TrailersStopped) {
                continue;
            }
            if let Some(piece) = half.incoming.pop_front() {
                self.deliver(open.id, direction, piece)?;
                return Ok(true);
            }
        }
        self.answer_next_callout(open.id)
    }

    /// Whether the caller of an exchange still waits: nobody has answered it to the end.
    #[must_use]
    pub fn is_waiting(&self, open: &Open) -> bool {
        let stream = self.state().streams.get(&open.id);
        !self.failed && stream.is_some_and(|stream| stream.end() == End::Held)
    }

    /// Delivers the rest, runs the access log and destroys the context.
    ///
    /// # Errors
    /// `Trap` when the module traps.
    pub fn close(&mut self, open: Open) -> Result<Outcome, Error> {
        if let Some(outcome) = open.skipped {
            return Ok(*outcome);
        }
        while self.advance(&open)? {}
        let id = open.id;
        if self.failed {
            // Another stream killed the VM under this one.
            self.state_mut().streams.remove(&id);
            return Ok(Outcome::unavailable());
        }
        self.logging(id, true);
        self.call::<_, ()>("proxy_on_log", id, id)?;
        self.logging(id, false);
        self.call::<_, u32>("proxy_on_done", id, id)?;
        self.call::<_, ()>("proxy_on_delete", id, id)?;
        self.outcome(id)
    }

    fn logging(&mut self, id: u32, on: bool) {
        if let Some(stream) = self.state_mut().streams.get_mut(&id) {
            stream.logging = on;
        }
    }

    fn deliver(&mut self, id: u32, direction: Direction, piece: Piece) -> Result<(), Error> {
        let Some(stream) = self.state_mut().streams.get_mut(&id) else {
            return Ok(());
        };
        let half = stream.half(direction);
        let names = names(direction);
        match piece {
            Piece::Headers(headers, end) => {
                let count = length(headers.len());
                half.take_headers(headers, end);
                let action = self.call(names.headers, id, (id, count, u32::from(end)))?;
                self.after_headers(id, direction, action.unwrap_or(0));
            }
            Piece::Data(data, end) => {
                half.body.extend(data);
                half.ended = end;
                let size = length(half.body.len());
                let action = self.call(names.body, id, (id, size, u32::from(end)))?;
                self.after_data(id, direction, action.unwrap_or(0));
            }
            Piece::Trailers(trailers) => {
                let count = length(trailers.len());
                half.take_trailers(trailers);
                let action = self.call(names.trailers, id, (id, count))?;
                self.after_trailers(id, direction, action.unwrap_or(0));
            }
        }
        Ok(())
    }

    /// The direction, unless the callback ended it by a reply or a reset.
    fn moving(&mut self, id: u32, direction: Direction) -> Option<&mut Half> {
        let stream = self.state_mut().streams.get_mut(&id)?;
        let replied = stream.reply.is_some() && direction == Direction::Request;
        if stream.reset || replied || stream.half(direction).complete() {
            return None;
        }
        Some(stream.half(direction))
    }

    fn after_headers(&mut self, id: u32, direction: Direction, action: u32) {
        let iterate = self.state().options.allow_on_headers_stop_iteration;
        let Some(half) = self.moving(id, direction) else {
            return;
        };
        match action {
            0 => {
                half.headers_visible = false;
                half.send_headers();
                if half.ended {
                    half.flush();
                }
            }
            1 if iterate => half.flow = Flow::HeadersStopped,
            _ => half.flow = Flow::AllStopped,
        }
    }

    /// Envoy enforces the limit on what a callback leaves in the buffer: a last piece that goes on
    /// at once is never too large.
    fn after_data(&mut self, id: u32, direction: Direction, action: u32) {
        let limit = self.state().options.buffer_limit;
        let Some(half) = self.moving(id, direction) else {
            return;
        };
        match action {
            0 => {
                half.flow = Flow::Running;
                half.flush();
            }
            1 | 2 => {
                if half.flow == Flow::Running {
                    half.flow = Flow::Buffering;
                }
                if action == 1 && half.body.len() > limit {
                    self.too_large(id, direction);
                }
            }
            _ => half.body.clear(),
        }
    }

    fn after_trailers(&mut self, id: u32, direction: Direction, action: u32) {
        let Some(half) = self.moving(id, direction) else {
            return;
        };
        if action == 0 {
            half.trailers_visible = false;
            half.flow = Flow::Running;
            half.flush();
        } else {
            half.flow = Flow::TrailersStopped;
        }
    }

    fn too_large(&mut self, id: u32, direction: Direction) {
        let reply = match direction {
            Direction::Request => {
                envoy_reply(413, "Payload Too Large", "request_payload_too_large")
            }
            Direction::Response => {
                envoy_reply(500, "Internal Server Error", "response_payload_too_large")
            }
        };
        if let Some(stream) = self.state_mut().streams.get_mut(&id) {
            stream.answer(reply);
        }
    }

    /// Does what the callback asked for, in its order.
    pub(crate) fn settle(&mut self) {
        let deferred = std::mem::take(&mut self.state_mut().deferred);
        for (id, action) in deferred {
            let Some(stream) = self.state_mut().streams.get_mut(&id) else {
                continue;
            };
            match action {
                Deferred::Continue(direction) => stream.resume(direction),
                Deferred::Reply(reply) => stream.answer(reply),
                Deferred::Close => stream.abort(),
            }
        }
    }

    fn outcome(&mut self, id: u32) -> Result<Outcome, Error> {
        let after = self.process().metrics();
        let state = self.state_mut();
        let stream = state.streams.remove(&id);
        let stream = stream.ok_or(Error::Script("the exchange is not open"))?;
        let usage = state.usage.remove(&id).unwrap_or_default();
        let end = stream.end();
        let callouts = state.callouts.get(stream.callouts_before..);
        let before = |name: &str| stream.metrics_before.get(name).copied().unwrap_or(0);
        let moved = after
            .iter()
            .map(|(name, now)| (name.clone(), now.wrapping_sub(before(name))));
        Ok(Outcome {
            metrics: moved.filter(|(_, by)| *by != 0).collect(),
            callouts: callouts.unwrap_or_default().to_vec(),
            forwarded: stream.request.sent,
            reply: stream.reply,
            response: stream.response.sent,
            end,
            callbacks: usage.callbacks,
            logs: usage.logs,
            host_calls: usage.host_calls,
            filter_state: stream.filter_state,
            fuel: usage.fuel,
            misuse: stream.misuse,
        })
    }
}

fn skip(outcome: Outcome) -> Open {
    Open {
        id: 0,
        skipped: Some(Box::new(outcome)),
    }
}

struct Names {
    headers: &'static str,
    body: &'static str,
    trailers: &'static str,
}

fn names(direction: Direction) -> Names {
    match direction {
        Direction::Request => Names {
            headers: "proxy_on_request_headers",
            body: "proxy_on_request_body",
            trailers: "proxy_on_request_trailers",
        },
        Direction::Response => Names {
            headers: "proxy_on_response_headers",
            body: "proxy_on_response_body",
            trailers: "proxy_on_response_trailers",
        },
    }
}
