//! What one family says.

use callgate_model::{Deciding, Effect, Reason};

/// The effect of one family, what it rests on, and everything worth reporting.
#[derive(Debug)]
pub(crate) struct Verdict<'r> {
    pub(crate) effect: Effect,
    pub(crate) deciding: Option<Deciding<'r>>,
    pub(crate) reasons: Vec<Reason<'r>>,
}

impl<'r> Verdict<'r> {
    /// The family has nothing against the call.
    pub(crate) fn allow() -> Self {
        Self {
            effect: Effect::Allow,
            deciding: None,
            reasons: Vec::new(),
        }
    }

    /// The family refuses the call for `reason`.
    pub(crate) fn deny(reason: Reason<'r>) -> Self {
        let mut verdict = Self::allow();
        verdict.add(reason);
        verdict
    }

    /// Adds a reason to refuse; the first one decides.
    pub(crate) fn add(&mut self, reason: Reason<'r>) {
        self.effect = Effect::Deny;
        let deciding = Deciding {
            policy: reason.policy,
            code: reason.code,
        };
        self.deciding.get_or_insert(deciding);
        self.reasons.push(reason);
    }

    /// Adds a reason that is reported and decides nothing.
    pub(crate) fn note(&mut self, reason: Reason<'r>) {
        self.reasons.push(reason);
    }
}
