//! Reason codes: why a family judged as it did. Stable names, shown to callers.

use core::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $text:literal,)*) => {
        /// Why a decision came out as it did.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// The stable name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
        }
    };
}

codes! {
    /// A CEL deny policy was true.
    CelDenyMatched "CEL_DENY_MATCHED",
    /// A CEL allow policy was false where all must be true.
    CelAllowNotMet "CEL_ALLOW_NOT_MET",
    /// No CEL allow policy was true where one must be.
    CelNoAllowMatched "CEL_NO_ALLOW_MATCHED",
    /// A CEL policy could not be evaluated, or was not boolean.
    CelError "CEL_ERROR",
    /// No release was published; the default action applies.
    NoActiveRelease "NO_ACTIVE_RELEASE",
    /// The request carries no identity that could be established.
    Unauthenticated "UNAUTHENTICATED",
    /// A protocol method that is not in the release's list.
    MethodNotAllowed "METHOD_NOT_ALLOWED",
    /// A rule set denies the tool.
    ToolDenied "TOOL_DENIED",
    /// A rule set lists the tools that are allowed, and this is none of them.
    ToolNotAllowed "TOOL_NOT_ALLOWED",
    /// A rule set denies the resource that an argument names.
    ResourceDenied "RESOURCE_DENIED",
    /// A rule set lists the resources that are allowed, and this is none of them.
    ResourceNotAllowed "RESOURCE_NOT_ALLOWED",
    /// The argument that names the resource is absent or no text, number or list of these.
    ResourceMissing "RESOURCE_MISSING",
    /// More calls than a window has room for.
    RateLimited "RATE_LIMITED",
    /// A cost cap would be exceeded.
    CostExceeded "COST_EXCEEDED",
    /// The run has lasted longer than it may.
    RunTooOld "RUN_TOO_OLD",
    /// It is outside of every time window.
    OutsideWindow "OUTSIDE_WINDOW",
    /// The release knows the time zone's offsets for other years only.
    ZoneUnknown "ZONE_UNKNOWN",
    /// A response is not what a rule set lets out.
    OutputRejected "OUTPUT_REJECTED",
    /// A match policy denies.
    MatchDenied "MATCH_DENIED",
    /// A match policy flags.
    MatchFlagged "MATCH_FLAGGED",
    /// No match policy matched, and the default for that is no allow.
    MatchDefault "MATCH_DEFAULT",
    /// A control denies the action.
    DeniedAction "DENIED_ACTION",
    /// A control lists the actions that are allowed, and this is none of them.
    NotInAllowlist "NOT_IN_ALLOWLIST",
    /// The arguments break a control's JSON Schema.
    ArgumentConstraintViolated "ARGUMENT_CONSTRAINT_VIOLATED",
    /// An action that has to come first has not succeeded in this run.
    MissingEvidence "MISSING_EVIDENCE",
    /// It has, but too long ago.
    StaleEvidence "STALE_EVIDENCE",
    /// An argument is not what an earlier action gave or got.
    UngroundedArgument "UNGROUNDED_ARGUMENT",
    /// A budget would be exceeded.
    BudgetExceeded "BUDGET_EXCEEDED",
    /// The call crosses a warning threshold of a budget.
    BudgetWarning "BUDGET_WARNING",
    /// A person has to approve the call.
    ApprovalRequired "APPROVAL_REQUIRED",
    /// No control covers the call, and that is not allowed for what may write.
    NoPolicyForWrite "NO_POLICY_FOR_WRITE",
    /// No control covers the call, and that is not allowed.
    NoPolicy "NO_POLICY",
    /// A DLP detector blocks.
    DlpBlocked "DLP_BLOCKED",
    /// A DLP detector warns.
    DlpWarned "DLP_WARNED",
    /// The rule is about the run, session or mission, and the call names none.
    ContextMissing "CONTEXT_MISSING",
    /// The rule counts or remembers, and this host does not.
    StateUnavailable "STATE_UNAVAILABLE",
    /// The evaluation budget of one decision is used up.
    GasExhausted "GAS_EXHAUSTED",
    /// The data one decision may build is used up.
    MemoryExhausted "MEMORY_EXHAUSTED",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
