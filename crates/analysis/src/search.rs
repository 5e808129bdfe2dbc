//! The search for a call that makes a condition true; when nothing is left to try, there is none.

use callgate_json::Document;
use callgate_model::{Call, Limits};

use crate::formula::{AtomId, Formula, Formulas, Id, Values};
use crate::outcome::Outcomes;
use crate::propagate::{Work, propagate};
use crate::question::Question;
use crate::realize::{self, Example};
use crate::space::{Possible, Space};

/// What a search came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// A call, confirmed by the evaluator.
    Call(Example),
    /// No call makes the condition true.
    Never,
    /// Neither was found.
    Unknown,
}

/// Steps of one search, of one class looked at for one atom each. 200 million: about a second.
pub(crate) const STEPS: u64 = 200_000_000;
/// Cases that are left possible and of which no call could be made, before the search is given up.
const UNREALIZED: u32 = 64;

/// Looks for a call that makes `goal` true and that `confirm` confirms.
///
/// INVARIANT: [`Found::Never`] is said only when every case was ruled out by what holds for all calls in it.
pub(crate) fn search(
    question: &Question,
    goal: Id,
    limits: &Limits,
    work: &mut Work,
    mut confirm: impl FnMut(&Example) -> bool,
) -> Found {
    let formulas = &question.formulas;
    if *formulas.get(goal) == Formula::Constant(Outcomes::FALSE) {
        return Found::Never;
    }
    let order = formulas.below(goal);
    let prepared = question.prepared();
    let space = &prepared.space;
    // An example has to be one of the goal, not only of what is asked of the evaluator.
    let mut confirm =
        |example: &Example| holds(question, goal, &order, example, limits) && confirm(example);
    let mut cases = vec![prepared.everything.clone()];
    let mut unrealized = 0_u32;
    while let Some(case) = cases.pop() {
        if !work.take(order.len()) || unrealized >= UNREALIZED {
            return Found::Unknown;
        }
        let atom = |id: AtomId| case.atoms.get(id).copied().unwrap_or(Outcomes::ANY);
        let values = Values::of(formulas, &order, atom);
        let found = values.get(goal);
        if !found.meets(Outcomes::TRUE) {
            continue;
        }
        let next = match found.is_settled() {
            true => None,
            false => pick(formulas, &values, goal, Outcomes::TRUE),
        };
        let Some((atom, preferred)) = next else {
            match realize::realize(space, &case, work, &mut confirm) {
                Some(example) => return Found::Call(example),
                None => unrealized = unrealized.saturating_add(1),
            }
            continue;
        };
        split(question, space, &case, (atom, preferred), work, &mut cases);
    }
    match unrealized {
        0 => Found::Never,
        _ => Found::Unknown,
    }
}

/// Whether the goal may be true of a call, with every condition evaluated on it.
fn holds(question: &Question, goal: Id, order: &[Id], example: &Example, limits: &Limits) -> bool {
    let Ok(document) = Document::parse(example.call.as_bytes(), &limits.json) else {
        return false;
    };
    let Ok(call) = Call::read(document.root()) else {
        return false;
    };
    let atom = |id: AtomId| {
        let atom = question.atoms.get(id);
        atom.map_or(Outcomes::ANY, |atom| {
            atom.evaluate(&call, example.now, limits)
        })
    };
    let values = Values::of(&question.formulas, order, atom);
    values.get(goal).meets(Outcomes::TRUE)
}

/// One case for each outcome of an atom; the one that is preferred is looked at next.
fn split(
    question: &Question,
    space: &Space,
    case: &Possible,
    (atom, preferred): (AtomId, Outcomes),
    work: &mut Work,
    cases: &mut Vec<Possible>,
) {
    let left = case.atoms.get(atom).copied().unwrap_or(Outcomes::ANY);
    let others = left.without(preferred).each();
    for outcome in others.chain(left.and(preferred).each()) {
        let mut smaller = case.clone();
        if let Some(place) = smaller.atoms.get_mut(atom) {
            *place = outcome;
        }
        let spot = space.spot_of.get(atom).copied().flatten();
        let changed = spot.into_iter().collect();
        if propagate(space, &question.atoms, &mut smaller, changed, work) {
            cases.push(smaller);
        }
    }
}

/// An atom that is not settled and that `id` coming to `wanted` turns on, and what it had best come to.
fn pick(
    formulas: &Formulas,
    values: &Values,
    id: Id,
    wanted: Outcomes,
) -> Option<(AtomId, Outcomes)> {
    let found = values.get(id);
    if found.is_settled() || found.is_empty() {
        return None;
    }
    let wanted = match found.meets(wanted) {
        true => found.and(wanted),
        false => found,
    };
    match formulas.get(id) {
        Formula::Constant(_) => None,
        Formula::Atom(atom) => Some((*atom, wanted.each().next()?)),
        Formula::Not(part) => pick(formulas, values, *part, wanted.negated()),
        Formula::Comes(part, outcomes) => {
            let inner = match wanted.meets(Outcomes::TRUE) {
                true => *outcomes,
                false => Outcomes::ANY.without(*outcomes),
            };
            pick(formulas, values, *part, inner)
        }
        Formula::All(parts) => junction(formulas, values, parts, wanted, Outcomes::TRUE),
        Formula::Any(parts) => junction(formulas, values, parts, wanted, Outcomes::FALSE),
        Formula::Choice(condition, then, otherwise) => {
            let inner = pick(formulas, values, *condition, Outcomes::TRUE);
            inner
                .or_else(|| pick(formulas, values, *then, wanted))
                .or_else(|| pick(formulas, values, *otherwise, wanted))
        }
    }
}

/// One failure is enough for the whole to fail; the other parts had best come to what is neutral.
fn junction(
    formulas: &Formulas,
    values: &Values,
    parts: &[Id],
    wanted: Outcomes,
    neutral: Outcomes,
) -> Option<(AtomId, Outcomes)> {
    let failed = parts
        .iter()
        .any(|part| values.get(*part) == Outcomes::FAILS);
    let wanted = match failed && wanted == Outcomes::FAILS {
        true => neutral,
        false => wanted,
    };
    let mut parts = parts.iter();
    parts.find_map(|part| pick(formulas, values, *part, wanted))
}
