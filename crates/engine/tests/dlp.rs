//! What DLP policies find in requests, what that costs, and what of it records show.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use callgate_engine::{Active, CompiledRelease, Explain, Scratch, decide};
use callgate_json::Document;
use callgate_model::{Call, Limits, State, Timestamp};
use callgate_release::{Build, Format, Release, documents};
use serde_json::{Value, json};

const TOKEN: &str = "glpat-Zq3xW8vN2kLm5RtY7uPd";

fn policy(name: &str, spec: Value) -> Value {
    json!({"apiVersion": "callgate/v1", "kind": "DlpPolicy", "metadata": {"name": name}, "spec": spec})
}

fn compiled(policies: &[Value]) -> Result<CompiledRelease, Vec<String>> {
    let limits = Limits::default();
    let read = documents::read(&json!(policies).to_string(), Format::Json, &limits);
    if !read.diagnostics.is_empty() {
        return Err(read.diagnostics.into_iter().map(|d| d.message).collect());
    }
    let policies: Vec<_> = read
        .policies
        .into_iter()
        .map(|located| located.policy)
        .collect();
    let build = Build {
        project: "dlp",
        number: 1,
        policies: &policies,
        ..Build::default()
    };
    let release = Release::read(build.to_json().as_bytes(), &limits).unwrap();
    CompiledRelease::compile(release, &limits).map_err(|found| {
        let lines = found.into_iter();
        lines
            .map(|f| format!("{}: {}", f.policy, f.diagnostic.message))
            .collect()
    })
}

fn decided(release: &CompiledRelease, args: &Value, limits: &Limits) -> Value {
    let call =
        json!({"identity": {"name": "bot"}, "request": {"tool": {"name": "post", "args": args}}});
    decided_of(release, &call, limits)
}

fn decided_of(release: &CompiledRelease, call: &Value, limits: &Limits) -> Value {
    let text = call.to_string();
    let document = Document::parse(text.as_bytes(), &limits.json).unwrap();
    let call = Call::read(document.root()).unwrap();
    let mut scratch = Scratch::new(limits);
    let now = Timestamp::parse_rfc3339("2026-05-04T12:00:00Z").unwrap();
    let active = Active::Release(release);
    let decision = decide(active, &call, &State::EMPTY, now, &mut scratch, Explain::No);
    let record = decision.record.to_json();
    assert!(!record.contains(TOKEN), "{record}");
    serde_json::from_str(&record).unwrap()
}

fn codes(record: &Value) -> Vec<&str> {
    let reasons = record["reasons"].as_array().into_iter().flatten();
    reasons
        .filter_map(|reason| reason["code"].as_str())
        .collect()
}

#[test]
fn no_record_shows_what_was_found_wherever_it_stands() {
    let release = compiled(&[policy("leaks", json!({}))]).unwrap();
    for args in [
        json!({"text": TOKEN}),
        json!({TOKEN: 1}),
        json!({TOKEN: {"more": [TOKEN]}}),
        json!({format!("a/{TOKEN}~"): "joan.doyle@brightwater-labs.io"}),
        json!({"a": [[TOKEN]]}),
    ] {
        let record = decided(&release, &args, &Limits::default());
        assert_eq!(codes(&record), ["DLP_BLOCKED"], "{args}");
    }
}

#[test]
fn a_text_is_paid_for_once_whatever_the_number_of_policies() {
    let args = json!({"text": "The quick brown fox jumps over the lazy dog. ".repeat(1_000)});
    let gas = |count: usize| {
        let policies: Vec<Value> = (0..count)
            .map(|n| policy(&format!("p{n}"), json!({})))
            .collect();
        let release = compiled(&policies).unwrap();
        decided(&release, &args, &Limits::default())["gas"]
            .as_u64()
            .unwrap()
    };
    let (one, many) = (gas(1), gas(100));
    assert!(one > 5_000 && many < one + 1_000, "{one}, {many}");
}

#[test]
fn looking_is_paid_for_and_ends_in_a_refusal() {
    let release = compiled(&[policy("leaks", json!({}))]).unwrap();
    let limits = Limits {
        gas: 1_000,
        ..Limits::default()
    };
    let record = decided(&release, &json!({"text": "a ".repeat(10_000)}), &limits);
    assert_eq!(codes(&record), ["GAS_EXHAUSTED"]);
    // What was found until then counts.
    let record = decided(
        &release,
        &json!({"a": TOKEN, "b": "a ".repeat(10_000)}),
        &limits,
    );
    assert_eq!(codes(&record), ["DLP_BLOCKED", "GAS_EXHAUSTED"]);
}

