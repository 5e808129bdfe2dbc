//! What was decided, in sets that do not depend on the order in which things are found.

use std::collections::BTreeSet;

/// Ordered: the maximum decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    Allow,
    Flag,
    RequireApproval,
    Deny,
}

/// Who says what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    pub code: String,
    pub policy: Option<String>,
    pub rule: Option<String>,
}

/// What the reference and the engine have to agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub decision: Effect,
    pub status: String,
    pub deciding: Option<Reason>,
    /// Every reason of every family.
    pub reasons: BTreeSet<Reason>,
    /// Exception and policy.
    pub exceptions: BTreeSet<(String, String)>,
    /// One line each.
    pub obligations: BTreeSet<String>,
    /// One line each.
    pub delta: BTreeSet<String>,
}

/// The decision in one word.
pub fn status(decision: Effect, code: Option<&str>) -> &'static str {
    match (decision, code) {
        (Effect::Allow, _) => "ALLOWED",
        (Effect::Flag, Some("DLP_WARNED")) => "DLP_WARNED",
        (Effect::Flag, _) => "FLAGGED",
        (Effect::RequireApproval, _) => "PENDING_APPROVAL",
        (Effect::Deny, Some("RATE_LIMITED")) => "RATE_LIMITED",
        (Effect::Deny, Some("DLP_BLOCKED")) => "DLP_BLOCKED",
        (Effect::Deny, _) => "DENIED",
    }
}
