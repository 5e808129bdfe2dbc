//! DlpPolicy: what every detector finds in every text, and what every policy makes of that.

use std::cmp::Reverse;

use regex::Regex;
use serde_json::{Value, json};

use super::{Asked, Effect};
use crate::detectors::DETECTORS;
use crate::values::{items, members, regex, strings, text};

/// A row of the table, or a pattern of a policy.
struct Detector<'a> {
    name: &'a str,
    class: &'a str,
    severity: &'a str,
    percent: u8,
    form: Regex,
    /// For each policy that looks for it, how bad it finds it and what it asks for.
    stances: Vec<Option<(usize, Effect)>>,
}

type Found<'d> = (usize, usize, &'d Detector<'d>);

const SEVERITIES: [&str; 4] = ["LOW", "MEDIUM", "HIGH", "CRITICAL"];

pub fn judge(asked: &mut Asked<'_>) {
    let policies = asked.applying("DlpPolicy");
    let certain = policies.iter().filter(|policy| asked.covers(policy) == Some(true));
    let allowed: Vec<&str> = certain.flat_map(|policy| strings(&policy["spec"]["allow"])).collect();
    let detectors = detectors(asked, &policies);
    let look = |text: &str| look(&detectors, &allowed, text);
    let mut found = Vec::new();
    search(&look, &asked.request["tool"]["args"], "/request/tool/args", &mut found);
    search(&look, &asked.request["prompt"], "/request/prompt", &mut found);
    if asked.kind == "http_request" {
        search(&look, &asked.request["path"], "/request/path", &mut found);
    }
    for (path, (start, end, detector)) in &found {
        let worst = detector.stances.iter().flatten().map(|(severity, _)| *severity).max();
        let severity = SEVERITIES[worst.unwrap_or_default()];
        let finding = format!("{path} {start}..{end} {} {severity}", detector.name);
        asked.outcome.findings.push(finding);
    }
    for (place, policy) in policies.iter().enumerate() {
        let asks = found.iter().rev().filter_map(|(_, (_, _, detector))| {
            detector.stances[place].map(|(_, effect)| (effect, detector.name))
        });
        // The last of the greatest from behind: the first.
        match asks.max_by_key(|(effect, _)| *effect) {
            Some((Effect::Deny, rule)) => asked.deny(policy, rule, Some("DLP_BLOCKED")),
            Some((Effect::Flag, rule)) => asked.add(Effect::Flag, policy, rule, "DLP_WARNED"),
            _ => {}
        }
    }
}

/// Everything that somebody looks for, and that nobody who may has off.
fn detectors<'a>(asked: &Asked<'a>, policies: &[&'a Value]) -> Vec<Detector<'a>> {
    let mut detectors = Vec::new();
    let mut add = |mut detector: Detector<'a>, owner: Option<&Value>| {
        for policy in policies {
            let is_own = owner.is_none_or(|owner| std::ptr::eq(owner, *policy));
            let changes = [detector.name, detector.class].map(|name| change(policy, name));
            let is_off = changes.iter().any(|change| {
                change["action"] == "off" || strings(&change["off_for"]).contains(&asked.agent)
            });
            if is_own && is_off && asked.covers(policy) == Some(true) {
                return;
            }
            let stance = stance(&policy["spec"], &detector, &changes);
            detector.stances.push(stance.filter(|_| is_own && !is_off));
        }
        if detector.stances.iter().any(Option::is_some) {
            detectors.push(detector);
        }
    };
    for row in &DETECTORS {
        let (name, class, severity, percent) = (row.name, row.class, row.severity, row.percent);
        let form = Regex::clone(&row.form);
        add(Detector { name, class, severity, percent, form, stances: Vec::new() }, None);
    }
    for policy in policies {
        for pattern in items(&policy["spec"]["patterns"]).iter().filter(|p| p["on"] != "response") {
            // Keywords are words, in either case.
            let words = format!(r"(?i)\b({})\b", strings(&pattern["keywords"]).join("|"));
            let form = pattern["regex"].as_str().map(|regex| format!("({regex})"));
            let detector = Detector {
                name: text(&pattern["name"]),
                class: "custom",
                severity: pattern["severity"].as_str().unwrap_or("HIGH"),
                percent: 90,
                form: regex(&form.unwrap_or(words)),
                stances: Vec::new(),
            };
            add(detector, Some(policy));
        }
    }
    detectors
}

