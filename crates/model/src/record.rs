//! The answer: a decision and its reasons, written as canonical JSON, the same bytes in every host.

use callgate_json::Writer;

use crate::{Code, Digest, Effect, Span, Status};

/// What was decided and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Record<'a> {
    /// The maximum over all families.
    pub decision: Effect,
    /// The decision in one word.
    pub status: Status,
    /// The release that decided; `None` when there was none.
    pub release: Option<ReleaseRef>,
    /// What the decision rests on; `None` for an allow that nothing had to grant.
    pub deciding: Option<Deciding<'a>>,
    /// Every reason found, in the order of evaluation.
    pub reasons: Vec<Reason<'a>>,
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

/// One policy's part in the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason<'a> {
    /// The policy, unless the code speaks of none.
    pub policy: Option<PolicyRef<'a>>,
    /// Why.
    pub code: Code,
    /// The policy's own words for the caller.
    pub message: Option<&'a str>,
    /// For `CEL_ERROR`: what went wrong, and where in the expression.
    pub fault: Option<Fault>,
}

/// An evaluation error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Stable name of the kind of error.
    pub code: &'static str,
    /// Place in the expression, in bytes.
    pub span: Span,
}

/// How each policy came out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Explanation<'a> {
    /// In the order of evaluation.
    pub policies: Vec<PolicyOutcome<'a>>,
}

/// One policy of an explanation.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyOutcome<'a> {
    /// Which.
    pub policy: PolicyRef<'a>,
    /// The effect the policy can have.
    pub effect: &'static str,
    /// Its expression.
    pub expression: &'a str,
    /// The value as JSON, or the error; `None` when the budget of the explanation was used up.
    pub outcome: Option<Result<String, Fault>>,
    /// Its parts, outermost first.
    pub parts: Vec<SubExpression>,
}

/// A part of an expression.
#[derive(Debug, Clone, PartialEq)]
pub struct SubExpression {
    /// Its place in the expression, in bytes.
    pub span: Span,
    /// What it came to.
    pub outcome: PartOutcome,
}

/// What a part of an expression came to.
#[derive(Debug, Clone, PartialEq)]
pub enum PartOutcome {
    /// The result did not need it.
    NotNeeded,
    /// Its value as JSON.
    Value(String),
    /// A value larger than [`Limits::explain_value_bytes`](crate::Limits::explain_value_bytes), or
    /// one for which the budget of the explanation was used up.
    LeftOut,
    /// What it failed with.
    Failed(Fault),
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
        w.key("delta").begin_object().end_object();
        w.key("exceptions").begin_array().end_array();
        if let Some(explanation) = &self.explanation {
            explanation.write(w.key("explanation"));
        }
        w.key("findings").begin_array().end_array();
        w.key("gas").uint(self.gas);
        w.key("obligations").begin_array().end_array();
        w.key("reasons").begin_array();
        for reason in &self.reasons {
            reason.write(&mut w);
        }
        w.end_array().key("release");
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
            Some(deciding) if self.decision == Effect::Deny => {
                w.begin_object();
                w.key("argument_violations").begin_array().end_array();
                w.key("missing_requirements").begin_array().end_array();
                w.key("reason_code").str(deciding.code.as_str());
                w.key("recoverable").bool(false);
                w.key("required_prior_actions").begin_array().end_array();
                w.key("retry_after_seconds").null();
                w.end_object();
            }
            _ => {
                w.null();
            }
        }
    }
}

impl ReleaseRef {
    fn write<'w, 'o>(&self, w: &'w mut Writer<'o>) -> &'w mut Writer<'o> {
        w.begin_object();
        w.key("digest").str(&self.digest.to_text());
        w.key("number").uint(self.number);
        w.end_object()
    }
}

impl Deciding<'_> {
    fn write<'w, 'o>(&self, w: &'w mut Writer<'o>) -> &'w mut Writer<'o> {
        w.begin_object().key("code").str(self.code.as_str());
        write_policy(self.policy, w);
        w.key("rule").null().end_object()
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

impl Explanation<'_> {
    fn write(&self, w: &mut Writer<'_>) {
        w.begin_object().key("policies").begin_array();
        for policy in &self.policies {
            policy.write(w);
        }
        w.end_array().end_object();
    }
}

impl PolicyOutcome<'_> {
    fn write(&self, w: &mut Writer<'_>) {
        w.begin_object().key("effect").str(self.effect);
        w.key("expression").str(self.expression);
        if let Some(Err(fault)) = &self.outcome {
            fault.write(w.key("fault"));
        }
        w.key("outcome").str(match &self.outcome {
            None => "left out",
            Some(Ok(_)) => "value",
            Some(Err(_)) => "error",
        });
        w.key("parts").begin_array();
        for part in &self.parts {
            part.write(w);
        }
        w.end_array();
        write_policy(Some(self.policy), w);
        if let Some(Ok(json)) = &self.outcome {
            w.key("value").raw(json.as_bytes());
        }
        w.end_object();
    }
}

impl SubExpression {
    fn write(&self, w: &mut Writer<'_>) {
        w.begin_object();
        if let PartOutcome::Failed(fault) = &self.outcome {
            fault.write(w.key("fault"));
        }
        w.key("from").uint(u64::from(self.span.start));
        w.key("outcome").str(match &self.outcome {
            PartOutcome::NotNeeded => "not needed",
            PartOutcome::Value(_) => "value",
            PartOutcome::LeftOut => "left out",
            PartOutcome::Failed(_) => "error",
        });
        w.key("to").uint(u64::from(self.span.end));
        if let PartOutcome::Value(json) = &self.outcome {
            w.key("value").raw(json.as_bytes());
        }
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
