//! ControlPolicy: one step for all controls, then the next.

use serde_json::{Value, json};

use super::{Asked, Code, Effect};
use crate::values::{any_glob, canonical, digest, glob, instant, items, join, key, members, name};
use crate::values::{micro_usd, number, seconds, strings, text};

/// What stands under a field of a control, and of a map by action the pattern that matches.
type Entry<'e> = (&'e str, &'e Value);

/// Judges one entry of a field.
type Judge = fn(&mut Asked<'_>, &Value, &str, Entry<'_>) -> Code;

/// Each step with the fields that it is about.
const STEPS: [(Judge, &[&str]); 6] = [
    (lists, &["denied_actions", "allowed_actions"]),
    (constraint, &["argument_constraints"]),
    (evidence, &["evidence_requirements", "commit_actions"]),
    (grounding, &["grounding_rules"]),
    (rate, &["rate_limits"]),
    (budget, &["run_budget", "session_budget", "action_budgets"]),
];

pub fn judge(asked: &mut Asked<'_>) {
    asked.deny(&Value::Null, "", uncovered(asked));
    let controls = asked.applying("ControlPolicy");
    for (judge, fields) in STEPS {
        for control in &controls {
            for field in fields {
                for entry in entries(asked, &control["spec"][field]) {
                    let code = judge(asked, control, field, entry);
                    asked.deny(control, field, code);
                }
            }
        }
    }
    // Nobody is asked to approve what is denied anyway.
    if asked.outcome.decision < Effect::Deny {
        controls.iter().for_each(|control| approval(asked, control));
    }
}

fn uncovered(asked: &Asked<'_>) -> Code {
    let mut controls = asked.policies.iter().filter(|p| p["kind"] == "ControlPolicy");
    let is_covered = controls.any(|control| asked.covers(control) == Some(true));
    match text(&asked.settings["uncovered"]) {
        _ if is_covered || asked.kind == "mcp_request" => None,
        "deny" => Some("NO_POLICY"),
        "deny_writes" if asked.request["impact"] != "low" => Some("NO_POLICY_FOR_WRITE"),
        _ => None,
    }
}

fn entries<'c>(asked: &Asked<'_>, value: &'c Value) -> Vec<(&'c str, &'c Value)> {
    let matching = members(value).filter(|(pattern, _)| glob(pattern, asked.action));
    let whole = (!value.is_null() && !value.is_object()).then_some(("", value));
    matching.chain(whole).collect()
}

fn lists(asked: &mut Asked<'_>, _: &Value, field: &str, (_, list): Entry<'_>) -> Code {
    match (field, any_glob(list, asked.action)) {
        ("denied_actions", true) => Some("DENIED_ACTION"),
        ("allowed_actions", false) => Some("NOT_IN_ALLOWLIST"),
        _ => None,
    }
}

fn constraint(asked: &mut Asked<'_>, _: &Value, _: &str, (_, schema): Entry<'_>) -> Code {
    let args = asked.request["tool"].get("args").cloned().unwrap_or(json!({}));
    (!jsonschema::is_valid(schema, &args)).then_some("ARGUMENT_CONSTRAINT_VIOLATED")
}

/// The records of this run of such actions, and whether each is fresh: the smallest age counts.
fn records<'a>(asked: &Asked<'a>, actions: &[Value]) -> Vec<(&'a Value, bool)> {
    let controls = asked.applying("ControlPolicy").into_iter();
    let age = controls.filter_map(|c| c["spec"].get("evidence_max_age_seconds").map(seconds)).min();
    let is_fresh = |at| age.is_none_or(|age| at >= asked.now - age);
    let is_such = |record: &&Value| {
        let is_like = |action: &Value| glob(text(action), text(&record["action"]));
        record["run"].as_str() == asked.run && actions.iter().any(is_like)
    };
    let records = items(&asked.state["evidence"]).iter().filter(is_such);
    records.map(|record| (record, is_fresh(instant(text(&record["at"]))))).collect()
}

fn evidence(asked: &mut Asked<'_>, control: &Value, field: &str, (_, actions): Entry<'_>) -> Code {
    let spec = &control["spec"];
    let has_own = !entries(asked, &spec["evidence_requirements"]).is_empty();
    let needs = match field {
        "evidence_requirements" => items(actions).chunks(1).collect(),
        _ if has_own || !any_glob(actions, asked.action) => Vec::new(),
        _ => vec![items(&spec["evidence_actions"])],
    };
    for actions in needs {
        let records = records(asked, actions);
        let is_fresh = records.iter().any(|(_, is_fresh)| *is_fresh);
        let code = if records.is_empty() { "MISSING_EVIDENCE" } else { "STALE_EVIDENCE" };
        asked.deny(control, field, asked.known((!is_fresh).then_some(code)));
    }
    None
}

