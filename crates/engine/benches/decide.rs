//! From the bytes of a 1 KB call to its record, by the policies of a small team.

use callgate_engine::{Active, CompiledRelease, Explain, Scratch, decide};
use callgate_json::{Buffers, Document};
use callgate_model::{Call, Limits, State, Timestamp};
use callgate_release::{Build, CelEffect, Policy, Release, Settings};
use criterion::{Criterion, criterion_group, criterion_main};

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
fn call() -> String {
    let head = r#"{"identity":{"name":"support-bot","labels":{"team":"support","region":"eu"},"groups":["agents"]},"task":{"name":"ticket-4711","context":{"customer_id":"cus_123","priority":"high"}},"run":{"id":"run_1"},"request":{"kind":"tool_call","method":"tools/call","path":"/mcp","tool":{"name":"add_comment","args":{"issue":4711,"customer_id":"cus_123","labels":["a","b","c"],"notify":true,"body":""#;
    let tail = r#""}}}}"#;
    let body: String = "The customer confirmed that the export works again. "
        .chars()
        .cycle()
        .take(1024 - head.len() - tail.len())
        .collect();
    format!("{head}{body}{tail}")
}

fn release(limits: &Limits) -> Option<CompiledRelease> {
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

fn bench(criterion: &mut Criterion) {
    let limits = Limits::default();
    let Some(release) = release(&limits) else {
        unreachable!("the policies above compile");
    };
    let call = call();
    assert_eq!(call.len(), 1024);
    let mut scratch = Scratch::new(&limits);
    let mut buffers = Buffers::default();
    let mut record = Vec::new();
    criterion.bench_function("1 KB call, bytes to record", |bencher| {
        bencher.iter(|| {
            let document =
                Document::parse_in(call.as_bytes(), &limits.json, std::mem::take(&mut buffers));
            let Ok(document) = document else {
                unreachable!("the call is JSON")
            };
            record.clear();
            if let Ok(call) = Call::read(document.root()) {
                let active = Active::Release(&release);
                let decision = decide(
                    active,
                    &call,
                    &State::EMPTY,
                    Timestamp::default(),
                    &mut scratch,
                    Explain::No,
                );
                decision.record.write(&mut record);
            }
            buffers = document.into_buffers();
            record.len()
        });
    });
    assert!(String::from_utf8_lossy(&record).contains(r#""decision":"ALLOW""#));
    steps(criterion, &release, &call, &limits);
}

/// The parts of the whole, so that a regression has an address.
fn steps(criterion: &mut Criterion, release: &CompiledRelease, text: &str, limits: &Limits) {
    let Ok(document) = Document::parse(text.as_bytes(), &limits.json) else {
        unreachable!("the call is JSON")
    };
    let Ok(call) = Call::read(document.root()) else {
        unreachable!("and a call")
    };
    let mut buffers = Buffers::default();
    criterion.bench_function("step: read JSON", |bencher| {
        bencher.iter(|| {
            let document =
                Document::parse_in(text.as_bytes(), &limits.json, std::mem::take(&mut buffers));
            buffers = document.map(Document::into_buffers).unwrap_or_default();
        });
    });
    criterion.bench_function("step: read the call", |bencher| {
        bencher.iter(|| Call::read(document.root()).is_ok());
    });
    let mut scratch = Scratch::new(limits);
    criterion.bench_function("step: decide", |bencher| {
        bencher.iter(|| {
            decide(
                Active::Release(release),
                &call,
                &State::EMPTY,
                Timestamp::default(),
                &mut scratch,
                Explain::No,
            )
            .record
            .gas
        });
    });
    let decision = decide(
        Active::Release(release),
        &call,
        &State::EMPTY,
        Timestamp::default(),
        &mut scratch,
        Explain::No,
    );
    let mut out = Vec::new();
    criterion.bench_function("step: write the record", |bencher| {
        bencher.iter(|| {
            out.clear();
            decision.record.write(&mut out);
            out.len()
        });
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
