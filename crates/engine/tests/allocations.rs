//! An allowed call costs no allocation, from its bytes to its permit, once the host is warm.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use allocation_counter::measure;
use callgate_engine::{Active, CompiledRelease, Explain, Scratch, decide};
use callgate_json::{Buffers, Document};
use callgate_model::{Call, Headers, Limits, State, Timestamp};
use callgate_release::{Build, CelEffect, Policy, Release, Settings};

const CALL: &str = r#"{"identity":{"name":"ann","labels":{"team":"support"}},
    "task":{"labels":{"approved":true},"context":{"customer":"c\u0031"}},
    "request":{"tool":{"name":"pay","args":{"amount":5000,"to":["a@example.com","b@example.com"],"note":"as agreed"}}}}"#;

const DENY: &[&str] = &[
    r#"request.tool.name != "pay" && identity.labels.team == "suspended""#,
    r#"request.tool.args.note.matches("(?i)drop\\s+table")"#,
    r#"request.tool.args.to.exists(r, !r.endsWith("@example.com"))"#,
];

const ALLOW: &str = r#"identity.labels.team in ["support", "billing"] && has(task.context.customer) &&
    (request.tool.args.amount <= 1000 || "approved" in task.labels)"#;

fn release(more: &[&str], limits: &Limits) -> CompiledRelease {
    let policy = |(number, (effect, expression)): (usize, (CelEffect, &str))| {
        Policy::cel(format!("p{number}"), effect, expression)
    };
    let denials = DENY
        .iter()
        .chain(more)
        .map(|source| (CelEffect::Deny, *source));
    let all = denials.chain([(CelEffect::Allow, ALLOW)]);
    let policies: Vec<Policy> = all.enumerate().map(policy).collect();
    let build = Build {
        project: "test",
        number: 1,
        settings: Settings::default(),
        policies: &policies,
        ..Build::default()
    };
    let release = Release::read(build.to_json().as_bytes(), limits).unwrap();
    CompiledRelease::compile(release, limits).unwrap()
}

/// Allocations of one call after a first one; headers stand beside it as from the wire.
fn allocations(release: &CompiledRelease, limits: &Limits, text: &str) -> (bool, u64) {
    let mut scratch = Scratch::new(limits);
    let mut buffers = Buffers::default();
    let headers = [("x-a", "1"), ("x-b", "2")];
    let mut call = || {
        let kept = std::mem::take(&mut buffers);
        let document = Document::parse_in(text.as_bytes(), &limits.json, kept).unwrap();
        let mut call = Call::read(document.root()).unwrap();
        call.request.headers = Headers::Pairs(&headers);
        let active = Active::Release(release);
        let now = Timestamp::default();
        let mut decision = decide(active, &call, &State::EMPTY, now, &mut scratch, Explain::No);
        let allowed = decision.permit().is_some();
        drop(decision);
        buffers = document.into_buffers();
        allowed
    };
    let warm = call();
    let mut again = !warm;
    let counted = measure(|| again = call());
    assert_eq!(warm, again);
    (warm, counted.count_total)
}

#[test]
fn an_allowed_call_allocates_nothing() {
    let limits = Limits::default();
    assert_eq!(
        allocations(&release(&[], &limits), &limits, CALL),
        (true, 0)
    );
}

#[test]
fn what_is_built_is_counted() {
    let limits = Limits::default();
    let reading_headers = release(&[r#"request.headers["x-a"] == "2""#], &limits);
    assert_eq!(allocations(&reading_headers, &limits, CALL), (true, 1));
    let refused = CALL.replace("as agreed", "drop  table");
    let (allowed, count) = allocations(&release(&[], &limits), &limits, &refused);
    assert!(
        !allowed && count > 0,
        "a refusal has a reason, which takes room"
    );
}
