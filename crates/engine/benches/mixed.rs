//! A whole decision by 200 policies of every kind, from the bytes of 4 KB: where one in four covers the
//! call and where all do, with a thousand counters in the state, and what DLP adds for each KB.
#![expect(clippy::disallowed_methods, reason = "it measures time")]
#![expect(clippy::expect_used, reason = "a bench ends where its data is wrong")]
#![expect(clippy::print_stdout, reason = "its result")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use callgate_engine::{Active, CompiledRelease, Explain, Scratch, decide};
use callgate_json::{Buffers, Document};
use callgate_model::{Call, Effect, Limits, State, Timestamp};

#[path = "team/mixed.rs"]
mod mixed;

const ROUNDS: usize = 400;
const DECISIONS_PER_ROUND: u32 = 20;

struct Host {
    limits: Limits,
    scratch: Scratch,
    buffers: Buffers,
}

impl Host {
    fn decide(&mut self, release: &CompiledRelease, call: &[u8], state: &State<'_>) -> Effect {
        let buffers = std::mem::take(&mut self.buffers);
        let document = Document::parse_in(call, &self.limits.json, buffers).expect("JSON");
        let call = Call::read(document.root()).expect("a call");
        let now = Timestamp::parse_rfc3339("2026-05-04T12:00:00Z").expect("a time");
        let active = Active::Release(release);
        let decision = decide(active, &call, state, now, &mut self.scratch, Explain::No);
        let effect = decision.record.decision;
        drop(decision);
        self.buffers = document.into_buffers();
        effect
    }

    fn round(&mut self, release: &CompiledRelease, call: &str, state: &State<'_>) -> Duration {
        let start = Instant::now();
        for _ in 0..DECISIONS_PER_ROUND {
            let effect = self.decide(release, black_box(call.as_bytes()), state);
            assert_eq!(effect, Effect::Allow);
        }
        start.elapsed() / DECISIONS_PER_ROUND
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn main() {
    let limits = Limits::default();
    let call = mixed::call();
    assert_eq!(call.len(), 4096);
    let plain = mixed::release(false, 4, &limits);
    let crowded = mixed::release(false, 1, &limits);
    let with_dlp = mixed::release(true, 4, &limits);
    let texts = [0, 1_000].map(mixed::state);
    let states = (texts.each_ref())
        .map(|text| Document::parse(text.as_bytes(), &limits.json).expect("JSON"));
    let [few, many] = states
        .each_ref()
        .map(|document| State::read(document.root()).expect("a state"));
    let mut host = Host {
        scratch: Scratch::new(&limits),
        limits,
        buffers: Buffers::default(),
    };
    let cases = [
        (&plain, &few),
        (&plain, &many),
        (&with_dlp, &few),
        (&crowded, &few),
    ];
    let mut times = cases.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for ((release, state), times) in cases.iter().zip(&mut times) {
            times.push(host.round(release, &call, state));
        }
    }
    let [plain, many, dlp, crowded] = times.map(median);
    println!("200 policies, of which 50 cover the call of 4 KB, bytes to decision: {plain:?}");
    println!("with 1,000 counters in the state: {many:?}");
    println!(
        "with DLP: {:?} more for each KB",
        dlp.saturating_sub(plain) / 4
    );
    println!("200 policies that all cover the call: {crowded:?}");
}
