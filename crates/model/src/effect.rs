//! The four effects and their order, and the status a record carries.

use core::fmt;

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
}

impl Status {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "ALLOWED",
            Self::Flagged => "FLAGGED",
            Self::PendingApproval => "PENDING_APPROVAL",
            Self::Denied => "DENIED",
        }
    }
}

impl From<Effect> for Status {
    fn from(effect: Effect) -> Self {
        match effect {
            Effect::Allow => Self::Allowed,
            Effect::Flag => Self::Flagged,
            Effect::RequireApproval => Self::PendingApproval,
            Effect::Deny => Self::Denied,
        }
    }
}
