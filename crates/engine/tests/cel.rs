//! The CEL family: who refuses, with which code, and in which order.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use callgate_engine::{Active, CompiledRelease, Explain, Scratch, decide};
use callgate_json::Document;
use callgate_model::{Call, Effect, Limits, State, Timestamp};
use callgate_release::{
    AllowCombining, Build, CelEffect, DefaultAction, Level, Policy, Release, Scope, Settings,
};

const CALL: &str = r#"{"identity":{"name":"support-bot","labels":{"team":"support"},"groups":["humans"]},
    "request":{"tool":{"name":"get_issue","args":{"id":7,"big":123456789012345678901234567890}}}}"#;

fn policy(name: &str, effect: CelEffect, expression: &str) -> Policy {
    Policy::cel(name, effect, expression)
}

/// `deny` or `allow`, a colon, an expression: one policy a line.
fn policies(text: &str) -> Vec<Policy> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let read = |(number, line): (usize, &str)| {
        let (effect, expression) = line.split_once(':').unwrap();
        let effect = match effect {
            "deny" => CelEffect::Deny,
            _ => CelEffect::Allow,
        };
        policy(&format!("p{}", number + 1), effect, expression)
    };
    lines.enumerate().map(read).collect()
}

fn compile(policies: &[Policy], settings: Settings) -> CompiledRelease {
    let build = Build {
        project: "test",
        number: 1,
        settings,
        policies,
        ..Build::default()
    };
    let release = Release::read(build.to_json().as_bytes(), &Limits::default()).unwrap();
    CompiledRelease::compile(release, &Limits::default()).unwrap()
}

fn run(active: Active<'_>, call: &str, explain: Explain) -> String {
    let limits = Limits::default();
    let document = Document::parse(call.as_bytes(), &limits.json).unwrap();
    let call = Call::read(document.root()).unwrap();
    let now = Timestamp::default();
    let mut scratch = Scratch::new(&limits);
    let mut decision = decide(active, &call, &State::EMPTY, now, &mut scratch, explain);
    let goes_on = matches!(decision.record.decision, Effect::Allow | Effect::Flag);
    assert_eq!(
        decision.permit().is_some(),
        goes_on,
        "a permit and the decision agree"
    );
    decision.record.to_json()
}

/// Decision, deciding code and deciding policy.
fn check(policies_text: &str, combining: AllowCombining, expected: &str) {
    let settings = Settings {
        allow_combining: combining,
        ..Settings::default()
    };
    let release = compile(&policies(policies_text), settings);
    let short = run(Active::Release(&release), CALL, Explain::No);
    let long = run(Active::Release(&release), CALL, Explain::Yes);
    for record in [short, long] {
        assert_eq!(summary(&record), expected, "{policies_text}\n{record}");
    }
}

fn summary(record: &str) -> String {
    let document = Document::parse(record.as_bytes(), &Limits::default().json).unwrap();
    let text = |pointer: &str| {
        let value = document.root().pointer(pointer);
        value.and_then(|v| v.as_str()).unwrap_or("-").to_owned()
    };
    let decision = text("/decision");
    match text("/deciding/code").as_str() {
        "-" => decision,
        code => format!("{decision} {code} {}", text("/deciding/policy")),
    }
}

