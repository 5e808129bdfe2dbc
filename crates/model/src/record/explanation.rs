//! The long answer of a record: every policy's outcome, and the value of every part.

use callgate_json::Writer;

use super::{Fault, Judged, PolicyRef, write_policy};
use crate::Span;

/// How each policy came out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Explanation<'a> {
    /// Of the CEL policies, in the order of evaluation.
    pub policies: Vec<PolicyOutcome<'a>>,
    /// Of the other families, in the order in which they are judged.
    pub judged: Vec<Judged<'a>>,
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
    /// The smallest change that flips it; `None` if nothing that a call says does, or when the budget
    /// of the explanation was used up.
    pub flip: Option<Vec<Flip>>,
}

/// A condition in an expression that would have to come out otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flip {
    /// Its place in the expression, in bytes.
    pub span: Span,
    /// What it would have to be.
    pub truth: bool,
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

impl Explanation<'_> {
    pub(super) fn write(&self, w: &mut Writer<'_>) {
        w.begin_object().key("judged").begin_array();
        for judged in &self.judged {
            judged.write(w);
        }
        w.end_array().key("policies").begin_array();
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
        w.key("flip");
        match &self.flip {
            None => {
                w.null();
            }
            Some(changes) => {
                w.begin_array();
                for change in changes {
                    change.write(w);
                }
                w.end_array();
            }
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

impl Flip {
    fn write(self, w: &mut Writer<'_>) {
        w.begin_object();
        w.key("from").uint(u64::from(self.span.start));
        w.key("to").uint(u64::from(self.span.end));
        w.key("value").bool(self.truth).end_object();
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
