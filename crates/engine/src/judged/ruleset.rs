//! Rule sets, rule by rule.

use callgate_model::{Check, CheckOutcome, Judged};
use callgate_release::Policy;
use callgate_release::spec::{Check as Rules, Rule};

use super::{Explaining, Values, aside, entry, outcome, standing};
use crate::asked::{Asked, reference};
use crate::family::{count, ruleset};
use crate::verdict::{Origin, Verdict};

pub(super) fn judged<'r>(
    asked: &Asked<'_, 'r>,
    explaining: &mut Explaining<'_>,
) -> Vec<Judged<'r>> {
    let mut judged = Vec::new();
    for (index, policy, set) in asked.release.rulesets() {
        if let Some(aside) = aside(asked, index, policy) {
            judged.push(entry(policy, aside, Vec::new()));
            continue;
        }
        let rules = set.rules.iter().enumerate();
        let checks: Vec<_> = rules
            .map(|(number, rule)| check(asked, policy, number, rule, explaining))
            .collect();
        judged.push(entry(policy, standing(&checks), checks));
    }
    judged
}

fn check<'r>(
    asked: &Asked<'_, 'r>,
    policy: &'r Policy,
    number: usize,
    rule: &'r Rule,
    explaining: &mut Explaining<'_>,
) -> Check<'r> {
    let mut verdict = Verdict::allow();
    let judged = ruleset::hold(asked, policy, rule, explaining.gas, &mut verdict);
    Check {
        pointer: format!("/rules/{number}"),
        rule: &rule.name,
        outcome: match judged {
            Err(_) => CheckOutcome::LeftOut,
            Ok(()) if is_idle(asked, rule) => CheckOutcome::Idle,
            Ok(()) => outcome(&verdict),
        },
        values: values(asked, policy, rule, explaining).0,
    }
}

/// Whether the rule says nothing about a call like this.
fn is_idle(asked: &Asked<'_, '_>, rule: &Rule) -> bool {
    match (&rule.check, ruleset::tool_name(asked)) {
        (Rules::Output { .. }, _) | (Rules::Tool { .. } | Rules::DataAccess { .. }, None) => true,
        (Rules::DataAccess { resources, .. }, Some(name)) => {
            !resources.iter().any(|resource| resource.tool.matches(name))
        }
        _ => false,
    }
}

fn values(
    asked: &Asked<'_, '_>,
    policy: &Policy,
    rule: &Rule,
    explaining: &Explaining<'_>,
) -> Values {
    let limits = explaining.limits;
    let mut values = Values::default();
    let origin = Origin {
        policy: reference(policy),
        rule: Some(&rule.name),
        message: None,
    };
    match &rule.check {
        Rules::Tool { .. } => {
            if let Some(name) = ruleset::tool_name(asked) {
                values.text("tool", name, limits);
            }
        }
        Rules::DataAccess { resources, .. } => {
            let tool = &asked.call.request.tool;
            let name = ruleset::tool_name(asked).unwrap_or_default();
            let about = resources
                .iter()
                .filter(|resource| resource.tool.matches(name));
            let found = about.filter_map(|resource| tool.args?.pointer(&resource.arg));
            let found: Vec<&str> = found.map(callgate_json::Value::raw).collect();
            values.json("resources", format!("[{}]", found.join(",")), limits);
        }
        Rules::Rate {
            max,
            window_seconds,
            by,
        } => {
            let key = ruleset::rate_key(asked, origin, *by);
            calls(&mut values, asked, &key, *window_seconds, *max);
        }
        Rules::Cost { max, per } => {
            if let Some(key) = ruleset::cost_key(asked, origin, *per) {
                money(&mut values, asked, &key, *max, explaining);
            }
        }
        Rules::RunAge { max_seconds } => {
            if let Some(start) = asked.run_start() {
                values.text("started_at", &start.to_string(), limits);
            }
            values.number("max_seconds", *max_seconds);
        }
        Rules::Windows(_) => values.text("now", &asked.now.to_string(), limits),
        Rules::Output { .. } => {}
    }
    values
}

/// The calls that count already, as far as the host knows, and how many may.
pub(super) fn calls(
    values: &mut Values,
    asked: &Asked<'_, '_>,
    key: &str,
    window_seconds: u64,
    max: u64,
) {
    if let Some(counts) = asked.state.counts(key) {
        values.number("calls", count::used(&counts, asked.now, window_seconds));
    }
    values.number("max", max);
}

/// What is spent, as far as the host knows, what the call costs, and the cap.
pub(super) fn money(
    values: &mut Values,
    asked: &Asked<'_, '_>,
    key: &str,
    max: callgate_model::MicroUsd,
    explaining: &Explaining<'_>,
) {
    let cost = asked.call.request.cost.unwrap_or_default();
    for (name, amount) in [
        ("spent_usd", asked.state.spent(key)),
        ("cost_usd", Some(cost)),
        ("max_usd", Some(max)),
    ] {
        if let Some(amount) = amount {
            values.text(name, &amount.to_text(), explaining.limits);
        }
    }
}
