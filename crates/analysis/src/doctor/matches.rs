//! Match policies that never match, stand behind one that always does, or tie with another.

use callgate_engine::CompiledRelease;
use callgate_release::spec::{MatchAction, MatchPolicy};
use callgate_release::{Level, Policy};

use super::{Examination, Proof, warning};
use crate::formula::Id;
use crate::judge::judge;
use crate::question::Question;
use crate::realize::Example;
use crate::search::Found;
use crate::whole::{self, match_policies};
use crate::words::{applies, covers, matched};

/// A match policy with the calls that it acts on.
struct Tried<'r> {
    index: usize,
    policy: &'r Policy,
    spec: &'r MatchPolicy,
    acts: Id,
}

/// Match policies that are compared each with each at most.
const COMPARED: usize = 400;

pub(super) fn examine(examination: &mut Examination<'_>) {
    let release = examination.release;
    let mut question = whole::question(examination.limits);
    let mut tried: Vec<Tried<'_>> = Vec::new();
    for (index, policy, spec) in match_policies(release) {
        let scope = match spec.action {
            MatchAction::Allow => covers(&mut question, &policy.scope),
            MatchAction::Flag | MatchAction::Deny => applies(&mut question, &policy.scope),
        };
        let conditions = matched(&mut question, spec);
        let acts = question.formulas.all([scope, conditions]);
        tried.push(Tried {
            index,
            policy,
            spec,
            acts,
        });
    }
    if tried.len() > COMPARED {
        examination.give_up();
        return;
    }
    for (place, one) in tried.iter().enumerate() {
        let before = tried.get(..place).unwrap_or_default();
        let name = &one.policy.name;
        if examination.never(&question, one.acts) {
            let diagnostic = warning(
                "doctor.never_matches",
                None,
                format!("`{name}` matches no call"),
            );
            let help = "its conditions exclude each other, or one of them can never hold";
            examination.add(Some(one.index), diagnostic.with_help(help), Proof::Proved);
        } else if !behind(examination, &mut question, one, before) {
            ties(examination, &mut question, one, before);
        }
    }
}

/// Whether every call that the policy matches is matched before it; tells by what.
fn behind(
    examination: &mut Examination<'_>,
    question: &mut Question,
    one: &Tried<'_>,
    before: &[Tried<'_>],
) -> bool {
    let mut outside = |question: &mut Question, others: &[Id]| {
        let others = question.formulas.any(others.iter().copied());
        let rest = question.formulas.not(others);
        let goal = question.formulas.all([one.acts, rest]);
        examination.never(question, goal)
    };
    let all: Vec<Id> = before.iter().map(|other| other.acts).collect();
    if all.is_empty() || !outside(question, &all) {
        return false;
    }
    let single = before.iter().find(|other| outside(question, &[other.acts]));
    let name = &one.policy.name;
    let message = format!("`{name}` never acts: every call that it matches is matched before");
    let diagnostic = match single {
        Some(other) => {
            let help = format!(
                "`{}` (priority {}) takes all of them: give `{name}` a lower number, or remove it",
                other.policy.name, other.spec.priority
            );
            warning("doctor.shadowed", None, message).with_help(help)
        }
        None => warning("doctor.dead", None, message)
            .with_help("the policies before it together take all of them"),
    };
    examination.add(Some(one.index), diagnostic, Proof::Proved);
    true
}

/// Policies of one priority that would do different things with one call.
fn ties(
    examination: &mut Examination<'_>,
    question: &mut Question,
    one: &Tried<'_>,
    before: &[Tried<'_>],
) {
    let tied = |other: &&Tried<'_>| {
        other.spec.priority == one.spec.priority && other.spec.action != one.spec.action
    };
    for other in before.iter().filter(tied) {
        let goal = question.formulas.all([one.acts, other.acts]);
        let orders = [[other.index, one.index], [one.index, other.index]];
        let [Some(as_is), Some(turned)] = orders.map(|order| examination.only(&order)) else {
            return;
        };
        let limits = examination.limits;
        let confirm = |example: &Example| {
            let effect =
                |release: &CompiledRelease| judge(release, example, limits).map(|j| j.decision);
            effect(&as_is) != effect(&turned)
        };
        if let Found::Call(example) = examination.search(question, goal, confirm) {
            let (first, second) = (&other.policy.name, &one.policy.name);
            let message = format!(
                "`{first}` and `{second}` have priority {} and disagree: `{first}` acts, because it stands first",
                one.spec.priority
            );
            let diagnostic = warning("doctor.priority_tie", None, message);
            let help = "give the one that is meant to act a lower number";
            let proof = Proof::Witness(Box::new(example));
            examination.add(Some(one.index), diagnostic.with_help(help), proof);
        }
    }
}

/// Whether a scope is for everybody.
pub(super) fn is_for_all(policy: &Policy) -> bool {
    matches!(policy.scope.level, Level::Platform | Level::Tenant)
}