#[test]
fn all_combining_follows_the_table() {
    let cases = [
        ("deny: false\n allow: true", "ALLOW"),
        (
            "deny: request.tool.name == 'get_issue'\n allow: true",
            "DENY CEL_DENY_MATCHED p1",
        ),
        ("allow: true\n deny: true", "DENY CEL_DENY_MATCHED p2"),
        ("allow: false\n deny: true", "DENY CEL_DENY_MATCHED p2"),
        ("allow: true\n allow: false", "DENY CEL_ALLOW_NOT_MET p2"),
        (
            "deny: task.context.x == 1\n allow: true",
            "DENY CEL_ERROR p1",
        ),
        ("allow: task.context.x == 1", "DENY CEL_ERROR p1"),
        ("deny: has(task.context) && task.context.x == 1", "ALLOW"),
        ("deny: request.tool.args.id", "DENY CEL_ERROR p1"),
        ("deny: request.tool.args.big > 1", "DENY CEL_ERROR p1"),
        (
            "deny: request.tool.args.absent > 1 || true",
            "DENY CEL_DENY_MATCHED p1",
        ),
        ("deny: request.tool.args.absent > 1 && false", "ALLOW"),
        (
            "deny: false\n deny: 1/0 == 1\n deny: true",
            "DENY CEL_ERROR p2",
        ),
        (
            "allow: identity.labels.team == 'support'\n allow: identity.labels.team == 'engineering'",
            "DENY CEL_ALLOW_NOT_MET p2",
        ),
        ("allow: now == timestamp('1970-01-01T00:00:00Z')", "ALLOW"),
    ];
    for (policies, expected) in cases {
        check(policies, AllowCombining::All, expected);
    }
}

#[test]
fn any_combining_needs_one_grant() {
    let cases = [
        ("allow: false\n allow: true", "ALLOW"),
        ("allow: false\n allow: false", "DENY CEL_NO_ALLOW_MATCHED -"),
        ("allow: 1/0 == 1\n allow: true", "ALLOW"),
        (
            "allow: 1/0 == 1\n allow: false",
            "DENY CEL_NO_ALLOW_MATCHED -",
        ),
        ("allow: true\n deny: true", "DENY CEL_DENY_MATCHED p2"),
        ("allow: true\n deny: 1/0 == 1", "DENY CEL_ERROR p2"),
        // No grant at all: taking the last one away does not open the gate.
        ("deny: false", "DENY CEL_NO_ALLOW_MATCHED -"),
        ("", "DENY CEL_NO_ALLOW_MATCHED -"),
    ];
    for (policies, expected) in cases {
        check(policies, AllowCombining::Any, expected);
    }
}

