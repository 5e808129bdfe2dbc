//! The decision record: what was decided, by which policy, why, and what it consumes.

mod delta;
mod explanation;
mod judged;
mod remediation;

use callgate_json::Writer;

use crate::{Code, Digest, Effect, Span, Status};

pub use delta::{Consumed, Delta, Spent};
pub use explanation::{Explanation, Flip, PartOutcome, PolicyOutcome, SubExpression};
pub use judged::{Check, CheckOutcome, Judged, Standing};
pub use remediation::{Remediation, Violation};

/// The outcome of one decision. [`to_json`](Self::to_json) gives the same bytes in every host.
#[derive(Debug, Clone, PartialEq)]
pub struct Record<'a> {
    /// The maximum over all policy families.
    pub decision: Effect,
    /// The decision in one word.
    pub status: Status,
    /// The release that decided; `None` when there was none.
    pub release: Option<ReleaseRef>,
    /// What the decision rests on; `None` for an allow that nothing had to grant.
    pub deciding: Option<Deciding<'a>>,
    /// Every reason found, in the order of evaluation.
    pub reasons: Vec<Reason<'a>>,
    /// What DLP found, in the order of the request.
    pub findings: Vec<Finding<'a>>,
    /// What the host has to do: ask for an approval, judge the response.
    pub obligations: Vec<Obligation<'a>>,
    /// The exceptions that lift a policy from this call.
    pub exceptions: Vec<Lifted<'a>>,
    /// What the agent can do about a refusal.
    pub remediation: Remediation,
    /// What the call consumes; empty unless it goes on.
    pub delta: Delta,
    /// Evaluation steps spent; the same number in every host.
    pub gas: u64,
    /// Present when asked for.
    pub explanation: Option<Explanation<'a>>,
}

/// Names a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseRef {
    /// Its number, growing by one.
    pub number: u64,
    /// The digest of its content.
    pub digest: Digest,
}

/// What a decision rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deciding<'a> {
    /// The policy, unless the code speaks of none.
    pub policy: Option<PolicyRef<'a>>,
    /// The rule of that policy, where it has several.
    pub rule: Option<&'a str>,
    /// Why.
    pub code: Code,
}

/// Names a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyRef<'a> {
    /// `metadata.name`.
    pub name: &'a str,
    /// `metadata.id`, for stored policies.
    pub id: Option<&'a str>,
}

impl<'a> PolicyRef<'a> {
    /// What state refers to it by: the id, which stays when the name changes, or else the name.
    pub fn key(self) -> &'a str {
        self.id.unwrap_or(self.name)
    }
}

/// One policy's part in the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason<'a> {
    /// The policy, unless the code speaks of none.
    pub policy: Option<PolicyRef<'a>>,
    /// The rule of that policy, where it has several.
    pub rule: Option<&'a str>,
    /// Why.
    pub code: Code,
    /// The policy's own words for the caller.
    pub message: Option<&'a str>,
    /// For `CEL_ERROR`: what went wrong, and where in the expression.
    pub fault: Option<Fault>,
}

impl Reason<'_> {
    /// A reason that speaks of no policy.
    pub fn bare(code: Code) -> Self {
        Self {
            policy: None,
            rule: None,
            code,
            message: None,
            fault: None,
        }
    }
}

/// An evaluation error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Stable name of the kind of error.
    pub code: &'static str,
    /// Place in the expression, in bytes.
    pub span: Span,
}

/// What a DLP detector found. Never the value itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding<'a> {
    /// The detector.
    pub detector: &'a str,
    /// What kind of secret or personal data it is.
    pub class: &'a str,
    /// How bad.
    pub severity: &'static str,
    /// JSON Pointer of the text in the request.
    pub path: String,
    /// First byte in that text.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
    /// The value made unreadable.
    pub masked: String,
    /// How sure the detector is, in percent.
    pub confidence: u8,
}

/// What a host has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obligation<'a> {
    /// Ask a person; the approved retry carries a ticket with these.
    Approval {
        /// The policy that asks.
        policy: PolicyRef<'a>,
        /// SHA-256 of the canonical arguments.
        args: Digest,
        /// Who may approve, if the policy says.
        approvers: Vec<&'a str>,
        /// How long the question stands.
        timeout_seconds: u64,
    },
    /// Judge the response by this policy's output rules.
    Output {
        /// The policy.
        policy: PolicyRef<'a>,
    },
}

/// An exception that lifts a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifted<'a> {
    /// The exception's id.
    pub id: String,
    /// The policy it lifts.
    pub policy: PolicyRef<'a>,
}

