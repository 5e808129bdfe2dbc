//! What was decided, in the terms in which the reference and the engine are compared: lines and sets.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::values::name;

/// Ordered: the maximum decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The call goes on.
    #[default]
    Allow,
    /// It goes on and is marked.
    Flag,
    /// It waits.
    RequireApproval,
    /// It does not go on.
    Deny,
}

/// Who says what; empty texts for nobody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// A reason code.
    pub code: String,
    /// The name of the policy.
    pub policy: String,
    /// The rule in it.
    pub rule: String,
}

/// What the reference and the engine have to agree on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What comes of the call.
    pub decision: Effect,
    /// The decision in one word.
    pub status: String,
    /// The first reason with the greatest effect.
    pub deciding: Option<Reason>,
    /// Every reason of every family.
    pub reasons: BTreeSet<Reason>,
    /// What DLP found, in the order of the request, one line each.
    pub findings: Vec<String>,
    /// Each with the policy that it lifts.
    pub exceptions: BTreeSet<String>,
    /// One line each.
    pub obligations: BTreeSet<String>,
    /// What the host writes down, each with its cap.
    pub delta: BTreeMap<String, i64>,
}

impl Outcome {
    /// Takes down a reason; the first with the greatest effect decides.
    pub fn add(&mut self, effect: Effect, policy: &Value, rule: &str, code: &str) {
        let [code, policy, rule] = [code, name(policy), rule].map(str::to_owned);
        let reason = Reason { code, policy, rule };
        if effect > self.decision {
            self.decision = effect;
            self.deciding = Some(reason.clone());
        }
        self.reasons.insert(reason);
    }

    /// Takes down what the host has to write; of several caps of one thing the smallest.
    pub fn reserve(&mut self, what: String, max: i64) {
        let cap = self.delta.entry(what).or_insert(max);
        *cap = max.min(*cap);
    }

    /// The decision in one word; what does not go on consumes nothing.
    #[must_use]
    pub fn finish(mut self) -> Self {
        let code = self.deciding.as_ref().map(|reason| reason.code.as_str());
        let status = match (self.decision, code) {
            (Effect::Allow, _) => "ALLOWED",
            (Effect::RequireApproval, _) => "PENDING_APPROVAL",
            (_, Some(code @ ("DLP_WARNED" | "DLP_BLOCKED" | "RATE_LIMITED"))) => code,
            (Effect::Flag, _) => "FLAGGED",
            (Effect::Deny, _) => "DENIED",
        };
        self.status = status.to_owned();
        self.delta.retain(|_, _| self.decision <= Effect::Flag);
        self
    }
}
