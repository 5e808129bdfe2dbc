//! What is asked of the control plane in one question, and what its answer lends.
use crate::ledger::lent::{Grant, Units};
use callgate_json::{Object, Value, Writer};

/// What is wanted of one key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Want {
    pub(crate) project: String,
    pub(crate) key: String,
    /// Without them, only what is held is asked for.
    pub(crate) terms: Option<Terms>,
    /// Units that somebody waits for.
    pub(crate) need: u64,
    /// Units that are used already, whatever the limit.
    pub(crate) owed: u64,
    /// Units that nobody used.
    pub(crate) returned: u64,
    /// When the first of those was taken out that do not count for ever.
    pub(crate) returned_at: Option<u64>,
}

/// What units are lent for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) limit: u64,
    /// How long a unit counts; `None` for ever.
    pub(crate) window_seconds: Option<u64>,
    /// How many are asked for at least, so that not every call has to ask.
    pub(crate) chunk: u64,
}

/// What is asked in one question.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) body: Vec<u8>,
    /// The same for the same batch: who has answered it already answers the same.
    pub(super) key: String,
    pub(super) wants: Vec<Want>,
    /// When it was first sent.
    at: u64,
}

/// Bunches of what is held for a key, at most.
const HELD: usize = 1_024;
const MILLISECOND: u64 = 1_000_000;
/// How long units that do not count for ever may be given back, in nanoseconds: later the control plane would take
/// others for them.
const LATE: u64 = 30_000 * MILLISECOND;

impl Want {
    /// Whether what it gives back may be over by now. A clock that was set back does not tell.
    pub(super) fn is_late(&self, now: u64) -> bool {
        let at = self.returned_at;
        at.is_some_and(|at| now < at || now >= at.saturating_add(LATE))
    }

    /// How many units are asked for.
    fn asked(&self) -> u64 {
        self.terms.map_or(0, |terms| self.need.max(terms.chunk))
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.begin_object().key("key").str(&self.key);
        if let Some(terms) = self.terms {
            w.key("limit").uint(terms.limit);
        }
        w.key("owed").uint(self.owed);
        w.key("project").str(&self.project);
        w.key("returned").uint(self.returned);
        w.key("want").uint(self.asked());
        if let Some(seconds) = self.terms.and_then(|terms| terms.window_seconds) {
            w.key("window_seconds").uint(seconds);
        }
        w.end_object();
    }
}

impl Batch {
    /// A batch of `holder`, whose key no other of its batches has.
    pub(super) fn of(
        wants: Vec<Want>,
        (holder, nonce, number): (&str, u64, u64),
        now: u64,
    ) -> Self {
        let mut body = Vec::new();
        let mut w = Writer::new(&mut body);
        w.begin_object().key("holder").str(holder);
        w.key("leases").begin_array();
        for want in &wants {
            want.write(&mut w);
        }
        w.end_array().end_object();
        let numbers = [nonce, number].map(|number| number.to_string());
        let [nonce, number] = &numbers;
        Self {
            body,
            key: [holder, ".", nonce, ".", number].concat(),
            wants,
            at: now,
        }
    }

    /// The answers to what it wanted; `None` if it is none. What is not answered lends nothing.
    pub(super) fn read(&self, root: Value<'_>, now: u64) -> Option<Vec<(&Want, Grant)>> {
        let mut grants = Vec::new();
        for lease in root.as_object()?.get("leases")?.as_array()?.iter() {
            let lease = lease.as_object()?;
            let (project, key) = (text(lease, "project")?, text(lease, "key")?);
            let mut wants = self.wants.iter();
            let want = wants.find(|want| want.key == key && want.project == project)?;
            // What is lent may only be used as long as it surely is.
            let mut granted = units(lease, "granted", "expires_in_ms", self.at)?;
            granted.count = granted.count.min(want.asked());
            let mut held = Vec::new();
            for bunch in lease.get("held")?.as_array()?.iter().take(HELD) {
                held.push(units(bunch.as_object()?, "units", "ends_in_ms", now)?);
            }
            let as_of = self.at;
            let known = |(other, _): &(&Want, Grant)| std::ptr::eq(*other, want);
            if grants.iter().any(known) {
                return None;
            }
            grants.push((
                want,
                Grant {
                    as_of,
                    granted,
                    held,
                },
            ));
        }
        Some(grants)
    }
}

fn text<'v>(object: Object<'v>, name: &str) -> Option<&'v str> {
    object.get(name)?.as_str()
}

fn units(object: Object<'_>, count: &str, end: &str, from: u64) -> Option<Units> {
    let until = match object.get(end) {
        None => u64::MAX,
        Some(end) => from.saturating_add(number(end)?.saturating_mul(MILLISECOND)),
    };
    let count = number(object.get(count)?)?;
    Some(Units { until, count })
}

/// An amount: of money no more than there can be.
fn number(value: Value<'_>) -> Option<u64> {
    let number = value.as_small_integer()?;
    u64::try_from(number).ok()
}
