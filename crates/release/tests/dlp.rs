//! DLP documents: what is wrong with them, where, and what they say when nothing is.

use callgate_detect::{Class, Direction, Severity};
use callgate_model::{Effect, Limits};
use callgate_release::spec::{DlpPolicy, Stance};
use callgate_release::{Build, Format, Policy, Release, Spec, documents};

const HEAD: &str = "apiVersion: callgate/v1\nkind: DlpPolicy\nmetadata: {name: leaks}\n";

/// `code line:column message | help`, a line each.
fn problems(spec: &str) -> String {
    let text = format!("{HEAD}spec:{spec}");
    let documents = documents::read(&text, Format::Yaml, &Limits::default());
    let lines = documents.diagnostics.iter().map(|diagnostic| {
        let start = diagnostic.span.map_or(0, |span| span.start);
        let place = callgate_json::Position::of(text.as_bytes(), start);
        let help = diagnostic.help.as_deref().unwrap_or("-");
        let (line, column) = (place.line, place.column);
        format!(
            "{} {line}:{column} {} | {help}\n",
            diagnostic.code, diagnostic.message
        )
    });
    lines.collect()
}

fn policy(spec: &str) -> Policy {
    let text = format!("{HEAD}spec:{spec}");
    let mut read = documents::read(&text, Format::Yaml, &Limits::default());
    assert_eq!(read.diagnostics, vec![]);
    read.policies.remove(0).policy
}

fn dlp(policy: &Policy) -> &DlpPolicy {
    match &policy.spec {
        Spec::Dlp(written) => &written.spec,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn every_problem_is_found_at_its_place() {
    let spec = "
  looks_for: al
  actions: { HIHG: deny, LOW: block }
  detectors:
    gitlab-pta: off
    iban: { action: off, severity: LOW }
    cloud: { severty: LOW, on: requests }
    email-address: yes
  patterns:
    - { name: a b, keywords: [] }
    - { name: iban, regex: 'x' }
    - { name: one, regex: '(?=x)', keywords: [x] }
    - { name: two, regex: '(?=x)' }
    - { name: two, keywords: ['  '] }
    - { regex: a, severity: High }
  allow: [1]
  alow: []
";
    let expected = "\
UNKNOWN_FIELD 20:3 unknown field `alow` in the `spec` of a DlpPolicy | did you mean `allow`?
UNKNOWN_VALUE 5:14 `looks_for` cannot be `al` | did you mean `all`?
";
    let found = problems(spec);
    assert!(found.starts_with(expected), "{found}");
    for line in [
        "UNKNOWN_FIELD 6:14 unknown field `HIHG` in `actions` | did you mean `HIGH`?",
        "UNKNOWN_VALUE 6:31 an action cannot be `block` | one of: deny, flag, record",
        "UNKNOWN_VALUE 8:5 there is no detector and no class `gitlab-pta` | did you mean `gitlab-pat`?",
        "WRONG_VALUE 9:11 what is off has nothing else to say | write `off` instead of the object",
        "UNKNOWN_FIELD 10:14 unknown field `severty` in an entry of `detectors` | did you mean `severity`?",
        "UNKNOWN_VALUE 10:32 `on` cannot be `requests` | did you mean `request`?",
        "UNKNOWN_VALUE 11:20 an action cannot be `yes` | one of: deny, flag, record, off",
        "WRONG_VALUE 13:15 the name of a pattern is 1 to 64 letters, digits, `-`, `_` and `.` | -",
        "WRONG_VALUE 13:30 a list of keywords needs one | -",
        "WRONG_VALUE 14:7 `iban` is the name of another detector | -",
        "WRONG_VALUE 15:7 a pattern has either `regex` or `keywords` | -",
        "WRONG_VALUE 16:27 the pattern cannot be used: RE2 does not read",
        "WRONG_VALUE 17:31 a keyword is not blank | -",
        "MISSING_FIELD 18:7 a pattern needs `name` | -",
        "UNKNOWN_VALUE 18:29 `severity` cannot be `High` | did you mean `HIGH`?",
        "WRONG_TYPE 19:11 each item of `allow` must be a string, not a number | -",
    ] {
        assert!(
            found.lines().any(|found| found.starts_with(line)),
            "{line}\n{found}"
        );
    }
}

#[test]
fn a_policy_that_looks_for_nothing_is_a_mistake() {
    assert!(problems(" {looks_for: listed}").contains("this policy looks for nothing"));
    for spec in [
        " {}",
        " {looks_for: listed, allow: [x]}",
        " {looks_for: listed, detectors: {iban: off}}",
    ] {
        assert_eq!(problems(spec), "", "{spec}");
    }
}

#[test]
fn a_release_keeps_what_its_author_wrote() {
    let policies = [policy(
        " {detectors: {iban: off}, patterns: [{name: t, regex: a+}], allow: [b, a]}",
    )];
    let build = Build {
        project: "dlp",
        number: 1,
        policies: &policies,
        ..Build::default()
    };
    let text = build.to_json();
    assert!(text.contains(r#""spec":{"allow":["b","a"],"detectors":{"iban":"off"},"patterns":[{"name":"t","regex":"a+"}]}"#));
    let release = Release::read(text.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(release.policies, policies);
}

#[test]
fn a_stance_is_that_of_the_detector_then_of_its_class_then_of_its_severity() {
    let policy = policy(
        "
  actions: { LOW: flag }
  detectors:
    source: { action: record, severity: LOW }
    gitlab-pat: { severity: HIGH, off_for: [ana] }
    github-pat: deny
    financial: { on: response }
",
    );
    let stance = |name, class, severity, agent| {
        dlp(&policy).stance((name, class, severity), agent, Direction::Request)
    };
    use Severity::{Critical, High, Low};
    let cases = [
        (
            stance("gitlab-pat", Class::Source, Critical, "bot"),
            Stance::Finds(High, Effect::Allow),
        ),
        (
            stance("gitlab-pat", Class::Source, Critical, "ana"),
            Stance::Off,
        ),
        (
            stance("github-pat", Class::Source, Critical, "bot"),
            Stance::Finds(Low, Effect::Deny),
        ),
        (
            stance("slack-bot-token", Class::Chat, Critical, "bot"),
            Stance::Finds(Critical, Effect::Deny),
        ),
        (
            stance("email-address", Class::Contact, Low, "bot"),
            Stance::Finds(Low, Effect::Flag),
        ),
        (stance("iban", Class::Financial, High, "bot"), Stance::None),
    ];
    for (number, (found, expected)) in cases.into_iter().enumerate() {
        assert_eq!(found, expected, "{number}");
    }
}
