//! Host calls that fail on purpose: which call, and with what status.

use crate::status::Status;

/// Which host calls a fault hits, counted from the moment it is injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The n-th host call of any name, from 0.
    Index(u64),
    /// The n-th call of this name, from 0.
    Nth(&'static str, u64),
    /// Every call of this name.
    Every(&'static str),
    /// Every host call.
    Always,
}

/// One scripted failure: the host call does nothing and answers `status`.
///
/// [`Status::Ok`] is allowed and nasty: the call claims success without writing its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which calls.
    pub when: When,
    /// What they answer.
    pub status: Status,
}

/// The faults of one VM with the counters they are measured against.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    seen: u64,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.armed.push(Armed { fault, seen: 0 });
    }

    /// The status this call must fail with, if any. Counts the call.
    pub(crate) fn hit(&mut self, call: &str) -> Option<Status> {
        let mut hit = None;
        for armed in &mut self.armed {
            if armed.matches(call) {
                hit.get_or_insert(armed.fault.status);
            }
        }
        hit
    }
}

impl Armed {
    fn matches(&mut self, call: &str) -> bool {
        match self.fault.when {
            When::Always => true,
            When::Every(name) => name == call,
            When::Index(index) => self.count(index),
            When::Nth(name, index) => name == call && self.count(index),
        }
    }

    fn count(&mut self, index: u64) -> bool {
        let seen = self.seen;
        self.seen += 1;
        seen == index
    }
}
