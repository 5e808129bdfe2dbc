//! What is said of a text: decoded places, configuration, bounds, and the printed table.

mod corpus;

use std::collections::BTreeSet;

use callgate_cel::Gas;
use callgate_detect::{
    Class, Config, Custom, CustomPattern, Detectors, Direction, Input, Limits, Override, Reach,
    ScanError, Severity, detectors, redact,
};
use callgate_model::Effect;
use corpus::form::{base64, base64url};
use corpus::{scan, scan_under, scan_with};

const TOKEN: &str = "glpat-Zq3xW8vN2kLm5RtY7uPd";

fn compile(config: &Config) -> Detectors {
    Detectors::compile(config, &Limits::default())
        .unwrap_or_else(|problems| unreachable!("{problems:?}"))
}

fn ids(text: &str) -> Vec<&'static str> {
    scan(text).iter().map(|finding| finding.detector).collect()
}

#[test]
fn the_table_has_its_size_and_no_name_twice() {
    let names: BTreeSet<&str> = detectors().map(|detector| detector.id).collect();
    assert_eq!(names.len(), detectors().count());
    assert!(names.len() >= 300, "{}", names.len());
    for detector in detectors() {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(detector.id.chars().all(plain), "{}", detector.id);
        assert!(!detector.source.is_empty(), "{} has no source", detector.id);
    }
}

#[test]
fn the_printed_table_is_the_table() {
    let printed = include_str!("../DETECTORS.md");
    for row in detectors() {
        let (class, severity, sure) = (
            row.class.as_str(),
            row.severity.as_str(),
            row.confidence.as_str(),
        );
        let line = format!(
            "| `{}` | {} | {class} | {severity} | {sure} | {} |",
            row.id, row.title, row.source
        );
        assert!(printed.contains(&line), "run the example `table`: {line}");
    }
}

#[test]
fn values_behind_encodings_are_found_at_the_place_they_came_from() {
    let escaped: String = TOKEN
        .chars()
        .map(|c| format!("\\u{:04x}", u32::from(c)))
        .collect();
    let percent: String = TOKEN.bytes().map(|b| format!("%{b:02X}")).collect();
    let twice = base64(&format!(
        "outer {} end",
        base64(&format!("the key is {TOKEN} here"))
    ));
    for encoded in [
        format!("x %67lpat-{} y", &TOKEN[6..]),
        format!("x {percent} y"),
        format!("x {escaped} y"),
        format!("{{\\\"key\\\":\\\"{TOKEN}\\\"}}"),
        format!("x {} y", base64(&format!("key={TOKEN} "))),
        format!("x {} y", base64url(&format!("a key={TOKEN}"))),
        format!("data {twice}"),
    ] {
        let found = scan(&encoded);
        let hit = found
            .iter()
            .find(|finding| finding.detector == "gitlab-pat");
        assert!(hit.is_some(), "{encoded}: {found:?}");
        let blank = redact(&encoded, &found);
        assert!(
            !scan(&blank)
                .iter()
                .any(|finding| finding.detector == "gitlab-pat"),
            "{blank}"
        );
        assert!(hit.is_some_and(|hit| hit.masked == "glpa****7uPd"));
    }
}

#[test]
fn decoding_goes_two_deep_and_can_be_left_out() {
    let three = base64(&base64(&base64(&format!("some padding and {TOKEN}"))));
    assert_eq!(ids(&three), Vec::<&str>::new());
    let plain = compile(&Config {
        skip_decoding: true,
        ..Config::default()
    });
    let text = base64(&format!("the key is {TOKEN}"));
    let input = Input {
        text: &text,
        label: "",
        direction: Direction::Request,
    };
    assert!(scan_with(&plain, input).is_empty());
}

#[test]
fn the_surer_detector_is_kept_at_one_place() {
    for (text, expected) in [
        (format!("password = \"{TOKEN}\""), vec!["gitlab-pat"]),
        (
            "api_key: sk_live_9aZq3xW8vN2kLm5RtY7uPd0b".to_owned(),
            vec!["stripe-secret-key"],
        ),
        (
            "postgres://app:Tr0ub4dor@db.acme-corp.com/crm".to_owned(),
            vec!["postgres-url"],
        ),
    ] {
        assert_eq!(ids(&text), expected, "{text}");
    }
}

#[test]
fn a_label_says_what_a_text_is() {
    let of = |text: &str, label: &str| {
        scan_under(text, label)
            .first()
            .map(|finding| finding.detector)
    };
    assert_eq!(of("Tr0ub4dor&3", "password"), Some("generic-password"));
    assert_eq!(of("Tr0ub4dor&3", "dbPassword"), Some("generic-password"));
    assert_eq!(of("Tr0ub4dor&3", "password_hint"), None);
    assert_eq!(of("536-22-8124", "note"), Some("us-ssn"));
    assert_eq!(of("536228124", "customerSsn"), Some("us-ssn"));
    assert_eq!(of("536228124", "order"), None);
    assert_eq!(
        of("9f8e7d6c5b4a39281706f5e4d3c2b1a0", "datadog_api_key"),
        Some("datadog-api-key")
    );
}

