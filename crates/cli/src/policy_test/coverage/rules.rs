//! Coverage of rules, conditions and fields: each has to refuse, and to let a call go on.
//!
//! One *refuses* in a test that rests on it, and *holds* in a test that nothing denies. A condition
//! of a match policy holds where the policy acts, and fails where it alone keeps the policy from acting.

use std::collections::BTreeMap;
use std::rc::Rc;

use callgate_model::{
    Check, CheckOutcome, Code, Effect, Explanation, Judged, Limits, Record, Span, Standing,
};
use callgate_release::spec::{Check as Rules, LooksFor};
use callgate_release::{Format, Source, Spec};

use super::{Gap, PolicyCoverage};
use crate::policy_test::mutants::find;
use crate::project::{Project, Written};

/// A policy while tests run.
pub struct Watched<'p> {
    /// Its place in the project.
    place: usize,
    written: &'p Written,
    /// By pointer into the spec: the check's name, and whether it was seen to hold and to fail.
    checks: BTreeMap<String, Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    rule: String,
    holds: bool,
    fails: bool,
}

/// The enabled policies that explanations take apart rule by rule, ready to be watched.
pub fn watched(project: &Project) -> Vec<Watched<'_>> {
    let policies = project.policies.iter().enumerate();
    let others = policies.filter(|(_, written)| {
        let policy = &written.located.policy;
        let explained = matches!(
            policy.spec,
            Spec::RuleSet(_) | Spec::Match(_) | Spec::Control(_) | Spec::Dlp(_)
        );
        policy.enabled && explained
    });
    let watched = others.map(|(place, written)| Watched {
        place,
        written,
        checks: BTreeMap::new(),
    });
    watched.collect()
}

/// The entries that are judged without an explanation: none behind a family that denied, and no
/// match policy behind the one that acts.
pub fn reached<'e, 'r>(
    explanation: &'e Explanation<'r>,
    record: &Record<'_>,
) -> impl Iterator<Item = &'e Judged<'r>> {
    let denied = record.decision == Effect::Deny;
    let deciding = record.deciding.as_ref().filter(|_| denied);
    let policy = deciding.and_then(|deciding| deciding.policy);
    let kind = explanation
        .judged
        .iter()
        .find(|judged| Some(judged.policy) == policy);
    let by_default = deciding.is_some_and(|deciding| deciding.code == Code::MatchDefault);
    let last = match kind.map(|judged| judged.kind) {
        _ if deciding.is_none() => usize::MAX,
        _ if by_default => order("MatchPolicy"),
        Some(kind) => order(kind),
        // By an expression, or by the lack of one; a control that is missing comes last.
        None if policy.is_none() && !is_grant(deciding) => usize::MAX,
        None => 0,
    };
    let mut acted = false;
    explanation.judged.iter().filter(move |judged| {
        let first = !acted;
        acted |= judged.standing == Standing::Acts;
        order(judged.kind) <= last && (first || judged.kind != "MatchPolicy")
    })
}

fn is_grant(deciding: Option<&callgate_model::Deciding<'_>>) -> bool {
    deciding.is_some_and(|deciding| deciding.code == Code::CelNoAllowMatched)
}

/// The place of a family among those that are judged.
fn order(kind: &str) -> usize {
    let kinds = ["RuleSet", "MatchPolicy", "ControlPolicy", "DlpPolicy"];
    let place = kinds.iter().position(|known| *known == kind);
    place.map_or(usize::MAX, |place| place.saturating_add(1))
}