/// What a policy changes of a detector or a class.
fn change(policy: &Value, name: &str) -> Value {
    match &policy["spec"]["detectors"][name] {
        Value::String(action) => json!({"action": action}),
        change => change.clone(),
    }
}

/// How bad a policy finds it, and what it asks for; the first change that says something counts.
fn stance(spec: &Value, detector: &Detector<'_>, changes: &[Value; 2]) -> Option<(usize, Effect)> {
    let said = |member: &str| changes.iter().find_map(|change| change[member].as_str());
    let is_named = detector.class == "custom" || changes.iter().any(Value::is_object);
    let is_left = spec["looks_for"] == "listed" && !is_named || said("on") == Some("response");
    let severity = said("severity").unwrap_or(detector.severity);
    let action = said("action").or(spec["actions"][severity].as_str());
    let effect = match (action, severity) {
        (Some("deny"), _) | (None, "CRITICAL") => Effect::Deny,
        (Some("flag"), _) | (None, "HIGH" | "MEDIUM") => Effect::Flag,
        _ => Effect::Allow,
    };
    let rank = SEVERITIES.iter().position(|name| *name == severity)?;
    (!is_left).then_some((rank, effect))
}

/// What is found in a text, in its order, without what something else there makes superfluous.
fn look<'d>(detectors: &'d [Detector<'d>], allowed: &[&str], text: &str) -> Vec<Found<'d>> {
    let mut all: Vec<Found<'_>> = Vec::new();
    for detector in detectors {
        let values = detector.form.captures_iter(text).filter_map(|groups| groups.get(1));
        let values = values.filter(|value| !allowed.contains(&value.as_str()));
        all.extend(values.map(|value| (value.start(), value.end(), detector)));
    }
    all.sort_by_key(|(start, end, detector)| (*start, Reverse(*end), Reverse(detector.percent)));
    let mut kept: Vec<Found<'_>> = Vec::new();
    for inner in all {
        if !kept.iter().any(|outer| covers(outer, &inner)) {
            kept.push(inner);
        }
    }
    kept
}

/// Whether the first is as sure and around the second, for everybody who looks for the second.
fn covers((start, end, outer): &Found<'_>, (from, to, inner): &Found<'_>) -> bool {
    let mut stances = outer.stances.iter().zip(&inner.stances);
    let is_around = start <= from && to <= end && outer.percent >= inner.percent;
    is_around
        && stances.all(|stances| match stances {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some((_, asks)), Some((_, wanted))) => inner.class != "custom" || asks >= wanted,
        })
}

/// Looks through a value with all that is in it.
fn search<'d>(
    look: &dyn Fn(&str) -> Vec<Found<'d>>,
    value: &Value,
    path: &str,
    found: &mut Vec<(String, Found<'d>)>,
) {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    // Short numbers are nobody's.
    if value.is_string() || value.is_number() && text.len() >= 7 {
        found.extend(look(&text).into_iter().map(|found| (path.to_owned(), found)));
    }
    for (place, item) in items(value).iter().enumerate() {
        search(look, item, &format!("{path}/{place}"), found);
    }
    for (name, member) in members(value) {
        // Names are given away as a whole here.
        let there = look(name);
        let blank = there.iter().map(|(_, _, detector)| format!("[{}]", detector.name)).min();
        let path = format!("{path}/{}", blank.as_deref().unwrap_or(name));
        found.extend(there.into_iter().map(|found| (path.clone(), found)));
        search(look, member, &path, found);
    }
}
