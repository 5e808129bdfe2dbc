//! Which scripts a real host can play, and why not the others.

use super::attested::attesting;
use crate::bypass::{Configure, Meanwhile, Moment, Poll, Response, Script, Send, Step};
use crate::envoy::sending::{Wire, sendable};

/// Why a script needs a host of the tests' own; nothing when a real one can play it.
pub(super) fn withheld(script: &Script, wire: Wire) -> Option<&'static str> {
    let host = &script.host;
    if host.memory_bytes.is_some() || host.buffer_bytes.is_some() {
        return Some("a host with little memory");
    }
    if let Err(why) = attesting(script) {
        return Some(why);
    }
    let mut steps = script.steps.iter();
    let why = steps.find_map(|step| step_withheld(step, wire));
    why.or_else(|| (!script.steps.iter().any(asks)).then_some("nothing is sent"))
}

fn asks(step: &Step) -> bool {
    matches!(step, Step::Send(_))
}

fn step_withheld(step: &Step, wire: Wire) -> Option<&'static str> {
    match step {
        Step::Send(send) => send_withheld(send, wire),
        Step::Configure(configure) => configure_withheld(configure),
        Step::Poll(poll) => poll_withheld(poll),
        Step::Wait(_) => Some("a clock of its own"),
        Step::Restart(_) => Some("a VM that begins anew"),
        Step::Memory(_) => Some("a look into memory"),
    }
}

fn send_withheld(send: &Send, wire: Wire) -> Option<&'static str> {
    if !send.host_failures.is_empty() {
        return Some("a host that fails");
    }
    let meanwhile = send.meanwhile.as_ref();
    let pieces = send
        .request
        .pieces()
        .into_iter()
        .filter(|it| !it.is_empty());
    let pieces = pieces.count();
    if let Some(why) = meanwhile.and_then(|it| meanwhile_withheld(it, pieces, wire)) {
        return Some(why);
    }
    let sent = sendable(&send.request, wire, &[]);
    let answered = send.upstream.as_ref().map_or(Ok(()), answerable);
    sent.err().or_else(|| answered.err())
}

fn meanwhile_withheld(meanwhile: &Meanwhile, pieces: usize, wire: Wire) -> Option<&'static str> {
    match meanwhile.at {
        Moment::Pieces(count) => {
            // The head is a piece, and the last of the body ends it.
            if count > pieces {
                return Some("the midst of an answer");
            }
            let mut steps = meanwhile.steps.iter();
            steps.find_map(|step| step_withheld(step, wire))
        }
        Moment::HostCall(_) | Moment::LaterHostCall(..) => Some("the midst of a host call"),
    }
}

fn configure_withheld(configure: &Configure) -> Option<&'static str> {
    if !configure.host_failures.is_empty() {
        return Some("a host that fails");
    }
    (configure.worker > 0).then_some("workers with different configurations")
}

fn poll_withheld(poll: &Poll) -> Option<&'static str> {
    poll.at_most_within.map(|_| "a clock of its own")
}

/// Whether a proper server gives that answer.
fn answerable(response: &Response) -> Result<(), &'static str> {
    if response.trailers.is_some() {
        return Err("an answer with trailers");
    }
    let framing = |(name, _): &(Vec<u8>, Vec<u8>)| {
        ["content-length", "transfer-encoding"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
    };
    match response.headers.iter().any(framing) {
        true => Err("an answer that says its length by itself"),
        false => Ok(()),
    }
}