impl Watched<'_> {
    /// The policy's name.
    pub fn name(&self) -> &str {
        &self.written.located.policy.name
    }

    /// Notes what of the policy this decision shows.
    pub fn watch(&mut self, judged: &Judged<'_>, record: &Record<'_>) {
        if matches!(judged.standing, Standing::NotCovered | Standing::Lifted) {
            return;
        }
        if judged.kind == "DlpPolicy" {
            return self.watch_detectors(judged, record);
        }
        if judged.checks.is_empty() {
            // A match policy without conditions has to act, and that is all.
            let seen = self.checks.entry(String::new()).or_default();
            seen.rule.clone_from(&self.written.located.policy.name);
            seen.fails = true;
            seen.holds |= judged.standing == Standing::Acts;
        }
        let failing = judged
            .checks
            .iter()
            .filter(|check| check.outcome == CheckOutcome::Fails(None));
        let failing = failing.count();
        for check in &judged.checks {
            if is_of_responses(&self.written.located.policy.spec, &check.pointer) {
                continue;
            }
            let seen = self.checks.entry(check.pointer.clone()).or_default();
            check.rule.clone_into(&mut seen.rule);
            if judged.kind == "MatchPolicy" {
                seen.holds |= judged.standing == Standing::Acts;
                seen.fails |= check.outcome == CheckOutcome::Fails(None) && failing == 1;
            } else {
                seen.holds |= holds(check, record);
                seen.fails |= rests_on(check, judged, record);
            }
        }
    }

    /// A pattern, and the detectors together, have to find something and to find nothing in a call
    /// that goes on.
    fn watch_detectors(&mut self, judged: &Judged<'_>, record: &Record<'_>) {
        let Spec::Dlp(written) = &self.written.located.policy.spec else {
            return;
        };
        let goes_on = record.decision < Effect::RequireApproval;
        let (patterns, detectors): (Vec<_>, Vec<_>) = judged
            .checks
            .iter()
            .partition(|check| check.pointer.starts_with("/patterns/"));
        for check in patterns {
            let seen = self.checks.entry(check.pointer.clone()).or_default();
            check.rule.clone_into(&mut seen.rule);
            seen.holds |= goes_on && check.outcome == CheckOutcome::Idle;
            seen.fails |= found(check);
        }
        if written.spec.looks_for == LooksFor::All {
            let seen = self.checks.entry(String::new()).or_default();
            seen.rule.clone_from(&self.written.located.policy.name);
            seen.holds |= goes_on && detectors.is_empty();
            seen.fails |= detectors.into_iter().any(found);
        }
    }

    /// What is covered, with the policy's place in the project.
    pub fn finish(self) -> (usize, PolicyCoverage) {
        let spec = &self.written.located.policy.spec;
        let (acts, finds) = (matches!(spec, Spec::Match(_)), matches!(spec, Spec::Dlp(_)));
        let mut total = self.checks.len();
        let mut gaps = Vec::new();
        for (pointer, seen) in &self.checks {
            let missing = match (seen.holds, seen.fails) {
                (true, true) => continue,
                (true, false) if acts => "never keeps the policy from acting by itself",
                (false, true) if acts => "never lets the policy act",
                (true, false) if finds => "never finds anything",
                (true, false) => "is never what a call is refused for",
                (false, true) => "never lets a call go on",
                (false, false) => "decides nothing in any test",
            };
            gaps.push(self.gap(pointer, &seen.rule, missing));
        }
        if self.checks.is_empty() {
            total = 1;
            gaps.push(self.gap("", self.name(), "judges no call of any test"));
        }
        let coverage = PolicyCoverage {
            policy: self.name().to_owned(),
            file: Rc::clone(&self.written.file),
            total,
            gaps,
        };
        (self.place, coverage)
    }

    fn gap(&self, pointer: &str, rule: &str, missing: &'static str) -> Gap {
        Gap {
            place: self.locate(pointer).unwrap_or(self.written.located.name),
            text: rule.to_owned(),
            missing,
        }
    }

    /// Where a part of the spec stands in the file.
    fn locate(&self, pointer: &str) -> Option<Span> {
        let file = &self.written.file;
        let format = Format::of_path(&file.name)?;
        let source = Source::read(&file.text, format, &Limits::default()).ok()?;
        let (mapped, value) = find(&source, self.name())?;
        let value = value.pointer(&format!("/spec{pointer}"))?;
        Some(mapped.locate(Span::from(value.span())))
    }
}

/// Whether the rule is about responses, which no test of a call shows.
fn is_of_responses(spec: &Spec, pointer: &str) -> bool {
    let Spec::RuleSet(written) = spec else {
        return false;
    };
    let number = pointer
        .strip_prefix("/rules/")
        .and_then(|n| n.parse::<usize>().ok());
    let rule = number.and_then(|number| written.spec.rules.get(number));
    rule.is_some_and(|rule| matches!(rule.check, Rules::Output { .. }))
}

/// Whether the check lets a call go on that speaks of it. An approval that is not asked for is one.
fn holds(check: &Check<'_>, record: &Record<'_>) -> bool {
    let approval = check.pointer.starts_with("/approval_") || check.pointer == "/require_approval";
    let held = match check.outcome {
        CheckOutcome::Holds => true,
        CheckOutcome::Idle => approval,
        CheckOutcome::Fails(_) | CheckOutcome::LeftOut => false,
    };
    held && record.decision < Effect::RequireApproval
}

/// Whether a detector found something.
fn found(check: &Check<'_>) -> bool {
    matches!(
        check.outcome,
        CheckOutcome::Holds | CheckOutcome::Fails(Some(_))
    )
}

/// Whether the decision rests on this check.
fn rests_on(check: &Check<'_>, judged: &Judged<'_>, record: &Record<'_>) -> bool {
    record.deciding.as_ref().is_some_and(|deciding| {
        deciding.policy == Some(judged.policy) && deciding.rule == Some(check.rule)
    })
}
