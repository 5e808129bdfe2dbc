//! DLP policies, and texts that set their detectors off.

use serde_json::{Map, Value, json};

use crate::choices::Choices;
use crate::detectors::TABLE;

use super::AGENTS;

/// Patterns of one's own. Of a name of a member they match all or nothing.
const PATTERNS: &[(&str, &str)] = &[
    ("digits", r"\d{16}"),
    ("mail", r"[a-z]+@[a-z]+\.io"),
    ("prefix", r"glpat-\w{8}"),
    ("keys", r"(?:AKIA|gl[a-z]{2,3}-)\w+"),
];
const KEYWORDS: &[&str] = &["salary", "is my"];
const SEVERITIES: &[&str] = &["LOW", "MEDIUM", "HIGH", "CRITICAL"];
const ACTIONS: &[&str] = &["deny", "flag", "record"];
const WAYS: &[&str] = &["request", "response", "both"];

/// The `spec` of a policy.
pub fn spec(choices: &mut Choices) -> Value {
    let mut patterns: Vec<Value> = choices.some(PATTERNS, 25).into_iter().map(pattern).collect();
    if choices.chance(25) {
        let words = [choices.some(KEYWORDS, 50), vec![choices.pick(KEYWORDS)]].concat();
        patterns.push(json!({"name": "words", "keywords": words}));
    }
    for pattern in &mut patterns {
        if choices.chance(50) {
            pattern["severity"] = json!(choices.pick(SEVERITIES));
        }
        if choices.chance(30) {
            pattern["on"] = json!(choices.pick(WAYS));
        }
    }
    let names = TABLE.iter().flat_map(|row| [row.name, row.class]);
    let own = patterns.iter().filter_map(|pattern| pattern["name"].as_str());
    let names: Vec<&str> = names.chain(own).chain(["custom"]).collect();
    let mut named = choices.some(&names, 12);
    named.push(choices.pick(&names));
    let changes = named.into_iter().map(|name| (name.to_owned(), change(choices)));
    let changes: Map<String, Value> = changes.collect();
    let mut spec = json!({"patterns": patterns, "detectors": changes});
    if choices.chance(30) {
        spec["looks_for"] = json!(choices.pick(&["all", "listed"]));
    }
    let severities = choices.some(SEVERITIES, 20).into_iter();
    let actions = severities.map(|severity| (severity.to_owned(), json!(choices.pick(ACTIONS))));
    spec["actions"] = Value::Object(actions.collect());
    if choices.chance(20) {
        let values = ["AKIAQ5ZXN7TRV2LWKH3M", "4539578763621486", "536-22-8124", "ann@corp.io"];
        spec["allow"] = json!([choices.pick(&values), "salary"]);
    }
    if choices.chance(20) {
        spec["redact"] = json!(choices.chance(50));
    }
    spec
}

fn pattern((name, regex): (&str, &str)) -> Value {
    json!({"name": name, "regex": regex})
}

/// What is different for a detector, a class or a pattern.
fn change(choices: &mut Choices) -> Value {
    if choices.chance(50) {
        return json!(choices.pick(&["off", "deny", "flag", "record"]));
    }
    let mut change = Map::new();
    let members = [("action", ACTIONS), ("severity", SEVERITIES), ("on", WAYS)];
    for (name, values) in members {
        if choices.chance(40) {
            change.insert(name.to_owned(), json!(choices.pick(values)));
        }
    }
    if choices.chance(30) {
        change.insert("off_for".to_owned(), json!([choices.pick(AGENTS)]));
    }
    Value::Object(change)
}

/// A text with up to three values that detectors find, and words around them.
pub fn text(choices: &mut Choices) -> String {
    let length = 1 + choices.below(3);
    let examples = TABLE.each_ref().map(|row| row.example);
    let parts = (0..length).map(|_| match choices.below(4) {
        0 => choices.pick(&["what is my salary", "nothing", "ssn"]),
        _ => choices.pick(&examples),
    });
    parts.collect::<Vec<_>>().join(choices.pick(&[" ", ", ", "\n"]))
}

/// Something with such texts, also as a number and as the name of a member.
pub fn value(choices: &mut Choices) -> Value {
    match choices.below(6) {
        0 => json!(4_539_578_763_621_486_u64),
        1 => json!([text(choices), {"id": text(choices)}]),
        2 => json!({choices.pick(&["ann@corp.io", "4539578763621486"]): text(choices)}),
        _ => json!(text(choices)),
    }
}