#[test]
fn an_erroring_grant_is_reported() {
    let settings = Settings {
        allow_combining: AllowCombining::Any,
        ..Settings::default()
    };
    let release = compile(&policies("allow: 1/0 == 1\n allow: true"), settings);
    let record = run(Active::Release(&release), CALL, Explain::No);
    assert!(record.contains(r#"{"code":"CEL_ERROR","error":{"code":"divide_by_zero","from":1,"to":4},"policy":"p1"}"#), "{record}");
}

#[test]
fn a_policy_outside_its_scope_says_nothing() {
    let cases = [
        (Level::Agent, "support-bot", true),
        (Level::Agent, "support", false),
        (Level::Group, "humans", true),
        (Level::Group, "robots", false),
        // The call does not say its run or mission: it may be this one.
        (Level::Run, "r1", true),
        (Level::Mission, "m1", true),
    ];
    for (level, target, covered) in cases {
        let mut policy = policy("scoped", CelEffect::Deny, "true");
        policy.scope = Scope {
            level,
            targets: vec![target.to_owned()],
        };
        let release = compile(&[policy], Settings::default());
        let record = run(Active::Release(&release), CALL, Explain::No);
        assert_eq!(
            summary(&record).starts_with("DENY"),
            covered,
            "{level:?} {target}"
        );
    }
    // Under `any` an allow for somebody else is no grant.
    let mut policy = policy("other", CelEffect::Allow, "true");
    policy.scope = Scope {
        level: Level::Agent,
        targets: vec!["other-bot".to_owned()],
    };
    let settings = Settings {
        allow_combining: AllowCombining::Any,
        ..Settings::default()
    };
    let release = compile(&[policy], settings);
    let record = run(Active::Release(&release), CALL, Explain::No);
    assert_eq!(summary(&record), "DENY CEL_NO_ALLOW_MATCHED -");
}

#[test]
fn without_a_release_the_default_action_decides() {
    let deny = Active::None {
        default_action: DefaultAction::Deny,
    };
    let allow = Active::None {
        default_action: DefaultAction::Allow,
    };
    assert_eq!(
        summary(&run(deny, CALL, Explain::No)),
        "DENY NO_ACTIVE_RELEASE -"
    );
    assert_eq!(summary(&run(allow, CALL, Explain::No)), "ALLOW");
    let anonymous = r#"{"request":{"tool":{"name":"x"}}}"#;
    assert_eq!(
        summary(&run(allow, anonymous, Explain::No)),
        "DENY UNAUTHENTICATED -"
    );
}

#[test]
fn mcp_messages_pass_by_their_method() {
    let release = compile(
        &policies("allow: request.tool.name == 'x'"),
        Settings::default(),
    );
    let call = |method: &str| {
        format!(
            r#"{{"identity":{{"name":"a"}},"request":{{"kind":"mcp_request","method":"{method}"}}}}"#
        )
    };
    let judge = |method: &str| summary(&run(Active::Release(&release), &call(method), Explain::No));
    assert_eq!(judge("initialize"), "ALLOW");
    assert_eq!(judge("tools/list"), "ALLOW");
    assert_eq!(judge("resources/read"), "DENY METHOD_NOT_ALLOWED -");
    assert_eq!(judge("tools/call"), "DENY METHOD_NOT_ALLOWED -");
    assert_eq!(judge("nonsense"), "DENY METHOD_NOT_ALLOWED -");
}

#[test]
fn a_listed_method_is_still_judged_by_deny_policies() {
    let settings = || Settings {
        mcp_methods: vec!["resources/*".to_owned()],
        ..Settings::default()
    };
    let call =
        r#"{"identity":{"name":"a"},"request":{"kind":"mcp_request","method":"resources/read"}}"#;
    let cases = [
        ("allow: false", "ALLOW"),
        (
            "deny: request.method == 'resources/read'",
            "DENY CEL_DENY_MATCHED p1",
        ),
        (
            "deny: request.kind == 'tool_call' && request.tool.name == 'x'",
            "ALLOW",
        ),
        ("deny: request.tool.name == 'x'", "DENY CEL_ERROR p1"),
    ];
    for (text, expected) in cases {
        let release = compile(&policies(text), settings());
        let record = run(Active::Release(&release), call, Explain::No);
        assert_eq!(summary(&record), expected, "{text}");
    }
}

#[test]
fn a_run_that_says_its_name_is_judged_by_its_own_policies() {
    let mut policy = policy("scoped", CelEffect::Deny, "true");
    policy.scope = Scope {
        level: Level::Run,
        targets: vec!["r1".to_owned()],
    };
    let release = compile(&[policy], Settings::default());
    for (run_id, expected) in [("r1", "DENY CEL_DENY_MATCHED scoped"), ("r2", "ALLOW")] {
        let call = format!(
            r#"{{"identity":{{"name":"a"}},"run":{{"id":"{run_id}"}},"request":{{"tool":{{"name":"x"}}}}}}"#
        );
        let record = run(Active::Release(&release), &call, Explain::No);
        assert_eq!(summary(&record), expected);
    }
}

#[test]
fn nobody_misses_a_grant_that_nobody_asked_for() {
    let settings = Settings {
        allow_combining: AllowCombining::Any,
        ..Settings::default()
    };
    let release = compile(&policies("allow: true\ndeny: true"), settings);
    let short = run(Active::Release(&release), CALL, Explain::No);
    assert!(short.contains("CEL_DENY_MATCHED"), "{short}");
    assert!(!short.contains("CEL_NO_ALLOW_MATCHED"), "{short}");
}

/// The tool's name rules the policy out; only the explanation evaluates it, and runs out of memory.
#[test]
fn what_the_index_rules_out_decides_nothing_when_explained() {
    let text = "deny: size([1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16].map(a, [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16].map(b, request.tool.args.a + request.tool.args.a))) > 0 && request.tool.name == 'other'";
    let release = compile(&policies(text), Settings::default());
    let call = format!(
        r#"{{"identity":{{"name":"a"}},"request":{{"tool":{{"name":"x","args":{{"a":"{}"}}}}}}}}"#,
        "x".repeat(100_000)
    );
    for explain in [Explain::No, Explain::Yes] {
        let record = run(Active::Release(&release), &call, explain);
        assert_eq!(summary(&record), "ALLOW");
    }
}

#[test]
fn explaining_changes_no_decision_and_shows_no_megabytes() {
    let text = "allow: size(request.tool.args.a + request.tool.args.a + request.tool.args.a) > 0\n"
        .repeat(2);
    let release = compile(&policies(&text), Settings::default());
    let call = format!(
        r#"{{"identity":{{"name":"a"}},"request":{{"tool":{{"name":"x","args":{{"a":"{}"}}}}}}}}"#,
        "x".repeat(300_000)
    );
    let short = run(Active::Release(&release), &call, Explain::No);
    let long = run(Active::Release(&release), &call, Explain::Yes);
    assert_eq!(summary(&short), "ALLOW");
    assert_eq!(summary(&long), "ALLOW");
    assert!(long.contains(r#""outcome":"left out""#));
    assert!(long.len() < 10_000, "{} bytes", long.len());
}

#[test]
fn used_up_budgets_deny_with_their_own_codes() {
    let hungry = "deny: [1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, [1,2,3,4,5,6,7,8,9].all(c, [1,2,3,4,5,6,7,8,9].all(d, [1,2,3,4,5,6,7,8,9].all(e, [1,2,3,4,5,6,7,8,9].all(f, [1,2,3,4,5,6,7,8,9].all(g, request.tool.args.id + a+b+c+d+e+f+g > 0)))))))";
    check(hungry, AllowCombining::All, "DENY GAS_EXHAUSTED p1");
    let fat = "deny: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16].map(a, [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16].map(b, [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16].map(c, [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16].map(d, [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16].map(e, request.tool.name)))))  == []";
    let release = compile(&policies(fat), Settings::default());
    let summary = summary(&run(Active::Release(&release), CALL, Explain::No));
    assert_eq!(summary, "DENY MEMORY_EXHAUSTED p1");
}

#[test]
fn the_record_is_canonical_and_complete() {
    let release = compile(
        &policies("deny: request.tool.args.id == 7\n allow: true"),
        Settings::default(),
    );
    let record = run(Active::Release(&release), CALL, Explain::Yes);
    let document = Document::parse(record.as_bytes(), &Limits::default().json).unwrap();
    assert_eq!(
        callgate_json::canonical::to_string(document.root()),
        record,
        "keys are sorted"
    );
    let digest = release.reference().digest;
    let expected = format!(
        r#"{{"deciding":{{"code":"CEL_DENY_MATCHED","policy":"p1","rule":null}},"decision":"DENY","delta":{{}},"exceptions":[],"findings":[],"gas":4,"obligations":[],"reasons":[{{"code":"CEL_DENY_MATCHED","policy":"p1"}}],"release":{{"digest":"{digest}","number":1}},"remediation":{{"argument_violations":[],"missing_requirements":[],"reason_code":"CEL_DENY_MATCHED","recoverable":false,"required_prior_actions":[],"retry_after_seconds":null}},"status":"DENIED"}}"#
    );
    assert_eq!(run(Active::Release(&release), CALL, Explain::No), expected);
    let part = r#"{"from":1,"outcome":"value","to":21,"value":7}"#;
    assert!(record.contains(part), "{record}");
}

#[test]
fn sorting_what_has_no_order_is_an_error_and_never_a_panic() {
    let release = compile(
        &policies("deny: request.tool.args.l.map(x, double(x)).sort() == []"),
        Settings::default(),
    );
    for size in [2, 21, 47, 200] {
        let items = (0..size).map(|n| match n % 3 {
            0 => "\"NaN\"".to_owned(),
            _ => format!("\"{}\"", (n * 7919) % 1000),
        });
        let items: Vec<String> = items.collect();
        let call = format!(
            r#"{{"identity":{{"name":"a"}},"request":{{"tool":{{"name":"x","args":{{"l":[{}]}}}}}}}}"#,
            items.join(",")
        );
        let record = run(Active::Release(&release), &call, Explain::No);
        assert_eq!(summary(&record), "DENY CEL_ERROR p1");
    }
}
