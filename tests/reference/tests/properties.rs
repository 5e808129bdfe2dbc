//! What holds of every decision, whatever the policies.

mod common;

use std::collections::BTreeSet;

use callgate_engine::{Explain, Offer};
use callgate_reference::Documents;
use callgate_reference::choices::Choices;
use callgate_reference::engine::Asking;
use callgate_reference::generator::{FAMILIES, documents, policy, question};
use callgate_reference::outcome::{Effect, Outcome};
use common::{decide, engine, questions, seeds};
use serde_json::{Value, json};

/// Of each property; `CALLGATE_CASES` asks for more.
const CASES: u64 = 100_000;

/// Whether to make decisions more permissive is what this policy is for.
fn may_permit(policy: &Value, settings: &Value) -> bool {
    match policy["kind"].as_str() {
        // FLAG, too: it stands before a DENY with a higher number.
        Some("MatchPolicy") => policy["spec"]["action"] != "DENY",
        Some("CelPolicy") => {
            policy["spec"]["effect"] == "allow" && settings["allow_combining"] == "any"
        }
        // It switches something off, or allows a value.
        Some("DlpPolicy") => {
            let changes = policy["spec"]["detectors"].to_string();
            changes.contains("off") || policy["spec"]["allow"].is_array()
        }
        Some("ControlPolicy") => !matches!(settings["uncovered"].as_str(), None | Some("allow")),
        _ => false,
    }
}

#[test]
fn adding_a_policy_never_makes_a_decision_more_permissive() {
    for seed in seeds(CASES) {
        let mut choices = Choices::new(seed);
        let before = documents(&mut choices);
        let family = choices.pick(FAMILIES);
        let added = policy(&mut choices, family, 99);
        if may_permit(&added, &before.settings) {
            continue;
        }
        let mut after = before.clone();
        after.policies.insert(choices.below(before.policies.len() + 1), added);
        let (mut old, mut new) = (engine(&before), engine(&after));
        for question in questions(&mut choices, &after) {
            let was = decide(&mut old, &question, Explain::No);
            let is = decide(&mut new, &question, Explain::No);
            assert!(
                is.decision >= was.decision,
                "seed {seed}\n{was:?}\n{is:?}\n{after:#?}\n{question:#?}"
            );
        }
    }
}

#[test]
fn the_order_of_policies_of_different_families_is_irrelevant() {
    for seed in seeds(CASES) {
        let mut choices = Choices::new(seed);
        let before = documents(&mut choices);
        let mut after = before.clone();
        let ranks: Vec<usize> = FAMILIES.iter().map(|_| choices.below(100)).collect();
        after.policies.sort_by_key(|policy| {
            let family = FAMILIES.iter().position(|family| policy["kind"] == *family);
            family.map(|family| ranks[family])
        });
        let (mut old, mut new) = (engine(&before), engine(&after));
        for question in questions(&mut choices, &before) {
            for explain in [Explain::No, Explain::Yes] {
                let was = decide(&mut old, &question, explain);
                let is = decide(&mut new, &question, explain);
                assert_eq!(was, is, "seed {seed}\n{before:#?}\n{question:#?}");
            }
        }
    }
}

/// Reads that an absent attribute does not make fail.
const GUARDS: &[&str] = &["has(", " in ", ".?", ".exists(", ".all("];

/// Attributes that the generated expressions read.
const ATTRIBUTES: &[&str] = &[
    "/identity/labels/team",
    "/request/tool/name",
    "/request/tool/args/id",
    "/request/tool/args/to",
    "/request/tool/args/n",
    "/request/tool/args",
    "/request/risk",
    "/request/cost_usd",
    "/task/context",
    "/task",
    "/run/id",
    "/run",
];

fn without(call: &Value, pointer: &str) -> Option<Value> {
    let mut less = call.clone();
    let (parent, name) = pointer.rsplit_once('/')?;
    less.pointer_mut(parent)?.as_object_mut()?.remove(name)?;
    Some(less)
}

#[test]
fn removing_an_attribute_that_is_read_unguarded_never_turns_deny_into_allow() {
    for seed in seeds(CASES) {
        let mut choices = Choices::new(seed);
        let mut release = documents(&mut choices);
        release.settings = json!({"allow_combining": choices.pick(&["all", "any"])});
        let made = (0..8).map(|number| policy(&mut choices, "CelPolicy", number));
        release.policies = made.collect();
        release.policies.retain(|policy| {
            let expression = policy["spec"]["expression"].as_str().unwrap_or_default();
            !GUARDS.iter().any(|guard| expression.contains(guard))
        });
        let mut engine = engine(&release);
        for mut question in questions(&mut choices, &release) {
            // An exception may lift a grant, and one for a run does not concern a call without it.
            question.state = json!({});
            let attribute = choices.pick(ATTRIBUTES);
            let Some(call) = without(&question.call, attribute) else {
                continue;
            };
            let was = decide(&mut engine, &question, Explain::No);
            let mut less = question.clone();
            less.call = call;
            let is = decide(&mut engine, &less, Explain::No);
            let turned = was.decision == Effect::Deny && is.decision != Effect::Deny;
            assert!(
                !turned,
                "seed {seed} without {attribute}\n{was:?}\n{release:#?}\n{question:#?}"
            );
        }
    }
}

