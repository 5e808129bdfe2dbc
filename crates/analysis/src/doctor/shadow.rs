//! Policies that change nothing, because others come to the same before them.

use callgate_model::Span;
use callgate_release::{AllowCombining, CelEffect};

use super::{Examination, Proof, warning};
use crate::formula::Id;
use crate::outcome::Outcomes;
use crate::question::Question;
use crate::whole::{self, Expression, expressions};

/// Expressions that are compared each with each at most.
const COMPARED: usize = 400;

pub(super) fn examine(examination: &mut Examination<'_>) {
    let release = examination.release;
    let mut question = whole::question(examination.limits);
    let all = expressions(&mut question, release);
    if all.len() > COMPARED {
        examination.give_up();
        return;
    }
    let any = release.settings.allow_combining == AllowCombining::Any;
    let denies = all.iter().filter(|e| e.effect == CelEffect::Deny);
    let allows = all.iter().filter(|e| e.effect == CelEffect::Allow);
    let ordered: Vec<&Expression> = denies.chain(allows).collect();
    for (place, one) in ordered.iter().enumerate() {
        let before: Vec<&Expression> = ordered.iter().take(place).copied().collect();
        match (one.effect, any) {
            (CelEffect::Allow, true) => grant(examination, &mut question, one, &before),
            _ => refusal(examination, &mut question, one, &before),
        }
    }
}

/// A policy that refuses nothing that is not refused before it.
fn refusal(
    examination: &mut Examination<'_>,
    question: &mut Question,
    one: &Expression,
    before: &[&Expression],
) {
    let own = refuses(question, one);
    if examination.never(question, own) {
        // It is told that it never refuses.
        return;
    }
    let before: Vec<(usize, Id)> = before
        .iter()
        .filter(|other| {
            let any = examination.release.settings.allow_combining == AllowCombining::Any;
            other.effect == CelEffect::Deny || !any
        })
        .map(|other| (other.policy, refuses(question, other)))
        .collect();
    let what = "refuses nothing that is not refused before";
    covered(examination, question, (one.policy, own), &before, what);
}

/// A policy under `any` whose grants are taken back, or were given before.
fn grant(
    examination: &mut Examination<'_>,
    question: &mut Question,
    one: &Expression,
    before: &[&Expression],
) {
    let own = grants(question, one);
    if examination.never(question, own) {
        return;
    }
    let of = |effect: CelEffect| before.iter().filter(move |e| e.effect == effect);
    let denied: Vec<(usize, Id)> = of(CelEffect::Deny)
        .map(|other| (other.policy, refuses(question, other)))
        .collect();
    let what = "allows nothing that is not denied";
    if covered(examination, question, (one.policy, own), &denied, what) {
        return;
    }
    let granted: Vec<(usize, Id)> = of(CelEffect::Allow)
        .map(|other| (other.policy, grants(question, other)))
        .collect();
    let what = "allows nothing that is not allowed before";
    covered(examination, question, (one.policy, own), &granted, what);
}

/// Whether what `own` holds for, others hold for already; tells which.
fn covered(
    examination: &mut Examination<'_>,
    question: &mut Question,
    (policy, own): (usize, Id),
    others: &[(usize, Id)],
    what: &str,
) -> bool {
    let together: Vec<Id> = others.iter().map(|(_, id)| *id).collect();
    let together = question.formulas.any(together);
    let rest = question.formulas.not(together);
    let goal = question.formulas.all([own, rest]);
    if others.is_empty() || !examination.never(question, goal) {
        return false;
    }
    let policies = &examination.release.policies;
    let name = |index: usize| {
        policies
            .get(index)
            .map_or("", |policy| policy.name.as_str())
    };
    let (name_of, names): (&str, Vec<(usize, Id)>) = (name(policy), others.to_vec());
    let message = format!("`{name_of}` {what}");
    let mut single = None;
    for (other, id) in names {
        let rest = question.formulas.not(id);
        let goal = question.formulas.all([own, rest]);
        if examination.never(question, goal) {
            single = Some(name(other));
            break;
        }
    }
    let cel = policies.get(policy).and_then(|policy| policy.spec.cel());
    let span = cel.map(|cel| {
        let end = u32::try_from(cel.expression.len()).unwrap_or(u32::MAX);
        Span::new(0, end)
    });
    let (code, help) = match single {
        Some(other) => (
            "doctor.shadowed",
            format!("`{other}` alone comes to the same: remove one of the two"),
        ),
        None => (
            "doctor.dead",
            "the policies before it together come to the same: remove it".to_owned(),
        ),
    };
    let diagnostic = warning(code, span, message).with_help(help);
    examination.add(Some(policy), diagnostic, Proof::Proved);
    true
}

fn refuses(question: &mut Question, expression: &Expression) -> Id {
    let outcomes = match expression.effect {
        CelEffect::Deny => Outcomes::TRUE.or(Outcomes::FAILS),
        CelEffect::Allow => Outcomes::FALSE.or(Outcomes::FAILS),
    };
    let formulas = &mut question.formulas;
    let comes = formulas.comes(expression.truth, outcomes);
    formulas.all([expression.applies, comes])
}

fn grants(question: &mut Question, expression: &Expression) -> Id {
    let formulas = &mut question.formulas;
    let comes = formulas.comes(expression.truth, Outcomes::TRUE);
    formulas.all([expression.grants, comes])
}
