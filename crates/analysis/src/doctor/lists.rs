//! Lists of names in rule sets and controls: what stands in both, what one allows and another denies.

use callgate_model::Glob;
use callgate_release::Policy;
use callgate_release::spec::Check;

use super::matches::is_for_all;
use super::{Examination, Finding, Proof, error, note, warning};
use crate::formula::Id;
use crate::question::Question;
use crate::whole::{self, controls_of, of_family, rules_of};
use crate::words::glob;

/// The lists of one policy, or of one of its rules.
struct Lists<'r> {
    index: usize,
    policy: &'r Policy,
    rule: Option<&'r str>,
    allow: Option<&'r [Glob]>,
    deny: &'r [Glob],
}

pub(super) fn examine(examination: &mut Examination<'_>) {
    let release = examination.release;
    let rules = of_family(release, rules_of).flat_map(|(index, policy, set)| {
        set.rules.iter().filter_map(move |rule| match &rule.check {
            Check::Tool { allow, deny } => Some(Lists {
                index,
                policy,
                rule: Some(rule.name.as_str()),
                allow: allow.as_deref(),
                deny,
            }),
            _ => None,
        })
    });
    let rules: Vec<Lists<'_>> = rules.collect();
    compare(examination, &rules, ("allow", "deny"));
    let controls = of_family(release, controls_of).map(|(index, policy, spec)| Lists {
        index,
        policy,
        rule: None,
        allow: spec.allowed_actions.as_deref(),
        deny: &spec.denied_actions,
    });
    let controls: Vec<Lists<'_>> = controls.collect();
    compare(
        examination,
        &controls,
        ("allowed_actions", "denied_actions"),
    );
}

/// Lists that are compared each with each at most.
const COMPARED: usize = 200;

fn compare(examination: &mut Examination<'_>, lists: &[Lists<'_>], words: (&str, &str)) {
    if lists.len() > COMPARED {
        examination.give_up();
        return;
    }
    let mut question = whole::question(examination.limits);
    for one in lists {
        own(examination, &mut question, one, words);
        for other in lists.iter().filter(|other| !std::ptr::eq(*other, one)) {
            disagreement(examination, &mut question, one, other, words);
        }
    }
    nothing_left(examination, &mut question, lists, words);
}

/// The name that lists are compared by.
const NAME: &str = "request.tool.name";

fn any_of(question: &mut Question, patterns: &[Glob]) -> Id {
    let names: Vec<Id> = patterns.iter().map(|p| glob(question, NAME, p)).collect();
    question.formulas.any(names)
}

/// Whether no name matches `one` and not `other`; names are there.
fn is_within(
    examination: &mut Examination<'_>,
    question: &mut Question,
    one: Id,
    other: Id,
) -> bool {
    let rest = question.formulas.not(other);
    let goal = question.formulas.all([one, rest]);
    examination.never(question, goal)
}

/// Entries of an allow list that the same lists deny.
fn own(
    examination: &mut Examination<'_>,
    question: &mut Question,
    lists: &Lists<'_>,
    (allow, deny): (&str, &str),
) {
    let name = &lists.policy.name;
    if lists.allow.is_some_and(<[Glob]>::is_empty) {
        let diagnostic = warning(
            "doctor.nothing_allowed",
            None,
            format!("`{name}` allows nothing: its `{allow}` is empty"),
        );
        add(
            examination,
            lists,
            diagnostic.with_help(format!("leave `{allow}` out to allow every name")),
        );
    }
    let denied = any_of(question, lists.deny);
    for entry in lists.allow.unwrap_or_default() {
        let allowed = glob(question, NAME, entry);
        if !lists.deny.is_empty() && is_within(examination, question, allowed, denied) {
            let text = entry.as_str();
            let message = format!("`{name}` allows `{text}` and denies all of it: `{deny}` counts");
            let diagnostic = warning("doctor.allowed_and_denied", None, message);
            add(
                examination,
                lists,
                diagnostic.with_help(format!("take it from one of `{allow}` and `{deny}`")),
            );
        }
    }
}

/// Names that one policy allows and another, which judges the same calls, denies.
fn disagreement(
    examination: &mut Examination<'_>,
    question: &mut Question,
    one: &Lists<'_>,
    other: &Lists<'_>,
    (allow, deny): (&str, &str),
) {
    if !is_for_all(other.policy) && one.policy.scope != other.policy.scope {
        return;
    }
    let denied = any_of(question, other.deny);
    let refused = match other.allow {
        Some(allowed) => {
            let allowed = any_of(question, allowed);
            let unlisted = question.formulas.not(allowed);
            question.formulas.any([denied, unlisted])
        }
        None => denied,
    };
    for entry in one.allow.unwrap_or_default() {
        let allowed = glob(question, NAME, entry);
        if is_within(examination, question, allowed, refused) {
            let (name, stricter) = (&one.policy.name, &other.policy.name);
            let message = format!(
                "`{name}` allows `{}`, and `{stricter}` refuses all of it",
                entry.as_str()
            );
            let diagnostic = note("doctor.conflict", None, message).with_help(format!(
                "the stricter of the two counts; compare `{allow}` and `{deny}`"
            ));
            add(examination, one, diagnostic);
        }
    }
}

/// Allow lists for everybody that have no name in common.
fn nothing_left(
    examination: &mut Examination<'_>,
    question: &mut Question,
    lists: &[Lists<'_>],
    (allow, _): (&str, &str),
) {
    let for_all = lists.iter().filter(|lists| is_for_all(lists.policy));
    let for_all: Vec<&Lists<'_>> = for_all.filter(|lists| lists.allow.is_some()).collect();
    let [first, _, ..] = for_all.as_slice() else {
        return;
    };
    let mut all = Vec::new();
    for lists in &for_all {
        all.push(any_of(question, lists.allow.unwrap_or_default()));
    }
    let goal = question.formulas.all(all);
    if examination.never(question, goal) {
        let names: Vec<String> = for_all
            .iter()
            .map(|l| format!("`{}`", l.policy.name))
            .collect();
        let message = format!("no tool is in every `{allow}` of {}", names.join(", "));
        let diagnostic = error("doctor.nothing_allowed", None, message);
        add(
            examination,
            first,
            diagnostic.with_help("each list has to allow a tool: join them into one"),
        );
    }
}

fn add(
    examination: &mut Examination<'_>,
    lists: &Lists<'_>,
    diagnostic: callgate_model::Diagnostic,
) {
    examination.findings.push(Finding {
        policy: Some(lists.index),
        rule: lists.rule.map(str::to_owned),
        diagnostic,
        proof: Proof::Proved,
    });
}