fn grounding(asked: &mut Asked<'_>, _: &Value, _: &str, (_, fields): Entry<'_>) -> Code {
    let is_grounded = |(field, source): (&str, &Value)| {
        let from = if source["source_from"] == "kwargs" { "args" } else { "result" };
        let pointer = format!("/{from}/{}", text(&source["source_field"]).replace('.', "/"));
        let argument = asked.request["tool"]["args"].get(field).map(canonical);
        let records = records(asked, &[source["source_action"].clone()]).into_iter();
        let fresh = records.filter(|(_, is_fresh)| *is_fresh);
        let mut there = fresh.filter_map(|(record, _)| record.pointer(&pointer));
        there.any(|value| Some(canonical(value)) == argument)
    };
    let is_refused = !members(fields).all(is_grounded);
    members(fields).next().and(asked.known(is_refused.then_some("UNGROUNDED_ARGUMENT")))
}

fn rate(asked: &mut Asked<'_>, control: &Value, _: &str, (pattern, limit): Entry<'_>) -> Code {
    let counter = join(&["rate", key(control), pattern, "agent", asked.agent]);
    asked.count(&counter, number(&limit["max_count"]), seconds(&limit["window_seconds"]))
}

fn budget(asked: &mut Asked<'_>, control: &Value, field: &str, entry: Entry<'_>) -> Code {
    let (pattern, limit) = (entry.0, micro_usd(entry.1));
    let account = match field {
        "run_budget" => asked.run.map(|run| join(&["run", run])),
        "session_budget" => asked.call["session"]["id"].as_str().map(|id| join(&["session", id])),
        _ => asked.run.map(|run| join(&["run", run, "action", pattern])),
    };
    let (before, code) = asked.spend(account, limit, "BUDGET_EXCEEDED");
    let percents = control["spec"].get("budget_warning_thresholds").cloned();
    let percents = percents.unwrap_or(json!([80]));
    let mut marks = items(&percents).iter().map(|percent| limit * number(percent));
    let (was, is) = (before * 100, (before + asked.cost) * 100);
    if code.is_none() && marks.any(|mark| was < mark && mark <= is) {
        asked.outcome.add(Effect::Allow, control, field, "BUDGET_WARNING");
    }
    code
}

/// The criteria that are given, each with whether it holds.
fn criteria(asked: &Asked<'_>, given: &Value, prefix: &str) -> Vec<(String, bool)> {
    let (tags, risk) = (strings(&asked.request["tags"]), text(&asked.request["risk"]));
    let judge = |name: &str| {
        let field = format!("{prefix}{name}");
        let wanted = given.get(&field)?;
        let holds = match name {
            "actions" => any_glob(wanted, asked.action),
            "tags" => tags.iter().any(|tag| any_glob(wanted, tag)),
            "risk_levels" => strings(wanted).iter().any(|level| level.eq_ignore_ascii_case(risk)),
            _ => asked.cost >= micro_usd(wanted),
        };
        Some((field, holds))
    };
    ["actions", "tags", "risk_levels", "threshold_usd"].into_iter().filter_map(judge).collect()
}

/// The rule of a control that asks for an approval.
fn asks(asked: &Asked<'_>, spec: &Value) -> Option<String> {
    let mut given = criteria(asked, spec, "approval_");
    given.retain(|(field, _)| spec[field] != json!([]));
    let bare = given.is_empty().then(|| ("require_approval".to_owned(), true));
    let mut asking = given.into_iter().chain(bare);
    let own = asking.find(|(_, holds)| *holds && spec["require_approval"] == true);
    let all_hold = |rule| criteria(asked, rule, "").iter().all(|(_, holds)| *holds);
    let place = items(&spec["approval_rules"]).iter().position(all_hold);
    own.map(|(field, _)| field).or(place.map(|place| format!("approval_rules[{place}]")))
}

fn approval(asked: &mut Asked<'_>, control: &Value) {
    let Some(rule) = asks(asked, &control["spec"]) else { return };
    let digest = digest(asked.request);
    let bound_to = [key(control), asked.agent, asked.action, &digest];
    let is_good = |ticket: &&Value| {
        let names = ["policy", "identity", "tool", "args_digest"];
        let expiry = instant(text(&ticket["expires_at"]));
        names.map(|name| text(&ticket[name])) == bound_to && expiry > asked.now
    };
    let ticket = items(&asked.state["approvals"]).iter().find(is_good);
    match (asked.known(None), ticket) {
        (Some(code), _) => asked.deny(control, &rule, Some(code)),
        (None, Some(good)) => asked.outcome.reserve(format!("approval {}", text(&good["id"])), 0),
        (None, None) => {
            asked.outcome.obligations.insert(format!("approval {} {digest}", name(control)));
            asked.outcome.add(Effect::RequireApproval, control, &rule, "APPROVAL_REQUIRED");
        }
    }
}
