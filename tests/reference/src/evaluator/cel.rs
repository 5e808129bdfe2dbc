//! CelPolicy. The `cel` crate evaluates; faults are all alike.

use serde_json::{Value, json};

use super::{Asked, Effect};
use crate::values::{is_true, lay_over, members, text};

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
        let value = is_true(text(&policy["spec"]["expression"]), &seen);
        is_granted |= is_allow && value == Some(true);
        let (effect, code) = match (is_allow, value) {
            (false, Some(true)) => (Effect::Deny, "CEL_DENY_MATCHED"),
            (true, Some(false)) if !any => (Effect::Deny, "CEL_ALLOW_NOT_MET"),
            (_, Some(_)) => continue,
            (true, None) if any => (Effect::Allow, "CEL_ERROR"),
            (_, None) => (Effect::Deny, "CEL_ERROR"),
        };
        asked.outcome.add(effect, policy, "", code);
    }
    asked.deny(&Value::Null, "", (any && !is_granted).then_some("CEL_NO_ALLOW_MATCHED"));
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
    if seen["request"].get("cost_usd").is_some() {
        seen["request"]["cost_usd"] = json!(asked.cost as f64 / 1e6);
    }
    seen
}
