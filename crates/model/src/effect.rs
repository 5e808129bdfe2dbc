//! The four effects and their order, and the status a record carries.

use core::fmt;

use crate::Code;

/// What a policy family, and in the end the decision, asks for. Ordered: the maximum wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The call goes on.
    Allow,
    /// The call goes on and is marked.
    Flag,
    /// The call waits for a person.
    RequireApproval,
    /// The call is refused.
    Deny,
}

impl Effect {
    /// `ALLOW`, `FLAG`, `REQUIRE_APPROVAL` or `DENY`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "ALLOW",
            Self::Flag => "FLAG",
            Self::RequireApproval => "REQUIRE_APPROVAL",
            Self::Deny => "DENY",
        }
    }

    /// Every effect, the most permissive first.
    pub const ALL: [Self; 4] = [Self::Allow, Self::Flag, Self::RequireApproval, Self::Deny];
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The decision in one word for lists and filters: the effect and, where it matters, its cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Effect ALLOW.
    Allowed,
    /// Effect FLAG.
    Flagged,
    /// Effect REQUIRE_APPROVAL.
    PendingApproval,
    /// Effect DENY.
    Denied,
    /// Effect DENY, for too many calls.
    RateLimited,
    /// Effect DENY, for what DLP found.
    DlpBlocked,
    /// Effect FLAG, for what DLP found.
    DlpWarned,
}

impl Status {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "ALLOWED",
            Self::Flagged => "FLAGGED",
            Self::PendingApproval => "PENDING_APPROVAL",
            Self::Denied => "DENIED",
            Self::RateLimited => "RATE_LIMITED",
            Self::DlpBlocked => "DLP_BLOCKED",
            Self::DlpWarned => "DLP_WARNED",
        }
    }
}

impl Status {
    /// The status of a decision with its deciding code.
    pub fn of(effect: Effect, code: Option<Code>) -> Self {
        match (effect, code) {
            (Effect::Deny, Some(Code::RateLimited)) => Self::RateLimited,
            (Effect::Deny, Some(Code::DlpBlocked)) => Self::DlpBlocked,
            (Effect::Flag, Some(Code::DlpWarned)) => Self::DlpWarned,
            (Effect::Allow, _) => Self::Allowed,
            (Effect::Flag, _) => Self::Flagged,
            (Effect::RequireApproval, _) => Self::PendingApproval,
            (Effect::Deny, _) => Self::Denied,
        }
    }
}
