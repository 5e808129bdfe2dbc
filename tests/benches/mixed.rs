//! The decision of the engine's bench `mixed` in the web module under wasmtime, beside the same natively.
#![expect(clippy::disallowed_methods, reason = "it measures time")]
#![expect(clippy::expect_used, reason = "a bench ends where its data is wrong")]
#![expect(clippy::print_stdout, reason = "its result")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use callgate_engine::{Active, Explain, Scratch, decide};
use callgate_host_test::{WebAsking, WebModule, WebState};
use callgate_json::{Buffers, Document};
use callgate_model::{Call, Effect, Limits, State, Timestamp};
use xtask::layout::Layout;

#[path = "../../crates/engine/benches/team/mixed.rs"]
mod mixed;

const ROUNDS: usize = 200;
const DECISIONS_PER_ROUND: u32 = 20;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn main() -> Result<()> {
    let limits = Limits::default();
    let (call, state) = (mixed::call(), mixed::state(0));
    let now = Timestamp::parse_rfc3339("2026-05-04T12:00:00Z").expect("a time");
    let release = mixed::release(false, 4, &limits);
    let mut module = WebModule::load(&std::fs::read(Layout::of_this_tree().web_module())?)?;
    let engine = module.open(&mixed::text(false, 4, &limits))?;
    let engine = engine.map_err(|why| anyhow!("{why}"))?;
    let document = Document::parse(state.as_bytes(), &limits.json).expect("JSON");
    let kept = State::read(document.root()).expect("a state");
    let (mut scratch, mut buffers) = (Scratch::new(&limits), Buffers::default());
    let (mut native, mut wasm) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..DECISIONS_PER_ROUND {
            let call = Document::parse_in(black_box(call.as_bytes()), &limits.json, buffers);
            let call = call.expect("JSON");
            let asked = Call::read(call.root()).expect("a call");
            let active = Active::Release(&release);
            let decision = decide(active, &asked, &kept, now, &mut scratch, Explain::No);
            ensure!(decision.record.decision == Effect::Allow, "denied");
            black_box(decision.record.to_json());
            drop(decision);
            buffers = call.into_buffers();
        }
        native.push(start.elapsed() / DECISIONS_PER_ROUND);
        let start = Instant::now();
        for _ in 0..DECISIONS_PER_ROUND {
            let asking = WebAsking {
                state: WebState::Json(&state),
                now: (now.seconds, now.nanos),
                explain: false,
            };
            let record = module.decide(engine, black_box(call.as_bytes()), asking)?;
            ensure!(
                record.is_ok_and(|text| text.contains("\"ALLOW\"")),
                "denied"
            );
        }
        wasm.push(start.elapsed() / DECISIONS_PER_ROUND);
    }
    let (native, wasm) = (median(native), median(wasm));
    println!("200 policies, of which 50 cover the call of 4 KB, bytes to record:");
    println!("natively {native:?}, the web module in wasmtime {wasm:?}");
    Ok(())
}
