//! Policy tests: calls and the decisions their authors expect.

pub mod coverage;
pub mod mutants;
pub mod patch;
pub mod read;
pub mod report;
pub mod run;
pub mod table;
pub mod target;

use std::rc::Rc;

use callgate_model::{Effect, Span, Timestamp};

use crate::input::File;

/// One call and what is expected of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The file it is in.
    pub file: Rc<File>,
    /// Where in the file.
    pub place: Span,
    /// The call as JSON; it has been read before.
    pub call: String,
    /// The state as JSON, if there is any; it has been read before.
    pub state: Option<String>,
    /// When the call is made.
    pub now: Timestamp,
    /// What is expected.
    pub expect: Expect,
}

/// What a record must say. What is absent is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expect {
    /// The decision; only a table's base may leave it out, for a column to fill.
    pub decision: Option<Effect>,
    /// The status.
    pub status: Option<String>,
    /// The deciding policy.
    pub policy: Option<String>,
    /// The deciding rule of that policy.
    pub rule: Option<String>,
    /// The deciding code.
    pub code: Option<String>,
    /// The codes of all reasons, in order.
    pub reasons: Option<Vec<String>>,
    /// The findings, each with at least the members given, as JSON.
    pub findings: Option<Vec<String>>,
}

/// When a call is made whose test does not say: 2026-01-01T00:00:00Z. Tests have no clock.
pub const DEFAULT_NOW: Timestamp = Timestamp {
    seconds: 1_767_225_600,
    nanos: 0,
};
