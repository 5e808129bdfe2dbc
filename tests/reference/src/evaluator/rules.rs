//! RuleSet: every rule of every set that covers the call must hold.

use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};
use serde_json::Value;

use super::{Asked, Code, any_glob, glob};
use crate::values::{instant, items, join, key, micro_usd, number, seconds, strings, text};

pub fn judge(asked: &mut Asked<'_>) {
    for set in asked.applying("RuleSet") {
        for (place, rule) in items(&set["spec"]["rules"]).iter().enumerate() {
            let unnamed = format!("rules[{place}]");
            let name = rule["name"].as_str().unwrap_or(&unnamed);
            let code = match text(&rule["type"]) {
                "tool" if asked.has_tool => {
                    let codes = ["TOOL_DENIED", "TOOL_NOT_ALLOWED"];
                    listed(rule, asked.action, codes)
                }
                "data_access" if asked.has_tool => {
                    for resource in items(&rule["resources"]) {
                        let code = data_access(asked, rule, resource);
                        asked.deny(set, name, code);
                    }
                    None
                }
                "rate" => rate(asked, set, name, rule),
                "cost" => cost(asked, set, rule),
                "time" if rule["windows"].is_null() => run_age(asked, rule),
                "time" => windows(asked, rule),
                "output" => {
                    let obligation = format!("output {}", text(&set["metadata"]["name"]));
                    asked.outcome.obligations.insert(obligation);
                    None
                }
                _ => None,
            };
            asked.deny(set, name, code);
        }
    }
}

/// What the lists of a rule say about one name.
fn listed(rule: &Value, name: &str, codes: [&'static str; 2]) -> Code {
    let is_allowed = rule["allow"].is_null() || any_glob(&rule["allow"], name);
    match any_glob(&rule["deny"], name) {
        true => Some(codes[0]),
        false => (!is_allowed).then_some(codes[1]),
    }
}

fn data_access(asked: &Asked<'_>, rule: &Value, resource: &Value) -> Code {
    let codes = ["RESOURCE_DENIED", "RESOURCE_NOT_ALLOWED"];
    let judge = |value: &Value| match value {
        Value::String(text) => listed(rule, text, codes),
        Value::Number(number) => listed(rule, &number.to_string(), codes),
        _ => Some("RESOURCE_MISSING"),
    };
    let value = asked.request["tool"]["args"].pointer(text(&resource["arg"]));
    match value {
        _ if !glob(text(&resource["tool"]), asked.action) => None,
        Some(Value::Array(list)) if !list.is_empty() => list.iter().find_map(judge),
        value => judge(value.unwrap_or(&Value::Null)),
    }
}

fn rate(asked: &mut Asked<'_>, set: &Value, name: &str, rule: &Value) -> Code {
    let window = match text(&rule["per"]) {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => seconds(&rule["window_seconds"]),
    };
    let (by, who) = match rule["by"].as_str().unwrap_or("agent") {
        "tool" => ("tool", asked.action),
        "tenant" => ("tenant", ""),
        by => (by, asked.agent),
    };
    let counter = join(&["rate", key(set), name, by, who]);
    asked.count(&counter, number(&rule["max"]), window)
}

fn cost(asked: &mut Asked<'_>, set: &Value, rule: &Value) -> Code {
    let today = local(asked.now, "UTC").date().to_string();
    let spent = match text(&rule["per"]) {
        "run" => asked.run.map(|run| join(&["run", run])),
        "agent" => Some(join(&["agent", asked.agent])),
        _ => Some(join(&["day", key(set), &today])),
    };
    let max = micro_usd(&rule["max_usd"]);
    asked.spend(spent, max, "COST_EXCEEDED").1
}

fn run_age(asked: &Asked<'_>, rule: &Value) -> Code {
    let counted = &asked.state["runs"][asked.run.unwrap_or_default()]["started_at"];
    let claimed = &asked.call["run"]["started_at"];
    let known = [counted, claimed].into_iter().filter_map(Value::as_str);
    let is_old = |began| began < asked.now - seconds(&rule["max_seconds"]);
    match known.map(instant).min() {
        None => Some("CONTEXT_MISSING"),
        Some(began) => is_old(began).then_some("RUN_TOO_OLD"),
    }
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
fn is_inside(window: &Value, here: &Zoned) -> bool {
    let now = here.strftime("%H:%M").to_string();
    let (from, to) = (text(&window["from"]), text(&window["to"]));
    let (has_begun, is_over) = (from <= now.as_str(), to <= now.as_str());
    let is_day = |date: Date| {
        let day = date.strftime("%a").to_string().to_lowercase();
        window["days"].is_null() || strings(&window["days"]).contains(&day.as_str())
    };
    let (today, yesterday) = (here.date(), here.date().yesterday());
    match from < to {
        true => is_day(today) && has_begun && !is_over,
        false => is_day(today) && has_begun || yesterday.is_ok_and(is_day) && !is_over,
    }
}

fn local(seconds: i64, zone: &str) -> Zoned {
    let instant = Timestamp::from_second(seconds).unwrap_or_default();
    instant.to_zoned(TimeZone::get(zone).unwrap_or(TimeZone::UTC))
}
