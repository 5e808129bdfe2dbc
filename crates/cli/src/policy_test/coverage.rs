//! Which parts of the policies the tests have shown to matter.
//!
//! A condition is covered when one test has it decide as true and another as false, to different
//! outcomes: masking MC/DC, see [`callgate_cel::conditions`]. Only what the engine gets to counts: a
//! policy behind one that refused says nothing.

mod expression;
mod rules;

use std::rc::Rc;

use callgate_engine::{Active, CompiledRelease, Explain, Scratch, activation, decide};
use callgate_model::{Limits, Span};

use super::Case;
use super::run::Question;
use crate::input::File;
use crate::project::Project;

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
        covered
            .saturating_mul(100)
            .checked_div(total)
            .unwrap_or(100)
    }
}

/// Runs `cases` once more and watches what decides.
pub fn measure(project: &Project, release: &CompiledRelease, cases: &[&Case]) -> Coverage {
    let limits = Limits::default();
    let mut expressions = expression::watched(project);
    let mut rules = rules::watched(project);
    let mut scratch = Scratch::new(&limits);
    for case in cases {
        Question::of(case).ask(|call, state| {
            let active = Active::Release(release);
            let decision = decide(active, call, state, case.now, &mut scratch, Explain::Yes);
            let record = &decision.record;
            let Some(explanation) = &record.explanation else {
                return;
            };
            let values = activation(call, case.now);
            let combining = release.release().settings.allow_combining;
            for name in expression::reached(explanation, combining) {
                if let Some(own) = expressions.iter_mut().find(|own| own.name() == name) {
                    own.watch(&values);
                }
            }
            for judged in rules::reached(explanation, record) {
                if let Some(own) = rules
                    .iter_mut()
                    .find(|own| own.name() == judged.policy.name)
                {
                    own.watch(judged, record);
                }
            }
        });
    }
    let mut policies: Vec<(usize, PolicyCoverage)> = Vec::new();
    policies.extend(expressions.into_iter().map(expression::Watched::finish));
    policies.extend(rules.into_iter().map(rules::Watched::finish));
    policies.sort_by_key(|(place, _)| *place);
    Coverage {
        policies: policies.into_iter().map(|(_, coverage)| coverage).collect(),
    }
}
