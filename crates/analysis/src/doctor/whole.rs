//! Findings about a release as a whole: it is empty, it only denies, it denies everything.

use callgate_engine::CompiledRelease;
use callgate_engine::author::Shape;
use callgate_model::Effect;
use callgate_release::{AllowCombining, CelEffect, Policy, Release, Scope};

use super::{Examination, Proof, error, warning};
use crate::formula::Id;
use crate::question::Question;
use crate::realize::Example;
use crate::search::Found;
use crate::whole::{self, MOST_POLICIES, Whole, cel_of, of_family};

/// Looks at the whole; true when it is proved to deny everything.
pub(super) fn examine(examination: &mut Examination<'_>) -> bool {
    let release = examination.release;
    match Shape::of(&release.policies) {
        Shape::Empty => {
            let diagnostic = warning(
                "doctor.empty",
                None,
                "the release has no policy: it allows every call",
            );
            let help = "write an allow policy for what is meant to pass";
            examination.add(None, diagnostic.with_help(help), Proof::Proved);
        }
        Shape::DenyOnly => {
            let message = "no policy allows: every call passes that no deny policy refuses";
            let diagnostic = warning("doctor.deny_only", None, message);
            let help = "add an allow policy, so that what nobody thought of is refused";
            examination.add(None, diagnostic.with_help(help), Proof::Proved);
        }
        Shape::Ordinary => {}
    }
    if release.policies.len() > MOST_POLICIES {
        examination.give_up();
    }
    if release.policies.is_empty() || release.policies.len() > MOST_POLICIES {
        return false;
    }
    if denies_everything(examination) {
        explain(examination);
        return true;
    }
    let mut question = whole::question(examination.limits);
    let passing = passing(&mut question, release);
    let tool_call = question.expression(TOOL_CALL);
    let goal = question.formulas.all([tool_call, passing]);
    if examination.never(&question, goal) {
        let message = "no tool call can pass: every one is refused, whatever it is";
        let diagnostic = error("doctor.denies_every_tool", None, message);
        let help = "other kinds of requests may pass; `callgate decide --explain` shows what refuses a call";
        examination.add(None, diagnostic.with_help(help), Proof::Proved);
    }
    false
}

/// A call of a tool, as gateways make them.
pub(super) const TOOL_CALL: &str = r#"request.kind == "tool_call" && has(request.tool.name)"#;

/// Whether no call that policies judge can pass.
pub(super) fn denies_everything(examination: &mut Examination<'_>) -> bool {
    let release = examination.release;
    if release.policies.is_empty() || release.policies.len() > MOST_POLICIES {
        return false;
    }
    let mut question = whole::question(examination.limits);
    let goal = passing(&mut question, release);
    examination.never(&question, goal)
}

fn explain(examination: &mut Examination<'_>) {
    let message = "the release denies everything: no call can pass, whatever it is";
    let mut diagnostic = error("doctor.denies_everything", None, message);
    if let Some(merged) = merged(examination) {
        diagnostic.message =
            "the release denies everything: under `allow_combining: all` every allow policy \
                              must hold, and these cannot hold together"
                .to_owned();
        diagnostic.help = Some(merged);
    } else if let Some(alone) = alone(examination) {
        diagnostic.help = Some(format!("`{alone}` alone refuses every call"));
    }
    examination.add(None, diagnostic, Proof::Proved);
}

/// The policy that denies everything by itself.
fn alone(examination: &mut Examination<'_>) -> Option<String> {
    let release = examination.release;
    let mut question = whole::question(examination.limits);
    let whole = Whole::of(&mut question, release);
    let judged = whole.judged(&mut question);
    for (index, raise) in whole
        .raises
        .iter()
        .filter(|(_, raise)| raise.to == Effect::Deny)
    {
        let passes = question.formulas.not(raise.when);
        let goal = question.formulas.all([judged, passes]);
        if examination.never(&question, goal) {
            return release
                .policies
                .get(*index)
                .map(|policy| policy.name.clone());
        }
    }
    None
}

/// One policy in place of several that exclude each other, if that lets anything pass.
fn merged(examination: &mut Examination<'_>) -> Option<String> {
    let release = examination.release;
    if release.settings.allow_combining != AllowCombining::All {
        return None;
    }
    let allows: Vec<(usize, &Policy, &str)> = of_family(release, cel_of)
        .filter(|(_, policy, cel)| {
            cel.effect == CelEffect::Allow && policy.scope == Scope::tenant()
        })
        .map(|(index, policy, cel)| (index, policy, cel.expression.as_str()))
        .collect();
    let [(first, _, _), _, ..] = allows.as_slice() else {
        return None;
    };
    let parts: Vec<String> = allows
        .iter()
        .map(|(_, _, expression)| format!("({})", expression.trim()))
        .collect();
    let expression = parts.join(" || ");
    let expression = callgate_cel::tooling::format(&expression, examination.limits).ok()?;
    let names: Vec<String> = allows
        .iter()
        .map(|(_, policy, _)| format!("`{}`", policy.name))
        .collect();
    let mut other = release.clone();
    let is_other = |index: usize| allows.iter().skip(1).any(|(allow, _, _)| *allow == index);
    let policies = release.policies.iter().enumerate();
    other.policies = policies
        .filter(|(index, _)| !is_other(*index))
        .map(|(index, policy)| match index == *first {
            true => Policy::cel(policy.name.clone(), CelEffect::Allow, expression.clone()),
            false => policy.clone(),
        })
        .collect();
    let compiled = CompiledRelease::compile(other, examination.limits).ok()?;
    lets_pass(examination, &compiled)?;
    Some(format!(
        "join {} into one allow policy:\n{expression}",
        names.join(" and ")
    ))
}

/// A call that the release lets pass.
fn lets_pass(examination: &mut Examination<'_>, release: &CompiledRelease) -> Option<Example> {
    let mut question = whole::question(examination.limits);
    let goal = passing(&mut question, release.release());
    let limits = examination.limits;
    let confirm = |example: &Example| {
        crate::judge::judge(release, example, limits).is_some_and(|j| j.decision < Effect::Deny)
    };
    match examination.search(&question, goal, confirm) {
        Found::Call(example) => Some(example),
        Found::Never | Found::Unknown => None,
    }
}

/// A call that policies judge is not refused.
fn passing(question: &mut Question, release: &Release) -> Id {
    let whole = Whole::of(question, release);
    let denied = whole.at_least(question, Effect::Deny);
    let judged = whole.judged(question);
    let passes = question.formulas.not(denied);
    question.formulas.all([judged, passes])
}