#[test]
fn settings_change_what_is_found_and_what_it_asks_for() {
    let change = |detector: &str| Override {
        detector: detector.to_owned(),
        ..Override::default()
    };
    let config = Config {
        overrides: vec![
            Override {
                off: true,
                ..change("email-address")
            },
            Override {
                severity: Some(Severity::Low),
                ..change("gitlab-pat")
            },
            Override {
                effect: Some(Effect::Deny),
                ..change("phone-number")
            },
            Override {
                reach: Some(Reach::Response),
                ..change("financial")
            },
        ],
        custom: vec![
            Custom::new("ticket", CustomPattern::Regex(r"TCK-\d{4,}".to_owned())),
            Custom::new(
                "codename",
                CustomPattern::Keywords(vec!["Blue Harvest".to_owned(), "x9".to_owned()]),
            ),
        ],
        allow: vec!["TCK-0001".to_owned()],
        ..Config::default()
    };
    let detectors = compile(&config);
    let text = format!(
        "mail a.b@acme.de or +4915112345678: TCK-0001, TCK-12345 and {TOKEN}; BLUE HARVEST, x9, ax9; DE75512108001245126199"
    );
    let found = |direction| {
        let input = Input {
            text: &text,
            label: "",
            direction,
        };
        let found = scan_with(&detectors, input);
        found
            .iter()
            .map(|f| (f.detector.to_owned(), f.effect))
            .collect::<Vec<_>>()
    };
    let mut expected = vec![
        ("phone-number".to_owned(), Effect::Deny),
        ("ticket".to_owned(), Effect::Flag),
        ("gitlab-pat".to_owned(), Effect::Allow),
        ("codename".to_owned(), Effect::Flag),
        ("codename".to_owned(), Effect::Flag),
    ];
    assert_eq!(found(Direction::Request), expected);
    expected.push(("iban".to_owned(), Effect::Flag));
    assert_eq!(found(Direction::Response), expected);
}

#[test]
fn every_problem_of_a_configuration_is_told() {
    let config = Config {
        overrides: vec![Override {
            detector: "git-hub-pat".to_owned(),
            ..Override::default()
        }],
        custom: vec![
            Custom::new("jwt", CustomPattern::Keywords(vec!["a".to_owned()])),
            Custom::new("open", CustomPattern::Regex("(".to_owned())),
            Custom::new("none", CustomPattern::Keywords(Vec::new())),
        ],
        ..Config::default()
    };
    let problems = Detectors::compile(&config, &Limits::default()).unwrap_err();
    let places: Vec<&str> = problems
        .iter()
        .map(|problem| problem.place.as_str())
        .collect();
    assert_eq!(
        places,
        [
            "/custom/0/id",
            "/overrides/0/detector",
            "/custom/1/regex",
            "/custom/2/keywords"
        ]
    );
    assert_eq!(
        problems[1].help.as_deref(),
        Some("did you mean `github-pat`?")
    );
}

#[test]
fn bounds_are_errors() {
    let limits = Limits {
        findings: 3,
        decoded_bytes: 64,
        ..Limits::default()
    };
    let detectors = Detectors::compile(&Config::default(), &limits).unwrap();
    let scan = |text: &str, gas: u64| {
        let input = Input {
            text,
            label: "",
            direction: Direction::Request,
        };
        detectors.scan(input, &mut Gas::new(gas), &mut |_| ())
    };
    assert_eq!(
        scan(&format!("{TOKEN} ").repeat(4), 1_000_000),
        Err(ScanError::Findings)
    );
    assert_eq!(
        scan(&"caf%C3%A9 ".repeat(20), 1_000_000),
        Err(ScanError::Decoded)
    );
    assert_eq!(scan(&"word ".repeat(400), 100), Err(ScanError::Gas));
}

#[test]
fn hostile_texts_cost_in_proportion_to_their_length() {
    for piece in [
        "eyJ.",
        "eyJhbGciOiJub25lIn0.",
        "://a:",
        "@",
        "a@b.",
        "password=",
        "-----BEGIN PRIVATE KEY-----",
        "1 ",
        "1.",
        "12-",
        "(",
        "DE89 ",
        "PuTTY-User-Key-File-",
        "server=;",
        "%41",
        "\\u0041",
        "QUFB",
        "ab:",
        "phone ",
        "bearer ",
        "sk-",
        "AKIA",
        "4111 ",
        "+1 ",
        "0x",
    ] {
        let text = piece.repeat(65_536 / piece.len());
        let mut gas = Gas::new(100_000_000);
        let input = Input {
            text: &text,
            label: "",
            direction: Direction::Request,
        };
        let outcome = corpus::DETECTORS.scan(input, &mut gas, &mut |_| ());
        let per_byte = gas.used() / text.len() as u64;
        assert!(
            per_byte <= 200,
            "{piece}: {per_byte} units a byte, {outcome:?}"
        );
    }
}

#[test]
fn severities_ask_for_what_the_product_says() {
    let effects: Vec<&str> = [
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ]
    .iter()
    .map(|severity| severity.effect().as_str())
    .collect();
    assert_eq!(effects, ["ALLOW", "FLAG", "FLAG", "DENY"]);
    let classes: BTreeSet<Class> = detectors().map(|detector| detector.class).collect();
    assert_eq!(classes.len() + 1, Class::ALL.len());
}
