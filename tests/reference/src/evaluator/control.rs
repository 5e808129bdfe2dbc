//! ControlPolicy: one step for all controls, then the next.

use serde_json::Value;

use super::schema::is_valid;
use super::values::{digest, dotted, equal};
use super::{
    Asked, Effect, NANOS, any_glob, glob, instant, items, key, micro_usd, part, seconds, strings,
    text,
};

/// What one step asks of one control.
type Step<'s> = dyn Fn(&mut Asked<'_>, &Value) + 's;

pub fn judge(asked: &mut Asked<'_>) {
    if !asked.is_covered() {
        uncovered(asked);
    }
    let controls = asked.applying("ControlPolicy");
    let ages = controls
        .iter()
        .map(|control| &control["spec"]["evidence_max_age_seconds"]);
    let age = ages.filter(|age| !age.is_null()).map(seconds).min();
    let steps: [&Step<'_>; 6] = [
        &lists,
        &constraints,
        &|asked, control| evidence(asked, control, age),
        &|asked, control| grounding(asked, control, age),
        &rates,
        &budgets,
    ];
    for step in steps {
        controls.iter().for_each(|control| step(asked, control));
    }
    // Nobody is asked to approve what is denied anyway.
    if asked.found.iter().all(|(effect, _)| *effect < Effect::Deny) {
        controls.iter().for_each(|control| approval(asked, control));
    }
}

fn uncovered(asked: &mut Asked<'_>) {
    let is_write = asked.request()["impact"] != "low";
    match asked.settings["uncovered"].as_str() {
        _ if asked.kind() == "mcp_request" => {}
        Some("deny") => asked.deny(None, None, "NO_POLICY"),
        Some("deny_writes") if is_write => asked.deny(None, None, "NO_POLICY_FOR_WRITE"),
        _ => {}
    }
}

fn lists(asked: &mut Asked<'_>, control: &Value) {
    let (spec, action) = (&control["spec"], asked.action());
    if any_glob(&spec["denied_actions"], action) {
        asked.deny(Some(control), Some("denied_actions"), "DENIED_ACTION");
    }
    let allowed = &spec["allowed_actions"];
    if !allowed.is_null() && !any_glob(allowed, action) {
        asked.deny(Some(control), Some("allowed_actions"), "NOT_IN_ALLOWLIST");
    }
}

/// The members of a map by action whose pattern matches.
fn matching<'v>(asked: &Asked<'_>, map: &'v Value) -> Vec<(&'v String, &'v Value)> {
    let members = map.as_object().into_iter().flatten();
    members
        .filter(|(pattern, _)| glob(pattern, asked.action()))
        .collect()
}

fn constraints(asked: &mut Asked<'_>, control: &Value) {
    let empty = serde_json::json!({});
    let args = &asked.request()["tool"]["args"];
    let args = if args.is_null() { &empty } else { args };
    for (_, schema) in matching(asked, &control["spec"]["argument_constraints"]) {
        if !is_valid(schema, args) {
            let (rule, code) = ("argument_constraints", "ARGUMENT_CONSTRAINT_VIOLATED");
            asked.deny(Some(control), Some(rule), code);
        }
    }
}

/// The records of this run of actions like these, and whether each is fresh.
fn records<'a>(asked: &Asked<'a>, actions: &[&str], age: Option<i128>) -> Vec<(&'a Value, bool)> {
    let mut found = Vec::new();
    for record in items(&asked.state["evidence"]) {
        let is_here = asked.run() == record["run"].as_str();
        if is_here
            && actions
                .iter()
                .any(|action| glob(action, text(&record["action"])))
        {
            let at = instant(text(&record["at"]));
            found.push((record, age.is_none_or(|age| at >= asked.now - age * NANOS)));
        }
    }
    found
}

fn evidence(asked: &mut Asked<'_>, control: &Value, age: Option<i128>) {
    let spec = &control["spec"];
    let requirements = matching(asked, &spec["evidence_requirements"]);
    let mut needs: Vec<(&str, Vec<&str>)> = Vec::new();
    for (_, actions) in &requirements {
        let each = strings(actions).into_iter();
        needs.extend(each.map(|action| ("evidence_requirements", vec![action])));
    }
    if requirements.is_empty() && any_glob(&spec["commit_actions"], asked.action()) {
        needs.push(("commit_actions", strings(&spec["evidence_actions"])));
    }
    for (rule, alternatives) in needs {
        let records = records(asked, &alternatives, age);
        let code = match records.iter().any(|(_, fresh)| *fresh) {
            _ if asked.is_without_state() => "STATE_UNAVAILABLE",
            true => continue,
            false if records.is_empty() => "MISSING_EVIDENCE",
            false => "STALE_EVIDENCE",
        };
        asked.deny(Some(control), Some(rule), code);
    }
}

fn grounding(asked: &mut Asked<'_>, control: &Value, age: Option<i128>) {
    let args = &asked.request()["tool"]["args"];
    for (_, fields) in matching(asked, &control["spec"]["grounding_rules"]) {
        for (field, source) in fields.as_object().into_iter().flatten() {
            let part = if source["source_from"] == "kwargs" {
                "args"
            } else {
                "result"
            };
            let is_from = |(record, fresh): &(&Value, bool)| {
                let there = dotted(&record[part], text(&source["source_field"]));
                let here = args.get(field);
                *fresh
                    && there
                        .zip(here)
                        .is_some_and(|(there, here)| equal(there, here))
            };
            let records = records(asked, &[text(&source["source_action"])], age);
            let code = match records.iter().any(is_from) {
                _ if asked.is_without_state() => "STATE_UNAVAILABLE",
                true => continue,
                false => "UNGROUNDED_ARGUMENT",
            };
            asked.deny(Some(control), Some("grounding_rules"), code);
        }
    }
}

