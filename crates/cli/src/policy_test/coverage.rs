//! Which parts of the policies the tests have shown to matter: masking MC/DC for expressions.
//!
//! A condition is covered when one test has it decide as true and another as false, to different
//! outcomes; see [`callgate_cel::conditions`]. Only what the engine gets to counts: a policy behind
//! one that refused says nothing.

use std::collections::BTreeSet;
use std::rc::Rc;

use callgate_cel::conditions::{Condition, Conditions, Truth};
use callgate_engine::{Active, CompiledRelease, Explain, Scratch, activation, decide, environment};
use callgate_model::{Explanation, Limits, Span};
use callgate_release::AllowCombining;

use super::Case;
use super::run::Question;
use crate::input::File;
use crate::project::{Project, Written};

/// What the tests cover of a project, or of several.
#[derive(Debug, Default)]
pub struct Coverage {
    /// In the order of the files.
    pub policies: Vec<PolicyCoverage>,
}

/// What the tests cover of one policy.
#[derive(Debug)]
pub struct PolicyCoverage {
    /// Its name.
    pub policy: String,
    /// The file it is in.
    pub file: Rc<File>,
    /// Conditions and rules that it has.
    pub total: usize,
    /// Those that are not covered.
    pub gaps: Vec<Gap>,
}

/// A condition or rule that is not covered.
#[derive(Debug)]
pub struct Gap {
    /// Where it stands in the file.
    pub place: Span,
    /// Its text.
    pub text: String,
    /// What no test shows.
    pub missing: &'static str,
}

impl PolicyCoverage {
    /// Conditions and rules that are covered.
    pub fn covered(&self) -> usize {
        self.total.saturating_sub(self.gaps.len())
    }
}

impl Coverage {
    /// Covered, and all there is to cover.
    pub fn totals(&self) -> (usize, usize) {
        let add = |(covered, total): (usize, usize), policy: &PolicyCoverage| {
            (
                covered.saturating_add(policy.covered()),
                total.saturating_add(policy.total),
            )
        };
        self.policies.iter().fold((0, 0), add)
    }

    /// Whole percent that are covered, rounded down; all of nothing.
    pub fn percent(&self) -> usize {
        let (covered, total) = self.totals();
        covered.saturating_mul(100).checked_div(total).unwrap_or(100)
    }
}

/// Runs `cases` once more and watches what decides.
pub fn measure(project: &Project, release: &CompiledRelease, cases: &[&Case]) -> Coverage {
    let limits = Limits::default();
    let mut watched: Vec<Watched<'_>> = Vec::new();
    for written in &project.policies {
        let policy = &written.located.policy;
        if policy.enabled
            && let Some(cel) = policy.spec.cel()
            && let Ok(conditions) = Conditions::new(&cel.expression, environment(), &limits)
        {
            watched.push(Watched::new(written, conditions));
        }
    }
    let mut scratch = Scratch::new(&limits);
    for case in cases {
        Question::of(case).ask(|call, state| {
            let active = Active::Release(release);
            let decision = decide(active, call, state, case.now, &mut scratch, Explain::Yes);
            let Some(explanation) = &decision.record.explanation else {
                return;
            };
            let values = activation(call, case.now);
            let combining = release.release().settings.allow_combining;
            for name in reached(explanation, combining) {
                let own = watched.iter_mut().find(|own| own.name() == name);
                if let Some(own) = own {
                    own.watch(&values);
                }
            }
        });
    }
    Coverage {
        policies: watched.into_iter().map(Watched::finish).collect(),
    }
}

/// The CEL policies that are evaluated without an explanation: up to the one that settles it.
fn reached<'e>(explanation: &'e Explanation<'_>, combining: AllowCombining) -> Vec<&'e str> {
    let mut names = Vec::new();
    for policy in &explanation.policies {
        names.push(policy.policy.name);
        let truth = match &policy.outcome {
            Some(Ok(json)) => Some(json == "true"),
            Some(Err(_)) | None => None,
        };
        let any = combining == AllowCombining::Any;
        let settled = match (policy.effect, truth) {
            ("deny", Some(truth)) => truth,
            ("deny", None) => true,
            (_, Some(truth)) => truth == any,
            (_, None) => !any,
        };
        if settled {
            break;
        }
    }
    names
}

/// A policy while tests run.
struct Watched<'p> {
    written: &'p Written,
    conditions: Conditions,
    /// By decision and condition: the truths with which it decided, and to which outcome.
    decided: Vec<Vec<BTreeSet<(bool, Truth)>>>,
}

impl<'p> Watched<'p> {
    fn new(written: &'p Written, conditions: Conditions) -> Self {
        let decided = conditions
            .decisions()
            .map(|decision| vec![BTreeSet::new(); decision.conditions.len()])
            .collect();
        Self {
            written,
            conditions,
            decided,
        }
    }

    fn name(&self) -> &str {
        &self.written.located.policy.name
    }

    fn watch(&mut self, values: &callgate_cel::Activation<'_>) {
        let decisions: Vec<_> = self.conditions.decisions().collect();
        for seen in self.conditions.watch(values) {
            let Some(decision) = decisions.get(seen.decision) else {
                continue;
            };
            let outcome = decision.outcome(&seen.truths);
            for (index, truth) in seen.truths.iter().enumerate() {
                let sets = self.decided.get_mut(seen.decision);
                if let Some(truth) = truth
                    && decision.decides(&seen.truths, index)
                    && let Some(set) = sets.and_then(|sets| sets.get_mut(index))
                {
                    set.insert((*truth, outcome));
                }
            }
        }
    }

    fn finish(self) -> PolicyCoverage {
        let policy = &self.written.located.policy;
        let source = policy.spec.cel().map_or("", |cel| &cel.expression);
        let conditions = self.conditions.decisions().flat_map(|d| &d.conditions);
        let sets = self.decided.iter().flatten();
        let (mut total, mut gaps) = (0usize, Vec::new());
        for (Condition { span, .. }, set) in conditions.zip(sets) {
            total = total.saturating_add(1);
            if let Some(missing) = missing(set) {
                let text = source.get(span.start as usize..span.end as usize);
                gaps.push(Gap {
                    place: self.written.located.expression.locate(*span),
                    text: text.unwrap_or_default().to_owned(),
                    missing,
                });
            }
        }
        PolicyCoverage {
            policy: policy.name.clone(),
            file: Rc::clone(&self.written.file),
            total,
            gaps,
        }
    }
}

/// What is missing for a condition that decided in these ways.
fn missing(decided: &BTreeSet<(bool, Truth)>) -> Option<&'static str> {
    let outcomes = |wanted: bool| {
        let of = decided.iter().filter(move |(truth, _)| *truth == wanted);
        of.map(|(_, outcome)| outcome)
    };
    let differ = outcomes(true).any(|left| outcomes(false).any(|right| left != right));
    match (outcomes(true).next(), outcomes(false).next()) {
        (Some(_), Some(_)) if differ => None,
        (Some(_), Some(_)) => Some("decides as true and as false, but to the same outcome"),
        (None, Some(_)) => Some("never decides as true"),
        (Some(_), None) => Some("never decides as false"),
        (None, None) => Some("never decides"),
    }
}
