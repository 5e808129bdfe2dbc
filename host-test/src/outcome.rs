//! What became of an exchange: what went on to the upstream, what the client got.

use std::collections::BTreeMap;

use crate::headers::Headers;
use crate::process::Callout;

/// The whole result of one exchange.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What the upstream received, down to a head whose body never followed.
    pub forwarded: Option<Message>,
    /// The local reply, from the filter or from Envoy itself.
    pub reply: Option<Reply>,
    /// What the client received.
    pub response: Option<Message>,
    /// How the exchange stands.
    pub end: End,
    /// Callbacks in order.
    pub callbacks: Vec<&'static str>,
    /// What the module logged for this exchange.
    pub logs: Vec<LogLine>,
    /// Metrics that moved while the exchange was open, by how much.
    pub metrics: BTreeMap<String, u64>,
    /// Host calls by name.
    pub host_calls: BTreeMap<&'static str, u64>,
    /// Values that `set_property` left for the access log.
    pub filter_state: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Callouts made by the VM while the exchange was open.
    pub callouts: Vec<Callout>,
    /// Fuel spent in this exchange's callbacks.
    pub fuel: u64,
    /// Calls that Envoy leaves undefined, such as resuming what is not paused.
    pub misuse: Vec<String>,
}

/// The part of an outcome that peers can see; equal for every chunking of the same request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// See [`Outcome::forwarded`].
    pub forwarded: Option<Message>,
    /// See [`Outcome::reply`].
    pub reply: Option<Reply>,
    /// See [`Outcome::response`].
    pub response: Option<Message>,
    /// See [`Outcome::end`].
    pub end: End,
}

/// A request or response as a peer received it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Headers, pseudo-headers included, as they were when they left.
    pub headers: Headers,
    /// Body bytes that left.
    pub body: Vec<u8>,
    /// Trailers, when they left.
    pub trailers: Option<Headers>,
    /// Whether the message was ended.
    pub complete: bool,
}

/// A local reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u32,
    /// The headers it was given, before Envoy adds its own.
    pub headers: Headers,
    /// Body.
    pub body: Vec<u8>,
    /// Response code details, as the access log shows them.
    pub details: Vec<u8>,
    /// gRPC status or -1.
    pub grpc_status: i32,
    /// Who made it.
    pub origin: Origin,
}

/// Who made a local reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `proxy_send_local_response`.
    Filter,
    /// Envoy: buffer limits, a dead VM.
    Envoy,
}

/// How an exchange stands when its script is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// The client has a whole response.
    #[default]
    Answered,
    /// The stream was reset.
    Reset,
    /// The filter holds the stream and nothing will wake it but a callout, a tick or a queue.
    Held,
}

/// One line of the module's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// 0 trace … 5 critical.
    pub level: u32,
    /// Text, with invalid UTF-8 replaced.
    pub message: String,
}

impl Outcome {
    /// What peers can see.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict {
            forwarded: self.forwarded.clone(),
            reply: self.reply.clone(),
            response: self.response.clone(),
            end: self.end,
        }
    }

    /// Status of the response the client got.
    #[must_use]
    pub fn status(&self) -> Option<u32> {
        let response = self.response.as_ref()?;
        response.headers.text(":status")?.parse().ok()
    }

    /// How often a host call was made.
    #[must_use]
    pub fn calls(&self, name: &str) -> u64 {
        self.host_calls.get(name).copied().unwrap_or(0)
    }

    /// All host calls of the exchange.
    #[must_use]
    pub fn total_calls(&self) -> u64 {
        self.host_calls.values().sum()
    }
}
