//! What the families say about one call, as it adds up: the maximum wins, the first of it decides.

use callgate_model::{
    Code, Deciding, Delta, Effect, Finding, Obligation, PolicyRef, Reason, Remediation, Violation,
};

/// The effect so far, what it rests on, and everything worth reporting.
#[derive(Debug)]
pub(crate) struct Verdict<'r> {
    pub(crate) effect: Effect,
    pub(crate) deciding: Option<Deciding<'r>>,
    pub(crate) reasons: Vec<Reason<'r>>,
    pub(crate) findings: Vec<Finding<'r>>,
    pub(crate) obligations: Vec<Obligation<'r>>,
    pub(crate) remediation: Remediation,
    /// What the call would consume; forgotten unless it goes on.
    pub(crate) delta: Delta,
}

impl<'r> Verdict<'r> {
    /// Nothing stands against the call.
    pub(crate) fn allow() -> Self {
        Self {
            effect: Effect::Allow,
            deciding: None,
            reasons: Vec::new(),
            findings: Vec::new(),
            obligations: Vec::new(),
            remediation: Remediation::default(),
            delta: Delta::default(),
        }
    }

    /// The call is refused for `reason`.
    pub(crate) fn deny(reason: Reason<'r>) -> Self {
        let mut verdict = Self::allow();
        verdict.add(reason);
        verdict
    }

    /// Adds a reason to refuse.
    pub(crate) fn add(&mut self, reason: Reason<'r>) {
        self.raise(Effect::Deny, reason);
    }

    /// Adds a reason with its effect; the first one with the greatest effect decides.
    pub(crate) fn raise(&mut self, effect: Effect, reason: Reason<'r>) {
        if effect > self.effect || (effect == self.effect && self.deciding.is_none()) {
            self.effect = effect;
            self.deciding = Some(Deciding {
                policy: reason.policy,
                rule: reason.rule,
                code: reason.code,
            });
        }
        self.reasons.push(reason);
    }

    /// Adds a reason that is reported and decides nothing.
    pub(crate) fn note(&mut self, reason: Reason<'r>) {
        self.reasons.push(reason);
    }

    pub(crate) fn is_denied(&self) -> bool {
        self.effect == Effect::Deny
    }

    /// A retry can pass only when every wait is over.
    pub(crate) fn retry_after(&mut self, seconds: Option<u64>) {
        let remediation = &mut self.remediation;
        remediation.retry_after_seconds = remediation.retry_after_seconds.max(seconds);
    }

    pub(crate) fn violation(&mut self, pointer: &str, keyword: &str, message: String) {
        self.remediation.argument_violations.push(Violation {
            pointer: pointer.to_owned(),
            keyword: keyword.to_owned(),
            message,
        });
    }
}

/// Where a reason comes from: a policy, and one of its rules.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'r> {
    pub(crate) policy: PolicyRef<'r>,
    pub(crate) rule: Option<&'r str>,
    pub(crate) message: Option<&'r str>,
}

impl<'r> Origin<'r> {
    pub(crate) fn reason(self, code: Code) -> Reason<'r> {
        Reason {
            policy: Some(self.policy),
            rule: self.rule,
            code,
            message: self.message,
            fault: None,
        }
    }
}
