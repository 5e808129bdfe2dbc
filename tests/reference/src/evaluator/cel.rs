//! CelPolicy. The `cel` crate evaluates; faults are all alike, and `None`.

use cel::parser::PrattParser;
use serde_json::{Value, json};

use super::{Asked, Effect};
use crate::values::{members, micro_usd, text};

pub fn judge(asked: &mut Asked<'_>) {
    let any = asked.settings["allow_combining"] == "any";
    // Messages of MCP that are no calls need nobody's grant.
    let mut is_granted = asked.kind == "mcp_request";
    let seen = attributes(asked);
    let mut policies = asked.applying("CelPolicy");
    policies.retain(|policy| policy["spec"]["effect"] == "deny" || !is_granted);
    policies.sort_by_key(|policy| policy["spec"]["effect"] == "allow");
    for policy in policies {
        let is_allow = policy["spec"]["effect"] == "allow";
        let value = value(text(&policy["spec"]["expression"]), &seen);
        is_granted |= is_allow && value == Some(true);
        let (effect, code) = match (is_allow, value) {
            (false, Some(true)) => (Effect::Deny, "CEL_DENY_MATCHED"),
            (true, Some(false)) if !any => (Effect::Deny, "CEL_ALLOW_NOT_MET"),
            (_, Some(_)) => continue,
            (true, None) if any => (Effect::Allow, "CEL_ERROR"),
            (_, None) => (Effect::Deny, "CEL_ERROR"),
        };
        asked.add(effect, policy, "", code);
    }
    let is_refused = any && !is_granted;
    asked.deny(&Value::Null, "", is_refused.then_some("CEL_NO_ALLOW_MATCHED"));
}

/// What expressions see: absent lists and maps of a part that is there are empty.
fn attributes(asked: &Asked<'_>) -> Value {
    let mut seen = json!({
        "identity": {"labels": {}, "groups": []},
        "task": {},
        "request": {"tool": {"args": {}}, "headers": {}, "prompt": [], "tags": []},
        "run": {},
    });
    if members(&asked.call["task"]).next().is_some() {
        seen["task"]["labels"] = json!({});
    }
    lay_over(&mut seen, asked.call);
    seen["request"]["kind"] = json!(asked.kind);
    if !asked.request["cost_usd"].is_null() {
        seen["request"]["cost_usd"] = json!(micro_usd(&asked.request["cost_usd"]) as f64 / 1e6);
    }
    seen
}

fn lay_over(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                lay_over(under.entry(name).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}

fn value(expression: &str, seen: &Value) -> Option<bool> {
    thread_local!(static FUNCTIONS: cel::Context<'static, 'static> = cel::Context::default());
    FUNCTIONS.with(|functions| {
        let mut context = functions.new_inner_scope();
        for (name, value) in members(seen) {
            context.add_variable(name, value).ok()?;
        }
        let expression =
            PrattParser::default().enable_optional_syntax(true).parse(expression).ok()?;
        match cel::Value::resolve(&expression, &context) {
            Ok(cel::Value::Bool(is_true)) => Some(is_true),
            _ => None,
        }
    })
}
