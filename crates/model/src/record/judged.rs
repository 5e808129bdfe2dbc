//! What policies that are no expressions make of a call: rule by rule, with the values they look at.

use callgate_json::Writer;

use super::{PolicyRef, write_policy};
use crate::Code;

/// One policy that is no expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged<'a> {
    /// Which.
    pub policy: PolicyRef<'a>,
    /// Its kind.
    pub kind: &'static str,
    /// What it makes of the call.
    pub standing: Standing,
    /// Its rules, conditions or fields, in order; none of a policy that does not judge the call.
    pub checks: Vec<Check<'a>>,
}

/// What a policy makes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its scope leaves the call out.
    NotCovered,
    /// An exception lifts it.
    Lifted,
    /// Nothing in it stands against the call.
    Holds,
    /// Something in it does.
    Fails,
    /// A match policy that does not match.
    NotMatched,
    /// A match policy that matches, behind one that acts.
    Matches,
    /// The match policy that acts.
    Acts,
}

/// A rule, a condition, or a field of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check<'a> {
    /// Where it stands in the `spec`, a JSON Pointer.
    pub pointer: String,
    /// What records call it.
    pub rule: &'a str,
    /// How it came out.
    pub outcome: CheckOutcome,
    /// What was looked at, by name, as JSON.
    pub values: Vec<(&'static str, String)>,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckOutcome {
    /// It says nothing about this call.
    Idle,
    /// It holds; of a condition, it matches.
    Holds,
    /// It does not, with the code of the refusal where there is one.
    Fails(Option<Code>),
    /// It was not asked, or the budget of the explanation was used up.
    LeftOut,
}

impl Standing {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotCovered => "not covered",
            Self::Lifted => "lifted",
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::NotMatched => "does not match",
            Self::Matches => "matches",
            Self::Acts => "acts",
        }
    }
}

impl CheckOutcome {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Holds => "holds",
            Self::Fails(_) => "fails",
            Self::LeftOut => "left out",
        }
    }
}

impl Judged<'_> {
    pub(super) fn write(&self, w: &mut Writer<'_>) {
        w.begin_object().key("checks").begin_array();
        for check in &self.checks {
            check.write(w);
        }
        w.end_array().key("kind").str(self.kind);
        write_policy(Some(self.policy), w);
        w.key("standing").str(self.standing.as_str()).end_object();
    }
}

impl Check<'_> {
    fn write(&self, w: &mut Writer<'_>) {
        w.begin_object();
        if let CheckOutcome::Fails(Some(code)) = self.outcome {
            w.key("code").str(code.as_str());
        }
        w.key("outcome").str(self.outcome.as_str());
        w.key("pointer").str(&self.pointer);
        w.key("rule").str(self.rule);
        let mut values: Vec<_> = self.values.iter().collect();
        callgate_json::sort_by(&mut values, |(a, _), (b, _)| a.cmp(b));
        w.key("values").begin_object();
        for (name, json) in values {
            w.key(name).raw(json.as_bytes());
        }
        w.end_object().end_object();
    }
}