fn rates(asked: &mut Asked<'_>, control: &Value) {
    for (pattern, limit) in matching(asked, &control["spec"]["rate_limits"]) {
        let name = [key(control), pattern, "agent", asked.agent()]
            .map(part)
            .join("/");
        let max = limit["max_count"].as_u64().unwrap_or(0);
        let fits = asked.fits(
            format!("rate/{name}"),
            max,
            seconds(&limit["window_seconds"]),
        );
        if asked.is_without_state() {
            asked.deny(Some(control), Some("rate_limits"), "STATE_UNAVAILABLE");
        } else if !fits {
            asked.deny(Some(control), Some("rate_limits"), "RATE_LIMITED");
        }
    }
}

fn budgets(asked: &mut Asked<'_>, control: &Value) {
    let spec = &control["spec"];
    let run = asked.run().map(|run| format!("run/{}", part(run)));
    let session = asked.call["session"]["id"].as_str();
    let session = session.map(|session| format!("session/{}", part(session)));
    let whole = [("run_budget", run.clone()), ("session_budget", session)];
    let whole = whole
        .into_iter()
        .map(|(rule, key)| (rule, key, &spec[rule]));
    let mut budgets: Vec<_> = whole.filter(|(_, _, limit)| !limit.is_null()).collect();
    for (pattern, limit) in matching(asked, &spec["action_budgets"]) {
        let key = run
            .as_ref()
            .map(|run| format!("{run}/action/{}", part(pattern)));
        budgets.push(("action_budgets", key, limit));
    }
    let eighty = serde_json::json!([80]);
    let given = &spec["budget_warning_thresholds"];
    let thresholds = items(if given.is_null() { &eighty } else { given });
    for (rule, key, limit) in budgets {
        let limit = micro_usd(limit);
        let Some(key) = key else {
            asked.deny(Some(control), Some(rule), "CONTEXT_MISSING");
            continue;
        };
        let before = asked.spent(key, limit);
        let after = before + asked.cost();
        let crosses = |percent: &Value| {
            let mark = limit * i128::from(percent.as_u64().unwrap_or(0));
            before * 100 < mark && mark <= after * 100
        };
        if asked.is_without_state() {
            asked.deny(Some(control), Some(rule), "STATE_UNAVAILABLE");
        } else if after > limit {
            asked.deny(Some(control), Some(rule), "BUDGET_EXCEEDED");
        } else if thresholds.iter().any(crosses) {
            asked.add(Effect::Allow, Some(control), Some(rule), "BUDGET_WARNING");
        }
    }
}

/// Whether one criterion holds; `None` when it is not given.
fn criterion(asked: &Asked<'_>, name: &str, given: &Value) -> Option<bool> {
    let request = asked.request();
    let tags = strings(&request["tags"]);
    let risk = text(&request["risk"]);
    Some(match name {
        _ if given.is_null() => return None,
        "actions" => any_glob(given, asked.action()),
        "tags" => tags.iter().any(|tag| any_glob(given, tag)),
        "risk_levels" => strings(given)
            .iter()
            .any(|level| level.eq_ignore_ascii_case(risk)),
        _ => asked.cost() >= micro_usd(given),
    })
}

/// The rule of a control that asks for an approval.
fn asks(asked: &Asked<'_>, spec: &Value) -> Option<String> {
    let criteria = ["actions", "tags", "risk_levels", "threshold_usd"];
    if spec["require_approval"] == true {
        let named = criteria.map(|name| (name, format!("approval_{name}")));
        let given = named
            .iter()
            .filter(|(_, field)| spec[field] != serde_json::json!([]));
        let holds =
            given.filter_map(|(name, field)| Some((field, criterion(asked, name, &spec[field])?)));
        let holds: Vec<(&String, bool)> = holds.collect();
        if holds.is_empty() {
            return Some("require_approval".to_owned());
        }
        if let Some((field, _)) = holds.iter().find(|(_, holds)| *holds) {
            return Some((*field).clone());
        }
    }
    let rules = items(&spec["approval_rules"]).iter().enumerate();
    let mut asking = rules.filter(|(_, rule)| {
        let given = criteria
            .iter()
            .filter_map(|name| criterion(asked, name, &rule[*name]));
        given.into_iter().all(|holds| holds)
    });
    let (number, rule) = asking.next()?;
    let unnamed = format!("approval_rules[{number}]");
    Some(rule["name"].as_str().unwrap_or(&unnamed).to_owned())
}

fn approval(asked: &mut Asked<'_>, control: &Value) {
    let Some(rule) = asks(asked, &control["spec"]) else {
        return;
    };
    if asked.is_without_state() {
        return asked.deny(Some(control), Some(&rule), "STATE_UNAVAILABLE");
    }
    let digest = digest(asked.request());
    let good = items(&asked.state["approvals"]).iter().find(|ticket| {
        ticket["policy"] == key(control)
            && ticket["identity"] == asked.agent()
            && ticket["tool"] == asked.action()
            && ticket["args_digest"] == digest.as_str()
            && instant(text(&ticket["expires_at"])) > asked.now
    });
    if let Some(ticket) = good {
        asked
            .lines
            .insert(format!("approval {}", text(&ticket["id"])));
        return;
    }
    let name = text(&control["metadata"]["name"]);
    asked
        .obligations
        .insert(format!("approval {name} {digest}"));
    asked.add(
        Effect::RequireApproval,
        Some(control),
        Some(&rule),
        "APPROVAL_REQUIRED",
    );
}
