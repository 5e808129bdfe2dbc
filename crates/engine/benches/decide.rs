//! From the bytes of a 1 KB call to its record, by the policies of a small team.

use callgate_engine::{Active, CompiledRelease, Explain, Scratch, decide};
use callgate_json::{Buffers, Document};
use callgate_model::{Call, Effect, Limits, State, Timestamp};
use criterion::{Criterion, criterion_group, criterion_main};

use team::{call, release};

mod team;

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
    assert_eq!(decision.record.decision, Effect::Allow);
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
