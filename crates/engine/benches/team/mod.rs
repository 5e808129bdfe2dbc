//! What benches decide by, and about: the CEL policies of a small team, and a call of 1 KB.

use callgate_engine::CompiledRelease;
use callgate_model::Limits;
use callgate_release::{Build, CelEffect, Policy, Release, Settings};

const POLICIES: &[(CelEffect, &str)] = &[
    (CelEffect::Deny, r#"request.tool.name == "get-env""#),
    (
        CelEffect::Deny,
        r#"request.tool.name == "get-sum" && request.tool.args.a + request.tool.args.b > 1000000"#,
    ),
    (
        CelEffect::Deny,
        r#"has(task.context) && has(task.context.customer_id) && has(request.tool.args.customer_id) && task.context.customer_id != request.tool.args.customer_id"#,
    ),
    (
        CelEffect::Allow,
        r#"identity.labels.team == "support" && request.tool.name in ["echo", "get_issue", "add_comment"] || identity.labels.team == "engineering" && request.tool.name in ["echo", "get-sum"]"#,
    ),
];

/// A call of 1,024 bytes: a comment with a body of text.
pub fn call() -> String {
    let head = r#"{"identity":{"name":"support-bot","labels":{"team":"support","region":"eu"},"groups":["agents"]},"task":{"name":"ticket-4711","context":{"customer_id":"cus_123","priority":"high"}},"run":{"id":"run_1"},"request":{"kind":"tool_call","method":"tools/call","path":"/mcp","tool":{"name":"add_comment","args":{"issue":4711,"customer_id":"cus_123","labels":["a","b","c"],"notify":true,"body":""#;
    let tail = r#""}}}}"#;
    let body: String = "The customer confirmed that the export works again. "
        .chars()
        .cycle()
        .take(1024 - head.len() - tail.len())
        .collect();
    format!("{head}{body}{tail}")
}

pub fn release(limits: &Limits) -> Option<CompiledRelease> {
    let policy = |(number, (effect, expression)): (usize, &(CelEffect, &str))| {
        Policy::cel(format!("p{number}"), *effect, *expression)
    };
    let policies: Vec<Policy> = POLICIES.iter().enumerate().map(policy).collect();
    let build = Build {
        project: "bench",
        number: 1,
        settings: Settings::default(),
        policies: &policies,
        ..Build::default()
    };
    let release = Release::read(build.to_json().as_bytes(), limits).ok()?;
    CompiledRelease::compile(release, limits).ok()
}
