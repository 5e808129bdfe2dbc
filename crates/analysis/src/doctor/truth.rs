//! Expressions that come out one way only.

use callgate_model::Span;
use callgate_release::{AllowCombining, CelEffect, CelPolicy, Policy};

use super::{Examination, Proof, access, conditions, error, note, phases, warning};
use crate::formula::Id;
use crate::outcome::Outcomes;
use crate::question::Question;
use crate::whole::{self, Expression, cel_of, of_family};

/// An expression while it is looked at.
pub(super) struct Looked<'r> {
    pub(super) policy: &'r Policy,
    pub(super) cel: &'r CelPolicy,
    pub(super) expression: Expression,
    pub(super) question: Question,
    /// The places of its conditions in the source.
    spans: Vec<(Id, Span)>,
}

impl Looked<'_> {
    /// Where a part of the expression stands in it.
    pub(super) fn span(&self, part: Id) -> Option<Span> {
        let known = self.spans.iter().find(|(id, _)| *id == part);
        known.map(|(_, span)| *span)
    }

    /// Every part, conditions before what is made of them.
    pub(super) fn parts(&self) -> Vec<Id> {
        let mut parts: Vec<Id> = self.spans.iter().map(|(id, _)| *id).collect();
        callgate_json::sort_by(&mut parts, Ord::cmp);
        parts
    }
}

pub(super) fn examine(examination: &mut Examination<'_>) {
    let release = examination.release;
    for (index, policy, cel) in of_family(release, cel_of) {
        let mut question = whole::question(examination.limits);
        // Read by itself for the places, then again, to the same formulas, with its scope.
        question.expression(&cel.expression);
        let spans = question.spans.clone();
        let expression = whole::expression(&mut question, index, policy, cel);
        let looked = Looked {
            policy,
            cel,
            expression,
            question,
            spans,
        };
        one(examination, looked);
    }
}

fn one(examination: &mut Examination<'_>, mut looked: Looked<'_>) {
    let all = examination.release.settings.allow_combining == AllowCombining::All;
    let mut never = |examination: &mut Examination<'_>, outcome: Outcomes| {
        let formulas = &mut looked.question.formulas;
        let comes = formulas.comes(looked.expression.truth, outcome);
        let goal = formulas.all([looked.expression.applies, comes]);
        examination.never(&looked.question, goal)
    };
    let [true_never, false_never, fails_never] =
        [Outcomes::TRUE, Outcomes::FALSE, Outcomes::FAILS].map(|o| never(examination, o));
    let index = looked.expression.policy;
    let name = &looked.policy.name;
    let end = u32::try_from(looked.cel.expression.len()).unwrap_or(u32::MAX);
    let span = Some(Span::new(0, end));
    let found = match (looked.cel.effect, true_never, false_never) {
        (CelEffect::Deny, true, _) if fails_never => Some(
            warning(
                "doctor.never_true",
                span,
                format!("`{name}` denies nothing: its condition is never true"),
            )
            .with_help("mend the condition, or remove the policy"),
        ),
        (CelEffect::Deny, true, _) => Some(
            warning(
                "doctor.never_true",
                span,
                format!("the condition of `{name}` is never true: it denies only by failing"),
            )
            .with_help("mend the condition; guard what may be absent with `has()`"),
        ),
        (CelEffect::Deny, false, true) => Some(
            warning(
                "doctor.always_true",
                span,
                format!("`{name}` denies every call that it is for: its condition is never false"),
            )
            .with_help("mend the condition, unless everything is meant to be denied"),
        ),
        (CelEffect::Allow, true, _) if all => Some(
            error(
                "doctor.never_true",
                span,
                format!("`{name}` refuses every call that it is for: its condition is never true"),
            )
            .with_help(
                "under `allow_combining: all` each allow policy must be true for a call to pass",
            ),
        ),
        (CelEffect::Allow, true, _) => Some(
            warning(
                "doctor.never_true",
                span,
                format!("`{name}` allows nothing: its condition is never true"),
            )
            .with_help("mend the condition, or remove the policy"),
        ),
        (CelEffect::Allow, false, true) if fails_never => Some(match all {
            true => note(
                "doctor.always_true",
                span,
                format!("`{name}` restricts nothing: its condition is always true"),
            ),
            false => warning(
                "doctor.always_true",
                span,
                format!("`{name}` allows every call that it is for: its condition is always true"),
            ),
        }),
        _ => None,
    };
    let settled = found.is_some();
    if let Some(diagnostic) = found {
        examination.add(Some(index), diagnostic, Proof::Proved);
    }
    conditions::examine(examination, &mut looked, settled);
    if !settled {
        phases::examine(examination, &mut looked);
    }
    if !fails_never {
        access::examine(examination, &mut looked);
    }
}