#[test]
fn findings_take_memory_and_too_many_of_them_refuse() {
    let release = compiled(&[policy("leaks", json!({}))]).unwrap();
    let mail: Vec<String> = (0..2_000)
        .map(|n| format!("joan.doyle{n}@brightwater-labs.io"))
        .collect();
    let record = decided(&release, &json!({"to": mail}), &Limits::default());
    assert_eq!(
        (codes(&record), record["findings"].as_array().map(Vec::len)),
        (vec![], Some(2_000))
    );
    let limits = Limits {
        arena_bytes: 65_536,
        ..Limits::default()
    };
    let bounded = CompiledRelease::compile(release.release().clone(), &limits).unwrap();
    let record = decided(&bounded, &json!({"to": mail}), &limits);
    assert_eq!(codes(&record), ["MEMORY_EXHAUSTED"]);
    // In one text there is a bound of its own.
    let record = decided(&release, &json!({"to": mail.join(" ")}), &Limits::default());
    assert_eq!(codes(&record), ["MEMORY_EXHAUSTED"]);
}

#[test]
fn patterns_share_the_memory_that_a_release_has_for_them() {
    let wide = "(a|b|c|d|e|f|g|h){300}";
    let spec = |name: &str| {
        let patterns: Vec<Value> = (0..60)
            .map(|n| json!({"name": format!("{name}{n}"), "regex": format!("{wide}{n}")}))
            .collect();
        json!({"looks_for": "listed", "patterns": patterns})
    };
    assert!(compiled(&[policy("one", spec("a"))]).is_ok());
    let both = compiled(&[policy("one", spec("a")), policy("two", spec("b"))]);
    let expected = "1: the patterns of this release take more than 16777216 bytes";
    assert_eq!(both.unwrap_err(), [expected]);
}

#[test]
fn keywords_have_a_bound_that_all_policies_share() {
    let spec = |count: usize| {
        let words: Vec<String> = (0..count).map(|n| format!("word{n}")).collect();
        json!({"looks_for": "listed", "patterns": [{"name": "words", "keywords": words}]})
    };
    assert!(compiled(&[policy("one", spec(6_000))]).is_ok());
    let both = compiled(&[policy("one", spec(6_000)), policy("two", spec(6_000))]);
    assert_eq!(
        both.unwrap_err(),
        ["1: more keywords than the limit of 10000"]
    );
}

/// Numbers of 53 bits as services give out ids, from a generator with a fixed start.
fn ids(count: usize) -> Vec<u64> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state >> 11
    };
    std::iter::repeat_with(next).take(count).collect()
}

#[test]
fn a_number_with_the_name_of_an_id_is_no_card_and_any_other_may_be() {
    const CARD: u64 = 4_539_578_763_621_486;
    let release = compiled(&[policy("leaks", json!({}))]).unwrap();
    let refused = |args: Value| decided(&release, &args, &Limits::default())["decision"] == "DENY";
    let as_ids =
        |id: u64| json!({"id": id, "userId": id, "parent_ids": [id], "nonce": id, "Snowflake": id});
    let taken = ids(400).into_iter().filter(|id| refused(as_ids(*id)));
    assert_eq!(taken.count(), 0);
    let elsewhere = ids(400)
        .into_iter()
        .filter(|id| refused(json!({"order": id})));
    assert!(
        elsewhere.count() > 5,
        "these numbers are taken for cards elsewhere"
    );
    assert!(!refused(as_ids(CARD)));
    for args in [
        json!({"n": CARD}),
        json!({"number": CARD}),
        json!({"card_id": CARD}),
        json!({"id": CARD.to_string()}),
        json!({"id": {"value": CARD}}),
        json!({"id": [{"note": format!("it is {CARD}")}]}),
    ] {
        assert!(refused(args.clone()), "{args}");
    }
}

#[test]
fn a_card_between_the_slashes_of_a_path_is_found_once() {
    let release = compiled(&[policy("leaks", json!({}))]).unwrap();
    for (path, at) in [
        ("/cards/4539578763621486/charge", 7),
        ("/cards/4539578763621486", 7),
        ("/4539578763621486", 1),
        ("/a/4539-5787-6362-1486/b", 3),
    ] {
        let call =
            json!({"identity": {"name": "bot"}, "request": {"kind": "http_request", "path": path}});
        let record = decided_of(&release, &call, &Limits::default());
        let findings = record["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 1, "{path}: {findings:?}");
        assert_eq!(
            (&findings[0]["path"], &findings[0]["start"]),
            (&json!("/request/path"), &json!(at))
        );
    }
}
