//! Releases: one canonical form, one digest, refused whole when anything is off.

use callgate_json::{Document, canonical};
use callgate_model::{Limits, Timestamp};
use callgate_release::{
    AllowCombining, Build, CelEffect, CelPolicy, Policy, Release, Scope, Settings, Spec,
};

fn policy(name: &str, enabled: bool) -> Policy {
    Policy {
        name: name.to_owned(),
        id: Some("pol_1".to_owned()),
        description: "a \"quoted\" text".to_owned(),
        labels: vec![("owner".to_owned(), "sec".to_owned())],
        enabled,
        scope: Scope::tenant(),
        spec: Spec::Cel(CelPolicy {
            effect: CelEffect::Deny,
            expression: "request.tool.name == 'x'".to_owned(),
            message: Some("no".to_owned()),
        }),
    }
}

fn build(number: u64, policies: &[Policy]) -> String {
    let settings = Settings {
        allow_combining: AllowCombining::Any,
        mcp_methods: vec!["resources/*".to_owned()],
        ..Settings::default()
    };
    Build {
        project: "p",
        number,
        created_at: Timestamp::parse_rfc3339("2026-01-02T03:04:05Z"),
        author: "me",
        note: "first",
        settings,
        policies,
        zones: &[],
    }
    .to_json()
}

fn read(text: &str) -> Result<Release, Vec<String>> {
    let release = Release::read(text.as_bytes(), &Limits::default());
    release.map_err(|diagnostics| {
        let line = |d: callgate_model::Diagnostic| format!("{}: {}", d.code, d.message);
        diagnostics.into_iter().map(line).collect()
    })
}

#[test]
fn what_is_built_is_canonical_and_reads_back() {
    let policies = [policy("a", true), policy("off", false), policy("b", true)];
    let text = build(7, &policies);
    let document = Document::parse(text.as_bytes(), &Limits::default().json).unwrap();
    assert_eq!(canonical::to_string(document.root()), text);
    let release = read(&text).unwrap();
    let enabled: Vec<Policy> = policies.into_iter().filter(|p| p.enabled).collect();
    assert_eq!(release.policies, enabled, "order kept, disabled left out");
    assert_eq!((release.number, release.project.as_str()), (7, "p"));
    assert_eq!(release.settings.allow_combining, AllowCombining::Any);
    assert_eq!(release.settings.mcp_methods, ["resources/*"]);
    assert_eq!(
        (release.author.as_str(), release.note.as_str()),
        ("me", "first")
    );
}

#[test]
fn the_digest_covers_the_content_and_nothing_else() {
    let one = read(&build(1, &[policy("a", true)])).unwrap();
    let rollback = read(&build(9, &[policy("a", true)])).unwrap();
    let other = read(&build(1, &[policy("b", true)])).unwrap();
    assert_eq!(one.digest, rollback.digest, "a rollback has the old digest");
    assert_ne!(one.digest, other.digest);
    // The digest is recomputed from the bytes with public rules: RFC 8785 and SHA-256.
    let text = build(1, &[policy("a", true)]);
    let document = Document::parse(text.as_bytes(), &Limits::default().json).unwrap();
    let part = |name: &str| canonical::to_string(document.root().pointer(name).unwrap());
    let content = format!(
        r#"{{"dlp":null,"policies":{},"settings":{}}}"#,
        part("/policies"),
        part("/settings")
    );
    assert_eq!(callgate_model::Digest::of(content.as_bytes()), one.digest);
}

