//! A release that decides: call and state come as bytes in one buffer, records go out in another.

use callgate_answer::problem::{self, Text};
use callgate_engine::{Active, CompiledRelease, Explain, Scratch, decide};
use callgate_json::{Buffers, Document};
use callgate_model::{Call, Diagnostic, Limits, State, Timestamp};
use callgate_release::DefaultAction;

/// What is in force, and the memory that decisions by it reuse.
pub(crate) struct Decider {
    /// None while no release is published.
    release: Option<CompiledRelease>,
    default_action: DefaultAction,
    limits: Limits,
    scratch: Scratch,
    tape: Buffers,
}

/// What a decision is asked with, beside the call.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// What the host knows.
    pub(crate) state: Known<'a>,
    /// When.
    pub(crate) now: Timestamp,
    /// Whether the record explains itself.
    pub(crate) explain: Explain,
}

/// What the host knows beside the call.
#[derive(Clone, Copy)]
pub(crate) enum Known<'a> {
    /// Nothing has happened yet.
    Nothing,
    /// The host keeps no state.
    Unavailable,
    /// State as JSON.
    Json(&'a [u8]),
}

/// A text of the request that could not be read.
struct Unread<'a> {
    text: &'a [u8],
    found: Vec<Diagnostic>,
}

impl Decider {
    /// Decides by a release.
    pub(crate) fn new(release: CompiledRelease) -> Self {
        let default_action = release.release().settings.default_action;
        Self {
            release: Some(release),
            ..Self::without_release(default_action)
        }
    }

    /// Decides while no release is published.
    pub(crate) fn without_release(default_action: DefaultAction) -> Self {
        let limits = Limits::default();
        Self {
            release: None,
            default_action,
            scratch: Scratch::new(&limits),
            limits,
            tape: Buffers::default(),
        }
    }

    /// The release, if there is one.
    pub(crate) fn release(&self) -> Option<&CompiledRelease> {
        self.release.as_ref()
    }

    /// Appends the record of one call, or `{"errors":[…]}`; whether it is a record.
    pub(crate) fn decide(&mut self, call: &[u8], asked: Asked<'_>, out: &mut Vec<u8>) -> bool {
        let decided = self.knowing(asked.state, |this, state| this.one(call, state, asked, out));
        let decided = decided.and_then(|decided| decided);
        decided.map_err(|unread| refuse(&unread, out)).is_ok()
    }

    /// Appends a line for each line of `calls`: its record, or `{"errors":[…]}`. Blank lines have none.
    /// When the state cannot be read, that is all that is told; whether it could.
    pub(crate) fn decide_lines(
        &mut self,
        calls: &[u8],
        asked: Asked<'_>,
        out: &mut Vec<u8>,
    ) -> bool {
        let decided = self.knowing(asked.state, |this, state| {
            for line in calls.split(|byte| *byte == b'\n') {
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                if let Err(unread) = this.one(line, state, asked, out) {
                    refuse(&unread, out);
                }
                out.push(b'\n');
            }
        });
        decided.map_err(|unread| refuse(&unread, out)).is_ok()
    }

    /// Reads the state, and goes on with it.
    fn knowing<'a, T>(
        &mut self,
        known: Known<'a>,
        then: impl FnOnce(&mut Self, &State<'_>) -> T,
    ) -> Result<T, Unread<'a>> {
        let text = match known {
            Known::Nothing => return Ok(then(self, &State::EMPTY)),
            Known::Unavailable => return Ok(then(self, &State::UNAVAILABLE)),
            Known::Json(text) => text,
        };
        let unread = |found| Unread { text, found };
        let document = Document::parse(text, &self.limits.json);
        let document = document.map_err(|error| unread(vec![problem::of_json(error)]))?;
        let state = State::read(document.root()).map_err(unread)?;
        Ok(then(self, &state))
    }

    fn one<'a>(
        &mut self,
        text: &'a [u8],
        state: &State<'_>,
        asked: Asked<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Unread<'a>> {
        let tape = core::mem::take(&mut self.tape);
        let document =
            Document::parse_in(text, &self.limits.json, tape).map_err(|error| Unread {
                text,
                found: vec![problem::of_json(error)],
            })?;
        let active = match &self.release {
            Some(release) => Active::Release(release),
            None => Active::None {
                default_action: self.default_action,
            },
        };
        let read = Call::read(document.root()).map(|call| {
            let Asked { now, explain, .. } = asked;
            let decision = decide(active, &call, state, now, &mut self.scratch, explain);
            decision.record.write(out);
        });
        self.tape = document.into_buffers();
        read.map_err(|found| Unread { text, found })
    }
}

/// Appends what stands in the place of a record.
fn refuse(unread: &Unread<'_>, out: &mut Vec<u8>) {
    // A text that is no UTF-8 has no places that JavaScript could count.
    let text = core::str::from_utf8(unread.text).unwrap_or_default();
    out.extend(problem::errors(&unread.found, Text::of(text)));
}
