//! What a policy says, by family: strict reading of `spec`, and its canonical form.

mod cel;
mod control;
mod dlp;
mod matching;
mod members;
mod ruleset;

use callgate_json::{Value, Writer, canonical};
use callgate_model::Reader;

pub use cel::{CelEffect, CelPolicy};
pub use control::{ApprovalRule, ControlPolicy, Evidence, Grounding, Origin, PerAction, RateLimit};
pub use dlp::{Action, Change, DlpPolicy, LooksFor, Pattern, Searched, Stance};
pub use matching::{Condition, MatchAction, MatchPolicy, Matcher, Subject};
pub use ruleset::{By, Check, Per, Resource, Rule, RuleSet, Window};

/// What a policy says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spec {
    /// `kind: CelPolicy`
    Cel(CelPolicy),
    /// `kind: RuleSet`
    RuleSet(Box<Written<RuleSet>>),
    /// `kind: MatchPolicy`
    Match(Box<Written<MatchPolicy>>),
    /// `kind: ControlPolicy`
    Control(Box<Written<ControlPolicy>>),
    /// `kind: DlpPolicy`
    Dlp(Box<Written<DlpPolicy>>),
}

/// A spec as it was read, with its canonical text: releases carry what authors wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<T> {
    /// What it says.
    pub spec: T,
    json: String,
}

/// The families of policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Expressions.
    Cel,
    /// Typed rules.
    RuleSet,
    /// Conditions, the first match wins.
    Match,
    /// Budgets, approvals, evidence, constraints.
    Control,
    /// Secrets and personal data.
    Dlp,
}

impl Family {
    /// The name in `kind`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Cel => "CelPolicy",
            Self::RuleSet => "RuleSet",
            Self::Match => "MatchPolicy",
            Self::Control => "ControlPolicy",
            Self::Dlp => "DlpPolicy",
        }
    }

    /// Every family with its name in documents.
    pub const NAMED: [(&'static str, Self); 5] = [
        ("CelPolicy", Self::Cel),
        ("RuleSet", Self::RuleSet),
        ("MatchPolicy", Self::Match),
        ("ControlPolicy", Self::Control),
        ("DlpPolicy", Self::Dlp),
    ];
}

impl Spec {
    /// Reads the `spec` of a policy of `family`.
    pub(crate) fn read(reader: &mut Reader, family: Family, value: Value<'_>) -> Option<Self> {
        Some(match family {
            Family::Cel => Self::Cel(CelPolicy::read(reader, value)?),
            Family::RuleSet => Self::RuleSet(written(value, RuleSet::read(reader, value)?)),
            Family::Match => Self::Match(written(value, MatchPolicy::read(reader, value)?)),
            Family::Control => Self::Control(written(value, ControlPolicy::read(reader, value)?)),
            Family::Dlp => Self::Dlp(written(value, DlpPolicy::read(reader, value)?)),
        })
    }

    /// The expression, of a CEL policy.
    pub fn cel(&self) -> Option<&CelPolicy> {
        match self {
            Self::Cel(cel) => Some(cel),
            Self::RuleSet(_) | Self::Match(_) | Self::Control(_) | Self::Dlp(_) => None,
        }
    }

    /// The canonical text.
    pub fn to_json(&self) -> String {
        let mut out = Vec::new();
        self.write(&mut Writer::new(&mut out));
        String::from_utf8(out).unwrap_or_default()
    }

    /// The time zones it names.
    pub fn zones(&self) -> impl Iterator<Item = &str> {
        let rules = match self {
            Self::RuleSet(written) => Some(&written.spec),
            Self::Cel(_) | Self::Match(_) | Self::Control(_) | Self::Dlp(_) => None,
        };
        rules.into_iter().flat_map(RuleSet::zones)
    }

    /// The family it belongs to.
    pub fn family(&self) -> Family {
        match self {
            Self::Cel(_) => Family::Cel,
            Self::RuleSet(_) => Family::RuleSet,
            Self::Match(_) => Family::Match,
            Self::Control(_) => Family::Control,
            Self::Dlp(_) => Family::Dlp,
        }
    }

    pub(crate) fn write(&self, w: &mut Writer<'_>) {
        match self {
            Self::Cel(cel) => cel.write(w),
            Self::RuleSet(written) => drop(w.raw(written.json.as_bytes())),
            Self::Match(written) => drop(w.raw(written.json.as_bytes())),
            Self::Control(written) => drop(w.raw(written.json.as_bytes())),
            Self::Dlp(written) => drop(w.raw(written.json.as_bytes())),
        }
    }
}

fn written<T>(value: Value<'_>, spec: T) -> Box<Written<T>> {
    let json = canonical::to_string(value);
    Box::new(Written { spec, json })
}