impl Record<'_> {
    /// The record as canonical JSON: keys sorted, no white space.
    pub fn to_json(&self) -> String {
        let mut out = Vec::new();
        self.write(&mut out);
        // INVARIANT: every part is written from `str`.
        String::from_utf8(out).unwrap_or_default()
    }

    /// Appends the record as canonical JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut w = Writer::new(out);
        w.begin_object();
        w.key("deciding");
        match &self.deciding {
            None => w.null(),
            Some(deciding) => deciding.write(&mut w),
        };
        w.key("decision").str(self.decision.as_str());
        self.delta.write(w.key("delta"));
        list(&mut w, "exceptions", &self.exceptions, Lifted::write);
        if let Some(explanation) = &self.explanation {
            explanation.write(w.key("explanation"));
        }
        list(&mut w, "findings", &self.findings, Finding::write);
        w.key("gas").uint(self.gas);
        list(&mut w, "obligations", &self.obligations, Obligation::write);
        list(&mut w, "reasons", &self.reasons, Reason::write);
        w.key("release");
        match &self.release {
            None => w.null(),
            Some(release) => release.write(&mut w),
        };
        w.key("remediation");
        self.write_remediation(&mut w);
        w.key("status").str(self.status.as_str());
        w.end_object();
    }

    /// What the agent can do about it; `null` when nothing is refused.
    pub fn write_remediation(&self, w: &mut Writer<'_>) {
        match &self.deciding {
            Some(deciding) if self.decision >= Effect::RequireApproval => {
                self.remediation.write(deciding.code, w);
            }
            _ => {
                w.null();
            }
        }
    }
}

fn list<T>(w: &mut Writer<'_>, key: &str, items: &[T], write: impl Fn(&T, &mut Writer<'_>)) {
    w.key(key).begin_array();
    for item in items {
        write(item, w);
    }
    w.end_array();
}

impl ReleaseRef {
    fn write<'w, 'o>(&self, w: &'w mut Writer<'o>) -> &'w mut Writer<'o> {
        w.begin_object();
        w.key("digest").raw(&self.digest.to_json());
        w.key("number").uint(self.number);
        w.end_object()
    }
}

impl Deciding<'_> {
    fn write<'w, 'o>(&self, w: &'w mut Writer<'o>) -> &'w mut Writer<'o> {
        w.begin_object().key("code").str(self.code.as_str());
        write_policy(self.policy, w);
        w.key("rule");
        match self.rule {
            None => w.null(),
            Some(rule) => w.str(rule),
        };
        w.end_object()
    }
}

impl Reason<'_> {
    fn write(&self, w: &mut Writer<'_>) {
        w.begin_object().key("code").str(self.code.as_str());
        if let Some(fault) = &self.fault {
            fault.write(w.key("error"));
        }
        if let Some(message) = self.message {
            w.key("message").str(message);
        }
        write_policy(self.policy, w);
        if let Some(rule) = self.rule {
            w.key("rule").str(rule);
        }
        w.end_object();
    }
}

impl Fault {
    fn write(&self, w: &mut Writer<'_>) {
        w.begin_object().key("code").str(self.code);
        w.key("from").uint(u64::from(self.span.start));
        w.key("to").uint(u64::from(self.span.end)).end_object();
    }
}

impl Finding<'_> {
    fn write(&self, w: &mut Writer<'_>) {
        w.begin_object().key("class").str(self.class);
        w.key("confidence").uint(u64::from(self.confidence));
        w.key("detector").str(self.detector);
        w.key("end").uint(u64::from(self.end));
        w.key("masked").str(&self.masked);
        w.key("path").str(&self.path);
        w.key("severity").str(self.severity);
        w.key("start").uint(u64::from(self.start)).end_object();
    }
}

impl Obligation<'_> {
    fn write(&self, w: &mut Writer<'_>) {
        w.begin_object();
        match self {
            Self::Approval {
                policy,
                args,
                approvers,
                timeout_seconds,
            } => {
                list(w, "approvers", approvers, |name, w| {
                    w.str(name);
                });
                w.key("args_digest").str(&args.to_text());
                write_policy(Some(*policy), w);
                w.key("timeout_seconds").uint(*timeout_seconds);
                w.key("type").str("approval");
            }
            Self::Output { policy } => {
                write_policy(Some(*policy), w);
                w.key("type").str("output");
            }
        }
        w.end_object();
    }
}

impl Lifted<'_> {
    fn write(&self, w: &mut Writer<'_>) {
        w.begin_object().key("id").str(&self.id);
        write_policy(Some(self.policy), w);
        w.end_object();
    }
}

fn write_policy(policy: Option<PolicyRef<'_>>, w: &mut Writer<'_>) {
    w.key("policy");
    match policy {
        None => w.null(),
        Some(policy) => w.str(policy.name),
    };
    if let Some(id) = policy.and_then(|policy| policy.id) {
        w.key("policy_id").str(id);
    }
}
