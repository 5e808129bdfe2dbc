//! RuleSet: every rule of every set that covers the call must hold.

use serde_json::Value;

use super::values::resources;
use super::{
    Asked, NANOS, any_glob, glob, instant, items, micro_usd, part, seconds, strings, text,
};

pub fn judge(asked: &mut Asked<'_>) {
    for set in asked.applying("RuleSet") {
        for (number, rule) in items(&set["spec"]["rules"]).iter().enumerate() {
            let unnamed = format!("rules[{number}]");
            let name = rule["name"].as_str().unwrap_or(&unnamed);
            for code in violations(asked, set, name, rule) {
                asked.deny(Some(set), Some(name), code);
            }
        }
    }
}

fn violations(asked: &mut Asked<'_>, set: &Value, name: &str, rule: &Value) -> Vec<&'static str> {
    let has_context = rule["per"] != "run" || asked.run().is_some();
    let needs_state = rule["type"] == "rate" || rule["type"] == "cost" && has_context;
    if needs_state && asked.is_without_state() {
        return vec!["STATE_UNAVAILABLE"];
    }
    let code = match text(&rule["type"]) {
        "tool" => tool(asked, rule),
        "data_access" => return data_access(asked, rule),
        "rate" => rate(asked, set, name, rule),
        "cost" => cost(asked, set, rule),
        "time" if rule["windows"].is_null() => run_age(asked, rule),
        "time" => windows(asked, rule),
        _ => {
            let policy = text(&set["metadata"]["name"]);
            asked.obligations.insert(format!("output {policy}"));
            None
        }
    };
    code.into_iter().collect()
}

/// What the lists of a rule say about one name.
fn listed(rule: &Value, name: &str) -> Option<bool> {
    if any_glob(&rule["deny"], name) {
        return Some(true);
    }
    let refused = !rule["allow"].is_null() && !any_glob(&rule["allow"], name);
    refused.then_some(false)
}

fn tool(asked: &Asked<'_>, rule: &Value) -> Option<&'static str> {
    if asked.is_without_tool() {
        return None;
    }
    listed(rule, asked.action()).map(|denied| match denied {
        true => "TOOL_DENIED",
        false => "TOOL_NOT_ALLOWED",
    })
}

fn data_access(asked: &Asked<'_>, rule: &Value) -> Vec<&'static str> {
    let mut codes = Vec::new();
    if asked.is_without_tool() {
        return codes;
    }
    let args = &asked.request()["tool"]["args"];
    for resource in items(&rule["resources"]) {
        if !glob(text(&resource["tool"]), asked.action()) {
            continue;
        }
        let names = resources(args.pointer(text(&resource["arg"]))).into_iter();
        let mut judged = names.filter_map(|name| match name.map(|name| listed(rule, &name)) {
            None => Some("RESOURCE_MISSING"),
            Some(Some(true)) => Some("RESOURCE_DENIED"),
            Some(Some(false)) => Some("RESOURCE_NOT_ALLOWED"),
            Some(None) => None,
        });
        codes.extend(judged.next());
    }
    codes
}

fn rate(asked: &mut Asked<'_>, set: &Value, name: &str, rule: &Value) -> Option<&'static str> {
    let window = match rule["per"].as_str() {
        Some("minute") => 60,
        Some("hour") => 3_600,
        Some("day") => 86_400,
        _ => seconds(&rule["window_seconds"]),
    };
    let who = match rule["by"].as_str().unwrap_or("agent") {
        "tool" => format!("tool/{}", part(asked.action())),
        "tenant" => "tenant/".to_owned(),
        by => format!("{by}/{}", part(asked.agent())),
    };
    let key = format!("rate/{}/{}/{who}", part(super::key(set)), part(name));
    let max = rule["max"].as_u64().unwrap_or(0);
    (!asked.fits(key, max, window)).then_some("RATE_LIMITED")
}

fn cost(asked: &mut Asked<'_>, set: &Value, rule: &Value) -> Option<&'static str> {
    let key = match text(&rule["per"]) {
        "run" => match asked.run() {
            Some(run) => format!("run/{}", part(run)),
            None => return Some("CONTEXT_MISSING"),
        },
        "agent" => format!("agent/{}", part(asked.agent())),
        _ => {
            let day = local(asked.now, "UTC").strftime("%Y-%m-%d").to_string();
            format!("day/{}/{day}", part(super::key(set)))
        }
    };
    let max = micro_usd(&rule["max_usd"]);
    (asked.spent(key, max) + asked.cost() > max).then_some("COST_EXCEEDED")
}

fn run_age(asked: &Asked<'_>, rule: &Value) -> Option<&'static str> {
    let counted = asked
        .run()
        .and_then(|run| asked.state["runs"][run]["started_at"].as_str());
    let claimed = asked.call["run"]["started_at"].as_str();
    let Some(began) = counted.into_iter().chain(claimed).map(instant).min() else {
        return Some("CONTEXT_MISSING");
    };
    (began < asked.now - seconds(&rule["max_seconds"]) * NANOS).then_some("RUN_TOO_OLD")
}

/// 2020 and 2060: what the tables of a release span.
const KNOWN: (i128, i128) = (1_577_836_800 * NANOS, 2_840_140_800 * NANOS);

fn windows(asked: &Asked<'_>, rule: &Value) -> Option<&'static str> {
    let mut code = "OUTSIDE_WINDOW";
    for window in items(&rule["windows"]) {
        let zone = window["timezone"].as_str().unwrap_or("UTC");
        if zone != "UTC" && !(KNOWN.0..KNOWN.1).contains(&asked.now) {
            code = "ZONE_UNKNOWN";
            continue;
        }
        let here = local(asked.now, zone);
        let (from, to) = (minute(&window["from"]), minute(&window["to"]));
        let minute = i64::from(here.hour()) * 60 + i64::from(here.minute());
        let has = |day: jiff::civil::Weekday| {
            let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
            let name = names[usize::from(day.to_monday_zero_offset().unsigned_abs())];
            window["days"].is_null() || strings(&window["days"]).contains(&name)
        };
        let today = has(here.weekday());
        let inside = match to <= from {
            false => today && from <= minute && minute < to,
            true => today && from <= minute || has(here.weekday().previous()) && minute < to,
        };
        if inside {
            return None;
        }
    }
    Some(code)
}

fn minute(time: &Value) -> i64 {
    let (hours, minutes) = text(time).split_once(':').unwrap_or_default();
    hours.parse::<i64>().unwrap_or(0) * 60 + minutes.parse::<i64>().unwrap_or(0)
}

fn local(nanoseconds: i128, zone: &str) -> jiff::Zoned {
    let instant = jiff::Timestamp::from_nanosecond(nanoseconds).unwrap_or_default();
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    instant.to_zoned(zone)
}
