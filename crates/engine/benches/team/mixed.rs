//! A release of 200 policies of every kind but DLP, a call of 4 KB that it allows, and states.

use callgate_engine::CompiledRelease;
use callgate_model::Limits;
use callgate_release::{Build, Format, Release, Settings, documents};
use serde_json::{Value, json};

/// Policies of each kind.
const EACH: usize = 50;

fn rules(number: usize) -> Value {
    json!({"rules": [
        {"type": "tool", "name": "tools", "allow": ["*"], "deny": [format!("drop_{number}"), "*__wipe"]},
        {"type": "data_access", "name": "files", "resources": [{"tool": "write_*", "arg": "/path"}],
         "allow": [format!("/srv/{number}/*")]},
        {"type": "rate", "name": "pace", "max": 1000, "per": "minute", "by": "caller"},
        {"type": "cost", "name": "spend", "max_usd": "50", "per": "day"},
        {"type": "time", "name": "age", "max_seconds": 3600},
    ]})
}

fn conditions(number: usize) -> Value {
    let key = format!("begin private key {number}");
    let orders = format!("(?i)ignore (all )?previous instructions {number}");
    json!({"priority": number, "action": "DENY", "conditions": {
        "prompt": [key, {"matches": orders}],
        "agent": ["*bot"],
    }})
}

fn control(number: usize) -> Value {
    let issue = json!({"type": "integer", "minimum": number});
    json!({
        "allowed_actions": ["post_*", format!("get_{number}"), "search"],
        "denied_actions": ["delete_*", format!("grant_{number}")],
        "argument_constraints": {"post_comment": {
            "type": "object", "required": ["issue"], "properties": {"issue": issue},
        }},
        "rate_limits": {"post_*": {"max_count": 1000, "window_seconds": 60}},
        "run_budget": "100",
    })
}

/// Every other one is about the tool that is called.
fn expression(number: usize) -> Value {
    let tool = ["post_comment", "other"][number % 2];
    let expression =
        format!("request.tool.name == \"{tool}\" && request.tool.args.issue < {number}");
    json!({"effect": "deny", "expression": expression})
}

/// The release, compiled.
pub fn release(dlp: bool, apart: usize, limits: &Limits) -> CompiledRelease {
    let text = text(dlp, apart, limits);
    let release = Release::read(text.as_bytes(), limits).expect("a release");
    CompiledRelease::compile(release, limits).expect("that compiles")
}

/// The release, with the DLP policy of all detectors where asked. One policy in `apart` covers the
/// call, the others are for other agents.
pub fn text(dlp: bool, apart: usize, limits: &Limits) -> String {
    let policy = |kind: &str, number: usize, spec: Value| {
        let name = format!("{kind}-{number}");
        let scope = match number % apart {
            0 => json!({"level": "tenant"}),
            _ => json!({"level": "agent", "targets": [format!("bot-{number}")]}),
        };
        json!({
            "apiVersion": "callgate/v1", "kind": kind, "metadata": {"name": name},
            "scope": scope, "spec": spec,
        })
    };
    let mut policies = Vec::new();
    for number in 0..EACH {
        policies.push(policy("CelPolicy", number, expression(number)));
        policies.push(policy("RuleSet", number, rules(number)));
        policies.push(policy("MatchPolicy", number, conditions(number)));
        policies.push(policy("ControlPolicy", number, control(number)));
    }
    if dlp {
        policies.push(policy("DlpPolicy", 0, json!({})));
    }
    let read = documents::read(&json!(policies).to_string(), Format::Json, limits);
    assert!(read.diagnostics.is_empty(), "{:?}", read.diagnostics);
    let policies: Vec<_> = (read.policies.into_iter())
        .map(|located| located.policy)
        .collect();
    let build = Build {
        project: "bench",
        number: 1,
        settings: Settings::default(),
        policies: &policies,
        ..Build::default()
    };
    build.to_json()
}

/// A call of 4,096 bytes: a comment whose text is half of it, and two prompts.
pub fn call() -> String {
    let head = r#"{"identity":{"name":"support-bot","labels":{"team":"support"}},"run":{"id":"run_1","started_at":"2026-05-04T11:59:00Z"},"request":{"kind":"tool_call","tool":{"name":"post_comment","args":{"issue":4711,"body":""#;
    let middle = r#""}},"prompt":["What does the customer of ticket 4711 want?",""#;
    let tail = r#""]}}"#;
    let text = "The customer confirmed that the export works again. "
        .chars()
        .cycle();
    let body: String = text.clone().take(2048).collect();
    let rest = 4096 - head.len() - middle.len() - tail.len() - body.len();
    let prompt: String = text.take(rest).collect();
    format!("{head}{body}{middle}{prompt}{tail}")
}

/// A state with so many counters of others.
pub fn state(counters: usize) -> String {
    let counter = |number: usize| {
        format!(
            r#""rate:RuleSet-9:pace:caller:bot-{number:04}":[{{"at":"2026-05-04T11:59:00Z","count":1}}]"#
        )
    };
    let counters: Vec<String> = (0..counters).map(counter).collect();
    format!(r#"{{"counters":{{{}}}}}"#, counters.join(","))
}