#[test]
fn a_release_that_is_off_is_refused_whole() {
    let text = build(1, &[policy("a", true)]);
    let cases = [
        (
            text.replace("'x'", "'y'"),
            "DIGEST_MISMATCH: `digest` is not that of the content",
        ),
        (
            text.replace("callgate-release/1", "callgate-release/2"),
            "UNKNOWN_VALUE: `format` cannot be `callgate-release/2`",
        ),
        (
            text.replace("\"number\":1", "\"number\":0"),
            "WRONG_VALUE: `number` must be an integer from 1 on",
        ),
        (
            text.replace("\"note\"", "\"nots\""),
            "UNKNOWN_FIELD: unknown field `nots` in a release",
        ),
        (
            text.replace("\"dlp\":null", "\"dlp\":{}"),
            "WRONG_VALUE: `dlp` must be null in this format",
        ),
        (
            text.replace("sha256:", "md5:"),
            "DIGEST_MISMATCH: `digest` is not that of the content",
        ),
        (
            text.replace("\"kind\":\"CelPolicy\"", "\"kind\":\"RuleTable\""),
            "UNKNOWN_VALUE: `kind` cannot be `RuleTable`",
        ),
        (
            text.replace("{\"author\"", "{\"author\":\"\",\"author\""),
            "JSON_DUPLICATE_KEY: duplicate object key",
        ),
        (
            text[..text.len() - 1].to_owned(),
            "JSON_UNEXPECTED_END: the text ends before the value does",
        ),
    ];
    for (text, expected) in cases {
        let errors = read(&text).unwrap_err();
        assert!(
            errors.iter().any(|e| e == expected),
            "{errors:?}, not {expected}"
        );
    }
}

#[test]
fn a_list_of_methods_takes_in_no_tool_call_and_not_everything() {
    let text = build(1, &[]);
    for pattern in ["*", "", "tools/*", "tool*", "tools/call", "re*es/*", "t*"] {
        let edited = text.replace("resources/*", pattern);
        let problems = read(&edited).expect_err(pattern);
        let expected = format!("WRONG_VALUE: `mcp_methods` cannot have `{pattern}`");
        assert!(problems.contains(&expected), "{problems:?}");
    }
}

#[test]
fn two_policies_of_one_name_are_refused() {
    let text = build(1, &[policy("a", true), policy("a", true)]);
    assert_eq!(
        read(&text).unwrap_err(),
        ["DUPLICATE_POLICY: two policies are named `a`"]
    );
}

#[test]
fn ten_thousand_policies_fit_and_one_more_does_not() {
    let many = |count: usize| -> Vec<Policy> {
        (0..count).map(|n| policy(&format!("p{n}"), true)).collect()
    };
    assert_eq!(
        read(&build(1, &many(10_000))).unwrap().policies.len(),
        10_000
    );
    assert_eq!(
        read(&build(1, &many(10_001))).unwrap_err(),
        ["LIMIT_POLICIES: more than 10000 policies"]
    );
}

#[test]
fn a_name_shows_all_it_has_and_a_message_is_a_paragraph() {
    let text = build(1, &[policy("plain", true)]);
    for name in [
        "a\u{200b}b",
        "a\u{202e}b",
        "\u{feff}a",
        "a\u{ad}b",
        "a\u{2028}b",
        "a\u{e0041}",
    ] {
        let problems = read(&text.replace("plain", name)).expect_err(name);
        let expected = "WRONG_VALUE: `name` must be 1 to 128 printable characters";
        assert!(problems.iter().any(|p| p == expected), "{problems:?}");
    }
    let long = text.replace(
        r#""message":"no""#,
        &format!(r#""message":"{}""#, "é".repeat(1_001)),
    );
    let problems = read(&long).expect_err("a page");
    assert!(
        problems
            .iter()
            .any(|p| p.contains("more than 1000 characters")),
        "{problems:?}"
    );
}

#[test]
fn a_scope_names_exactly_whom_it_is_for() {
    let text = build(1, &[policy("p", true)]);
    let scope = r#"{"level":"tenant","targets":[]}"#;
    for target in ["bot*", "*", "", " bot", "bot "] {
        let edited = text.replace(
            scope,
            &format!(r#"{{"level":"agent","targets":["{target}"]}}"#),
        );
        let problems = read(&edited).expect_err(target);
        assert!(
            problems.iter().any(|p| p.starts_with("WRONG_VALUE")),
            "{problems:?}"
        );
    }
}
