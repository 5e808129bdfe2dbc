//! MatchPolicy: the first that matches acts.

use serde_json::Value;

use super::{Asked, Effect, glob, items, strings, text};

pub fn judge(asked: &mut Asked<'_>) {
    let mut policies = asked.applying("MatchPolicy");
    policies.sort_by_key(|policy| policy["spec"]["priority"].as_i64());
    let first = policies
        .into_iter()
        .find(|policy| matches(asked, &policy["spec"]["conditions"]));
    let action = first.map_or(&asked.settings["match_default"], |p| &p["spec"]["action"]);
    let (effect, code) = match action.as_str() {
        Some("DENY") => (Effect::Deny, "MATCH_DENIED"),
        Some("FLAG") => (Effect::Flag, "MATCH_FLAGGED"),
        _ => return,
    };
    let code = first.map_or("MATCH_DEFAULT", |_| code);
    asked.add(effect, first, None, code);
}

fn matches(asked: &Asked<'_>, conditions: &Value) -> bool {
    let request = asked.request();
    let members = conditions.as_object().into_iter().flatten();
    members.into_iter().all(|(subject, alternatives)| {
        let texts: Vec<&str> = match subject.as_str() {
            "agent" => vec![asked.agent()],
            "kind" => vec![asked.kind()],
            "tool" => request["tool"]["name"].as_str().into_iter().collect(),
            "prompt" => strings(&request["prompt"]),
            "headers" => {
                let mut headers = alternatives.as_object().into_iter().flatten();
                return headers.all(|(name, alternatives)| {
                    let header: Vec<&str> = request["headers"][name].as_str().into_iter().collect();
                    any(alternatives, &header, true)
                });
            }
            part => request[part].as_str().into_iter().collect(),
        };
        any(alternatives, &texts, subject == "prompt")
    })
}

/// Whether any alternative matches any of the texts.
fn any(alternatives: &Value, texts: &[&str], bare_contains: bool) -> bool {
    let single = std::slice::from_ref(alternatives);
    let list = if alternatives.is_array() {
        items(alternatives)
    } else {
        single
    };
    let one = |alternative: &Value, name: &str| match alternative.as_str() {
        Some(part) if bare_contains => name.contains(part),
        Some(pattern) => glob(pattern, name),
        None => matcher(alternative, name),
    };
    list.iter()
        .any(|alternative| texts.iter().any(|name| one(alternative, name)))
}

fn matcher(alternative: &Value, name: &str) -> bool {
    let Some((how, value)) = alternative
        .as_object()
        .and_then(|object| object.iter().next())
    else {
        return false;
    };
    let value = text(value);
    match how.as_str() {
        "equals" => name == value,
        "prefix" => name.starts_with(value),
        "suffix" => name.ends_with(value),
        "contains" => name.contains(value),
        "glob" => glob(value, name),
        // The generator makes no other expressions than `part`, `^part`, `part$` and `^part$`.
        _ => {
            let part = value.trim_start_matches('^').trim_end_matches('$');
            match (value.starts_with('^'), value.ends_with('$')) {
                (true, true) => name == part,
                (true, false) => name.starts_with(part),
                (false, true) => name.ends_with(part),
                (false, false) => name.contains(part),
            }
        }
    }
}
