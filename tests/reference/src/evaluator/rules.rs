//! RuleSet: every rule of every set that covers the call must hold.

use serde_json::Value;

use super::{Asked, Code};
use crate::values::{Local, any_glob, glob, instant, items, join, key, local, micro_usd, name};
use crate::values::{number, seconds, strings, text};

pub fn judge(asked: &mut Asked<'_>) {
    let has_tool = asked.kind == "tool_call" || asked.request["tool"]["name"].is_string();
    for set in asked.applying("RuleSet") {
        for (place, rule) in items(&set["spec"]["rules"]).iter().enumerate() {
            let unnamed = format!("rules[{place}]");
            let field = rule["name"].as_str().unwrap_or(&unnamed);
            let code = match text(&rule["type"]) {
                "tool" | "data_access" if !has_tool => None,
                "tool" => listed(rule, asked.action, ["TOOL_DENIED", "TOOL_NOT_ALLOWED"]),
                "data_access" => data_access(asked, set, field, rule),
                "rate" => rate(asked, set, field, rule),
                "cost" => cost(asked, set, rule),
                "time" if rule["windows"].is_null() => run_age(asked, rule),
                "time" => windows(asked, rule),
                _ => {
                    asked.outcome.obligations.insert(format!("output {}", name(set)));
                    None
                }
            };
            asked.deny(set, field, code);
        }
    }
}

/// What the lists of a rule say about one name.
fn listed(rule: &Value, name: &str, codes: [&'static str; 2]) -> Code {
    let is_allowed = rule["allow"].is_null() || any_glob(&rule["allow"], name);
    let is_denied = any_glob(&rule["deny"], name);
    is_denied.then_some(codes[0]).or((!is_allowed).then_some(codes[1]))
}

fn data_access(asked: &mut Asked<'_>, set: &Value, field: &str, rule: &Value) -> Code {
    let codes = ["RESOURCE_DENIED", "RESOURCE_NOT_ALLOWED"];
    let judge = |value: &Value| match value {
        Value::String(text) => listed(rule, text, codes),
        Value::Number(number) => listed(rule, &number.to_string(), codes),
        _ => Some("RESOURCE_MISSING"),
    };
    for resource in items(&rule["resources"]) {
        let code = match asked.request["tool"]["args"].pointer(text(&resource["arg"])) {
            _ if !glob(text(&resource["tool"]), asked.action) => None,
            Some(Value::Array(list)) if !list.is_empty() => list.iter().find_map(judge),
            value => judge(value.unwrap_or(&Value::Null)),
        };
        asked.deny(set, field, code);
    }
    None
}

fn rate(asked: &mut Asked<'_>, set: &Value, field: &str, rule: &Value) -> Code {
    let units = [("minute", 60), ("hour", 3_600), ("day", 86_400)];
    let unit = units.iter().find(|(unit, _)| rule["per"] == *unit);
    let window = unit.map_or(seconds(&rule["window_seconds"]), |(_, window)| *window);
    let (by, who) = match rule["by"].as_str().unwrap_or("agent") {
        "tool" => ("tool", asked.action),
        "tenant" => ("tenant", ""),
        by => (by, asked.agent),
    };
    let counter = join(&["rate", key(set), field, by, who]);
    asked.count(&counter, number(&rule["max"]), window)
}

fn cost(asked: &mut Asked<'_>, set: &Value, rule: &Value) -> Code {
    let account = match text(&rule["per"]) {
        "run" => asked.run.map(|run| join(&["run", run])),
        "agent" => Some(join(&["agent", asked.agent])),
        _ => Some(join(&["day", key(set), &local(asked.now, "UTC").date])),
    };
    asked.spend(account, micro_usd(&rule["max_usd"]), "COST_EXCEEDED").1
}

fn run_age(asked: &Asked<'_>, rule: &Value) -> Code {
    let counted = &asked.state["runs"][asked.run.unwrap_or_default()]["started_at"];
    let known = [counted, &asked.call["run"]["started_at"]].into_iter().filter_map(Value::as_str);
    let Some(began) = known.map(instant).min() else { return Some("CONTEXT_MISSING") };
    (began < asked.now - seconds(&rule["max_seconds"])).then_some("RUN_TOO_OLD")
}

/// 2020 to 2060: what the tables of a release span.
const ZONES_KNOWN: std::ops::Range<i64> = 1_577_836_800..2_840_140_800;

fn windows(asked: &Asked<'_>, rule: &Value) -> Code {
    let mut code = Some("OUTSIDE_WINDOW");
    for window in items(&rule["windows"]) {
        let zone = window["timezone"].as_str().unwrap_or("UTC");
        if zone != "UTC" && !ZONES_KNOWN.contains(&asked.now) {
            code = Some("ZONE_UNKNOWN");
        } else if is_inside(window, &local(asked.now, zone)) {
            return None;
        }
    }
    code
}

/// Times of day are `HH:MM`, and compare as texts.
fn is_inside(window: &Value, here: &Local) -> bool {
    let has = |day: &str| window["days"].is_null() || strings(&window["days"]).contains(&day);
    let (from, to, now) = (text(&window["from"]), text(&window["to"]), here.clock.as_str());
    match from < to {
        true => has(&here.day) && from <= now && now < to,
        false => has(&here.day) && from <= now || has(&here.yesterday) && now < to,
    }
}
