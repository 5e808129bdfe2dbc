//! What a list of tools shows: never what no call could do, and what some call could.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use callgate_engine::{CompiledRelease, Looking, Offer};
use callgate_json::Document;
use callgate_model::{Identity, Limits, Reader};
use callgate_release::{Build, Format, Project, Release, documents};
use serde_json::{Value, json};

fn release(settings: Value, policies: &[(&str, Value)]) -> CompiledRelease {
    let limits = Limits::default();
    let policies: Vec<Value> = policies
        .iter()
        .enumerate()
        .map(|(number, (kind, spec))| {
            let name = format!("p{number}");
            json!({ "apiVersion": "callgate/v1", "kind": kind, "metadata": { "name": name }, "spec": spec })
        })
        .collect();
    let read = documents::read(&json!(policies).to_string(), Format::Json, &limits);
    assert!(read.diagnostics.is_empty(), "{:?}", read.diagnostics);
    let policies: Vec<_> = read
        .policies
        .into_iter()
        .map(|found| found.policy)
        .collect();
    let project = json!({ "project": "test", "settings": settings }).to_string();
    let project = Document::parse(project.as_bytes(), &limits.json).unwrap();
    let build = Build {
        project: "test",
        number: 1,
        settings: Project::read(project.root()).unwrap().settings,
        policies: &policies,
        ..Build::default()
    };
    let release = Release::read(build.to_json().as_bytes(), &limits).unwrap();
    CompiledRelease::compile(release, &limits).unwrap()
}

fn offers(settings: Value, policies: &[(&str, Value)], tools: &[&str]) -> Vec<&'static str> {
    let release = release(settings, policies);
    let text = r#"{"name":"bot","labels":{"team":"support"},"groups":["agents"]}"#;
    let document = Document::parse(text.as_bytes(), &Limits::default().json).unwrap();
    let mut reader = Reader::default();
    let identity = Identity::read(&mut reader, document.root()).unwrap();
    let offer = |tool: &&str| release.offer(identity, tool, None).as_str();
    tools.iter().map(offer).collect()
}

fn cel(effect: &str, expression: &str) -> (&'static str, Value) {
    (
        "CelPolicy",
        json!({ "effect": effect, "expression": expression }),
    )
}

#[test]
fn methods_are_offered_as_the_release_lists_them_and_policies_have_it() {
    let deny = [cel("deny", r#"request.method == "prompts/get""#)];
    let depends = [cel(
        "deny",
        r#"request.method.startsWith("prompts/") && request.risk == "high""#,
    )];
    let listing = json!({ "mcp_methods": ["resources/read", "prompts/*"] });
    let cases: [(Value, &[_], [Offer; 3]); 4] = [
        (json!({}), &[], [Offer::Never, Offer::Never, Offer::Maybe]),
        (
            listing.clone(),
            &[],
            [Offer::Always, Offer::Always, Offer::Maybe],
        ),
        (
            listing.clone(),
            &deny,
            [Offer::Always, Offer::Never, Offer::Maybe],
        ),
        (
            listing,
            &depends,
            [Offer::Always, Offer::Maybe, Offer::Maybe],
        ),
    ];
    let document = Document::parse(br#"{"name":"bot"}"#, &Limits::default().json).unwrap();
    let identity = Identity::read(&mut Reader::default(), document.root()).unwrap();
    for (settings, policies, expected) in cases {
        let release = release(settings, policies);
        let looking = Looking::default();
        let methods = ["resources/read", "prompts/get", "tools/list"];
        let offers = methods.map(|method| release.offer_method(identity, method, None, &looking));
        assert_eq!(offers, expected, "{policies:?}");
    }
}

#[test]
fn without_policies_everything_is_offered() {
    assert_eq!(offers(json!({}), &[], &["a"]), ["always"]);
}

#[test]
fn expressions_are_evaluated_as_far_as_they_can_be() {
    let policies = [
        cel("deny", r#"request.tool.name == "drop""#),
        cel(
            "deny",
            r#"request.tool.name == "pay" && request.tool.args.amount > 10"#,
        ),
        cel(
            "allow",
            r#"identity.labels.team == "support" || request.tool.name == "ping""#,
        ),
        cel(
            "allow",
            r#"request.tool.name != "sell" || identity.labels.team == "sales""#,
        ),
    ];
    let tools = ["drop", "pay", "sell", "ping"];
    let expected = ["never", "maybe", "never", "always"];
    assert_eq!(offers(json!({}), &policies, &tools), expected);
}

#[test]
fn under_any_one_grant_is_enough_and_none_is_never() {
    let policies = [
        cel("allow", r#"request.tool.name == "a""#),
        cel(
            "allow",
            r#"request.tool.name == "b" && request.tool.args.n > 1"#,
        ),
        cel(
            "allow",
            r#"request.tool.name == "c" && identity.name == "else""#,
        ),
    ];
    let any = json!({ "allow_combining": "any" });
    let expected = ["always", "maybe", "never", "never"];
    assert_eq!(offers(any, &policies, &["a", "b", "c", "d"]), expected);
}

#[test]
fn an_expression_that_fails_for_every_call_offers_nothing() {
    let policies = [cel("deny", r#"identity.labels.absent == "x""#)];
    assert_eq!(offers(json!({}), &policies, &["a"]), ["never"]);
}

#[test]
fn rules_and_controls_refuse_by_name() {
    let rules =
        json!({ "rules": [{ "type": "tool", "allow": ["read_*", "write_*"], "deny": ["*_all"] }] });
    let control = json!({ "denied_actions": ["write_b"], "rate_limits": {} });
    let policies = [("RuleSet", rules), ("ControlPolicy", control)];
    let tools = ["read_a", "read_all", "drop", "write_b"];
    let expected = ["maybe", "never", "never", "never"];
    assert_eq!(offers(json!({}), &policies, &tools), expected);
}

#[test]
fn the_first_policy_that_surely_matches_decides_unless_one_before_it_may() {
    let matching = |priority: u64, action: &str, conditions: Value| {
        (
            "MatchPolicy",
            json!({ "priority": priority, "action": action, "conditions": conditions }),
        )
    };
    let policies = [
        matching(1, "ALLOW", json!({ "tool": ["known"] })),
        matching(
            2,
            "ALLOW",
            json!({ "tool": ["asked"], "prompt": ["please"] }),
        ),
        matching(3, "DENY", json!({ "tool": ["read"], "prompt": ["please"] })),
        matching(4, "DENY", json!({ "agent": ["b*"] })),
    ];
    let tools = ["known", "asked", "read", "other"];
    let expected = ["always", "maybe", "never", "never"];
    assert_eq!(offers(json!({}), &policies, &tools), expected);
}

#[test]
fn what_no_control_covers_is_offered_as_the_setting_says() {
    let policies = [cel("allow", "true")];
    let offered = |setting: &str| offers(json!({ "uncovered": setting }), &policies, &["a"]);
    assert_eq!(offered("deny"), ["never"]);
    assert_eq!(offered("deny_writes"), ["maybe"]);
    assert_eq!(offered("allow"), ["always"]);
    assert!(Offer::Never < Offer::Always);
}