/// Codes that say that something could not be known.
const ERRORS: &[&str] = &[
    "CEL_ERROR",
    "CONTEXT_MISSING",
    "STATE_UNAVAILABLE",
    "ZONE_UNKNOWN",
    "RESOURCE_MISSING",
    "UNAUTHENTICATED",
];

#[test]
fn every_error_is_a_deny_and_what_does_not_go_on_consumes_nothing() {
    let mut errors = 0;
    for seed in seeds(CASES) {
        let mut choices = Choices::new(seed);
        let mut release = documents(&mut choices);
        // Under `any`, an allow policy that fails is no grant, and another may grant.
        release.settings["allow_combining"] = json!("all");
        let mut engine = engine(&release);
        for question in questions(&mut choices, &release) {
            let outcome = decide(&mut engine, &question, Explain::Yes);
            let erred = outcome.reasons.iter().any(|reason| ERRORS.contains(&reason.code.as_str()));
            errors += u64::from(erred);
            let denied = outcome.decision == Effect::Deny;
            assert!(denied || !erred, "seed {seed}\n{outcome:?}\n{release:#?}\n{question:#?}");
            let goes_on = outcome.decision <= Effect::Flag;
            assert!(goes_on || outcome.delta.is_empty(), "seed {seed}\n{outcome:?}");
        }
    }
    assert!(errors > 0, "nothing erred");
}

/// The lines of a delta that are no spending: caps are merged.
fn lines(outcome: &Outcome) -> BTreeSet<String> {
    let lines = outcome.delta.keys().filter(|line| !line.starts_with("spend "));
    lines.cloned().collect()
}

#[test]
fn controls_merge_to_their_meet() {
    for seed in seeds(CASES) {
        let mut choices = Choices::new(seed);
        let pair = [1, 2].map(|number| policy(&mut choices, "ControlPolicy", number));
        let has_age = |control: &Value| !control["spec"]["evidence_max_age_seconds"].is_null();
        let has_ages = pair.iter().any(has_age);
        let settings = json!({"mcp_methods": ["custom/*"]});
        let release = |policies: &[Value]| Documents {
            policies: policies.to_vec(),
            settings: settings.clone(),
        };
        let both = release(&pair);
        let mut merged = engine(&both);
        let mut single = [0, 1].map(|at| engine(&release(&pair[at..=at])));
        for _ in 0..common::QUESTIONS {
            let question = question(&mut choices, &both);
            let whole = decide(&mut merged, &question, Explain::No);
            let each = single.each_mut().map(|one| decide(one, &question, Explain::No));
            let greatest = each.iter().map(|one| one.decision).max();
            // The smallest age of evidence holds for all, so the whole may be stricter than its parts.
            let fits = match has_ages {
                true => Some(whole.decision) >= greatest,
                false => Some(whole.decision) == greatest,
            };
            assert!(fits, "seed {seed}\n{whole:?}\n{each:?}\n{both:#?}\n{question:#?}");
            if whole.decision == Effect::Allow {
                let union: BTreeSet<String> = each.iter().flat_map(lines).collect();
                assert_eq!(lines(&whole), union, "seed {seed}\n{both:#?}\n{question:#?}");
            }
        }
    }
}

#[test]
fn what_is_never_offered_is_never_allowed_and_what_always_is_never_refused() {
    let mut seen = BTreeSet::new();
    for seed in seeds(CASES) {
        let mut choices = Choices::new(seed);
        let release = documents(&mut choices);
        let mut engine = engine(&release);
        for question in questions(&mut choices, &release) {
            let is_call = question.call["request"]["kind"] == "tool_call";
            // Exceptions are the host's to know.
            let excepted = question.state["exceptions"].is_array();
            let offer = engine.offer(&Asking::new(&question));
            let Some(offer) = offer.ok().filter(|_| is_call && !excepted) else {
                continue;
            };
            let outcome = decide(&mut engine, &question, Explain::No);
            let holds = match offer {
                Offer::Never => outcome.decision == Effect::Deny,
                Offer::Always => outcome.decision == Effect::Allow,
                Offer::Maybe => true,
            };
            assert!(holds, "seed {seed}: {offer:?}\n{outcome:?}\n{release:#?}\n{question:#?}");
            seen.insert(offer.as_str());
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["always", "maybe", "never"]);
}
