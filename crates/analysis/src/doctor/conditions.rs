//! Parts of an expression that are never true.

use callgate_model::nearest;

use super::truth::Looked;
use super::{Examination, Proof, warning};
use crate::atom::{Constant, Form};
use crate::formula::{Formula, Id};
use crate::outcome::Outcomes;

/// Looks at every part, `settled` when there is a finding about the whole already.
pub(super) fn examine(examination: &mut Examination<'_>, looked: &mut Looked<'_>, settled: bool) {
    let root = looked.expression.truth;
    let parts = looked.parts();
    let mut found = Vec::new();
    for part in parts {
        let whole = part == root && settled && !is_atom(looked, part);
        let below = looked.question.formulas.below(part);
        let inner = below.iter().any(|id| found.contains(id));
        if whole || inner || !may_be_said_of(looked, part) {
            continue;
        }
        let comes = looked.question.formulas.comes(part, Outcomes::TRUE);
        if examination.never(&looked.question, comes) {
            found.push(part);
        }
    }
    for part in found {
        add(examination, looked, part);
    }
}

fn is_atom(looked: &Looked<'_>, part: Id) -> bool {
    matches!(looked.question.formulas.get(part), Formula::Atom(_))
}

/// A literal `false` is meant, and so is what is there to be negated.
fn may_be_said_of(looked: &Looked<'_>, part: Id) -> bool {
    match looked.question.formulas.get(part) {
        Formula::Constant(_) | Formula::Comes(..) => false,
        // Of `a != b` the equality stands nowhere by itself.
        Formula::Not(inner) => looked.span(*inner).is_none(),
        Formula::Atom(_) | Formula::All(_) | Formula::Any(_) | Formula::Choice(..) => true,
    }
}

fn add(examination: &mut Examination<'_>, looked: &Looked<'_>, part: Id) {
    let span = looked.span(part);
    let source = span.and_then(|span| {
        let range = span.start as usize..span.end as usize;
        looked.cel.expression.get(range)
    });
    let source = source.unwrap_or_default();
    let message = format!("`{source}` is never true");
    let mut diagnostic = warning("doctor.condition_never_true", span, message);
    diagnostic.help = help(looked, part);
    examination.add(Some(looked.expression.policy), diagnostic, Proof::Proved);
}

/// How to mend what is often got wrong.
fn help(looked: &Looked<'_>, part: Id) -> Option<String> {
    let formulas = &looked.question.formulas;
    let inner = match formulas.get(part) {
        Formula::Not(inner) => formulas.get(*inner),
        other => other,
    };
    let Formula::Atom(atom) = inner else {
        return None;
    };
    let atom = looked.question.atoms.get(*atom)?;
    let place = atom.place.as_ref()?;
    match (&*place.attribute, place.keys.as_slice(), &atom.form) {
        ("request.headers", [name], _) if name.bytes().any(|b| b.is_ascii_uppercase()) => {
            let lower = name.to_ascii_lowercase();
            Some(format!(
                "names of headers are in lower case: write `{lower}`"
            ))
        }
        ("request.kind", [], Form::Equal(constants)) => {
            let kinds = callgate_model::Kind::NAMED.map(|(name, _)| name);
            let meant = constants.iter().find_map(|constant| match constant {
                Constant::Text(text) => nearest(text, kinds.iter().copied()),
                _ => None,
            });
            Some(match meant {
                Some(kind) => format!("did you mean `{kind}`? kinds are {}", kinds.join(", ")),
                None => format!("kinds are {}", kinds.join(", ")),
            })
        }
        _ => None,
    }
}
