//! Local replies as Envoy writes them, and what a dead VM's traffic gets.

use crate::exchange::{Exchange, Script};
use crate::headers::Headers;
use crate::outcome::{Message, Origin, Outcome, Reply};

impl Reply {
    /// The reply as Envoy writes it.
    pub(crate) fn script(&self, head: bool) -> Script {
        let mut headers = Headers::new().with(":status", self.status.to_string());
        for (name, value) in self.headers.iter() {
            headers.add(name, value);
        }
        let mut chunks = Vec::new();
        if !self.body.is_empty() {
            headers.replace("content-length", self.body.len().to_string());
            if headers.first("content-type").is_none() {
                headers.add("content-type", "text/plain");
            }
            if !head {
                chunks.push(self.body.clone());
            }
        }
        Script {
            headers,
            chunks,
            ..Script::default()
        }
    }
}

impl Outcome {
    /// What the client of a dead VM gets.
    pub(crate) fn unavailable() -> Self {
        let reply = envoy_reply(503, "", "wasm_fail_stream");
        Self {
            response: Some(Message {
                headers: reply.script(false).headers,
                complete: true,
                ..Message::default()
            }),
            reply: Some(reply),
            ..Self::default()
        }
    }

    /// What the upstream of a dead `FAIL_OPEN` VM gets.
    pub(crate) fn bypassed(exchange: Exchange) -> Self {
        let whole = |script: Script| Message {
            headers: script.headers,
            body: script.chunks.concat(),
            trailers: script.trailers,
            complete: true,
        };
        Self {
            forwarded: Some(whole(exchange.request)),
            response: Some(whole(exchange.upstream.0)),
            ..Self::default()
        }
    }
}

pub(crate) fn envoy_reply(status: u32, body: &str, details: &str) -> Reply {
    Reply {
        status,
        headers: Headers::new(),
        body: body.into(),
        details: details.into(),
        grpc_status: -1,
        origin: Origin::Envoy,
    }
}
