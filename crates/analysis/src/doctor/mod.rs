//! What in a release can never matter, denies everything, or fails where nobody meant it to.

mod access;
mod conditions;
mod cost;
mod detectors;
mod lists;
mod matches;
mod phases;
mod shadow;
mod truth;
mod whole;

use callgate_engine::CompiledRelease;
use callgate_model::{Diagnostic, Limits, Severity, Span};
use callgate_release::Release;

use crate::formula::Id;
use crate::propagate::Work;
use crate::question::Question;
use crate::realize::Example;
use crate::search::{Found, search};

/// Something about a release that its author would want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The policy it is about, by its place in the release.
    pub policy: Option<usize>,
    /// The rule of that policy.
    pub rule: Option<String>,
    /// What it is; the span is a place in the policy's expression.
    pub diagnostic: Diagnostic,
    /// Why it is so.
    pub proof: Proof,
}

/// Why a finding is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// It holds for every call, state and time there can be, exceptions aside.
    Proved,
    /// It happens for this call, as the evaluator says.
    Witness(Box<Example>),
}

/// Steps of one check; see [`STEPS`](crate::search::STEPS).
const CHECK: u64 = 20_000_000;
/// Steps of all checks of one release: some seconds.
const ALL: u64 = 1_000_000_000;

/// Examines a release. Findings about the whole come first, then those about policies, in their order.
pub fn doctor(release: &CompiledRelease, limits: &Limits) -> Vec<Finding> {
    let mut examination = Examination::of(release, limits);
    let denies_all = whole::examine(&mut examination);
    truth::examine(&mut examination);
    if !denies_all {
        shadow::examine(&mut examination);
    }
    matches::examine(&mut examination);
    lists::examine(&mut examination);
    detectors::examine(&mut examination);
    cost::examine(&mut examination);
    examination.finish()
}

/// Whether a release is proved to refuse every call, whatever it is.
pub fn denies_everything(release: &CompiledRelease, limits: &Limits) -> bool {
    let mut examination = Examination::of(release, limits);
    whole::denies_everything(&mut examination)
}

/// A release while it is looked at.
pub(crate) struct Examination<'r> {
    pub(crate) release: &'r Release,
    pub(crate) limits: &'r Limits,
    left: u64,
    /// Checks that were not made, or came to nothing, because of the work they would take.
    given_up: u32,
    pub(crate) findings: Vec<Finding>,
}

impl<'r> Examination<'r> {
    fn of(release: &'r CompiledRelease, limits: &'r Limits) -> Self {
        Self {
            release: release.release(),
            limits,
            left: ALL,
            given_up: 0,
            findings: Vec::new(),
        }
    }
    /// Looks for a call that makes `goal` true.
    pub(crate) fn search(
        &mut self,
        question: &Question,
        goal: Id,
        confirm: impl FnMut(&Example) -> bool,
    ) -> Found {
        let mut work = Work::new(CHECK.min(self.left));
        let before = work.left();
        let found = search(question, goal, self.limits, &mut work, confirm);
        self.left = self.left.saturating_sub(before.saturating_sub(work.left()));
        if found == Found::Unknown && work.left() == 0 {
            self.given_up = self.given_up.saturating_add(1);
        }
        found
    }

    /// Notes that a check is not made.
    pub(crate) fn give_up(&mut self) {
        self.given_up = self.given_up.saturating_add(1);
    }

    /// Whether no call makes `goal` true.
    pub(crate) fn never(&mut self, question: &Question, goal: Id) -> bool {
        // One case that is left possible is enough to know that there is no proof.
        self.search(question, goal, |_| true) == Found::Never
    }

    /// A release of some of the policies, by their places.
    pub(crate) fn only(&self, policies: &[usize]) -> Option<CompiledRelease> {
        let mut release = self.release.clone();
        let kept = policies
            .iter()
            .filter_map(|index| self.release.policies.get(*index));
        release.policies = kept.cloned().collect();
        CompiledRelease::compile(release, self.limits).ok()
    }

    pub(crate) fn add(&mut self, policy: Option<usize>, diagnostic: Diagnostic, proof: Proof) {
        self.findings.push(Finding {
            policy,
            rule: None,
            diagnostic,
            proof,
        });
    }

    fn finish(mut self) -> Vec<Finding> {
        if self.given_up > 0 {
            let message = format!(
                "{} checks were given up: they take too much work",
                self.given_up
            );
            let diagnostic = note("doctor.given_up", None, message);
            let diagnostic = diagnostic.with_help("what they would have found stays unknown");
            self.add(None, diagnostic, Proof::Proved);
        }
        callgate_json::sort_by(&mut self.findings, |a, b| a.policy.cmp(&b.policy));
        self.findings
    }
}

pub(crate) fn error(
    code: &'static str,
    span: Option<Span>,
    message: impl Into<String>,
) -> Diagnostic {
    of(Severity::Error, code, span, message)
}

pub(crate) fn warning(
    code: &'static str,
    span: Option<Span>,
    message: impl Into<String>,
) -> Diagnostic {
    of(Severity::Warning, code, span, message)
}

pub(crate) fn note(
    code: &'static str,
    span: Option<Span>,
    message: impl Into<String>,
) -> Diagnostic {
    of(Severity::Note, code, span, message)
}

fn of(
    severity: Severity,
    code: &'static str,
    span: Option<Span>,
    message: impl Into<String>,
) -> Diagnostic {
    Diagnostic {
        code,
        severity,
        span,
        message: message.into(),
        help: None,
    }
}
