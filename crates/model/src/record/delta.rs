//! What a call consumes: reserved all or nothing, and only when the call goes on.

use callgate_json::Writer;

use crate::MicroUsd;

/// What the host has to write down before it lets a call go on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delta {
    /// Calls to count.
    pub counters: Vec<Consumed>,
    /// Money to reserve; settled when the true cost is known.
    pub spend: Vec<Spent>,
    /// Ids of exceptions of which one use is taken.
    pub exceptions: Vec<String>,
    /// Ids of approval tickets that are used up.
    pub approvals: Vec<String>,
}

/// One call under a counter's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumed {
    /// Key in `state.counters`.
    pub key: String,
    /// The limit the host must still find kept when it reserves.
    pub max: u64,
    /// How long the call counts.
    pub window_seconds: u64,
}

/// Money under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// Key in `state.spend`.
    pub key: String,
    /// The limit the host must still find kept when it reserves.
    pub max: MicroUsd,
    /// What this call costs, as far as is known.
    pub cost: MicroUsd,
}

impl Delta {
    /// Whether nothing is consumed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn write(&self, w: &mut Writer<'_>) {
        w.begin_object();
        ids(w, "approvals", &self.approvals);
        if !self.counters.is_empty() {
            w.key("counters").begin_array();
            for consumed in &self.counters {
                w.begin_object().key("count").uint(1);
                w.key("key").str(&consumed.key);
                w.key("max").uint(consumed.max);
                w.key("window_seconds").uint(consumed.window_seconds);
                w.end_object();
            }
            w.end_array();
        }
        ids(w, "exceptions", &self.exceptions);
        if !self.spend.is_empty() {
            w.key("spend").begin_array();
            for spent in &self.spend {
                w.begin_object().key("cost_usd").str(&spent.cost.to_text());
                w.key("key").str(&spent.key);
                w.key("max_usd").str(&spent.max.to_text());
                w.end_object();
            }
            w.end_array();
        }
        w.end_object();
    }
}

fn ids(w: &mut Writer<'_>, key: &str, ids: &[String]) {
    if ids.is_empty() {
        return;
    }
    w.key(key).begin_array();
    for id in ids {
        w.str(id);
    }
    w.end_array();
}
