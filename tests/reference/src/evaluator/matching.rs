//! MatchPolicy: the first that matches acts.

use serde_json::{Value, json};

use super::{Asked, Effect};
use crate::values::{glob, items, members, regex, text};

pub fn judge(asked: &mut Asked<'_>) {
    let mut policies = asked.applying("MatchPolicy");
    policies.sort_by_key(|policy| policy["spec"]["priority"].as_i64());
    let matches = |p: &&Value| members(&p["spec"]["conditions"]).all(|(s, a)| holds(asked, s, a));
    let first = policies.into_iter().find(matches);
    let action = first.map_or(&asked.settings["match_default"], |p| &p["spec"]["action"]);
    let (effect, code) = match text(action) {
        "DENY" => (Effect::Deny, "MATCH_DENIED"),
        "FLAG" => (Effect::Flag, "MATCH_FLAGGED"),
        _ => return,
    };
    let code = if first.is_some() { code } else { "MATCH_DEFAULT" };
    asked.outcome.add(effect, first.unwrap_or(&Value::Null), "", code);
}

/// Whether a part of the call is as one of the alternatives says.
fn holds(asked: &Asked<'_>, subject: &str, alternatives: &Value) -> bool {
    let request = asked.request;
    let (value, bare) = match subject {
        "agent" => (&asked.call["identity"]["name"], "glob"),
        "kind" => (&json!(asked.kind), "glob"),
        "tool" => (&request["tool"]["name"], "glob"),
        "prompt" => (&request["prompt"], "contains"),
        "headers" => {
            let holds = |(name, list)| any(list, &request["headers"][name], "contains");
            return members(alternatives).all(holds);
        }
        part => (&request[part], "glob"),
    };
    any(alternatives, value, bare) || items(value).iter().any(|item| any(alternatives, item, bare))
}

fn any(alternatives: &Value, value: &Value, bare: &str) -> bool {
    let Some(name) = value.as_str() else { return false };
    match alternatives {
        Value::Array(list) => list.iter().any(|alternative| any(alternative, value, bare)),
        Value::String(part) => is_like(bare, part, name),
        matcher => members(matcher).any(|(how, part)| is_like(how, text(part), name)),
    }
}

fn is_like(how: &str, part: &str, name: &str) -> bool {
    match how {
        "equals" => name == part,
        "prefix" => name.starts_with(part),
        "suffix" => name.ends_with(part),
        "contains" => name.contains(part),
        "glob" => glob(part, name),
        _ => regex(part).is_match(name),
    }
}
