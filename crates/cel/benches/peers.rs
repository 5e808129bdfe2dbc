//! The same questions to this engine and to its peers, in one process and one sitting.
//!
//! `cargo bench -p callgate-cel` lets criterion time them. `peers serve` answers line by line instead, so
//! that `cargo xtask bench cel` can take turns between these engines and those of other processes.
//! The context is an already parsed request; gas is on.
#![expect(clippy::expect_used, reason = "a bench ends where its data is wrong")]
#![expect(clippy::print_stdout, reason = "its answers")]

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group};

use engines::{ENGINES, Engine};
use ours::Ours;
use questions::{names, question};

mod cases;
mod engines;
mod ours;
mod questions;
mod serve;

/// Policies that criterion asks peers about: more would take minutes.
const FEW: usize = 100;

fn main() {
    let serves = std::env::args().nth(1).is_some_and(|word| word == "serve");
    if serves {
        serve::serve();
    } else {
        benches();
        Criterion::default().configure_from_args().final_summary();
    }
}

fn every_question(criterion: &mut Criterion) {
    for name in names() {
        let question = question(&name).expect("named");
        let mut group = criterion.benchmark_group(&name);
        for (engine, prepare) in ENGINES {
            if engine != "callgate" && question.sources.len() > FEW {
                continue;
            }
            let mut asked = prepare(&question).expect("every engine knows the language");
            group.bench_function(engine, |b| b.iter_custom(|times| time(&mut *asked, times)));
        }
        group.finish();
    }
}

fn load(criterion: &mut Criterion) {
    let question = question("10000").expect("named");
    let mut group = criterion.benchmark_group("load");
    group.sample_size(10);
    group.bench_function("10000", |b| b.iter(|| Ours::prepare(&question)));
    group.finish();
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn time(engine: &mut dyn Engine, times: u64) -> Duration {
    let start = Instant::now();
    let answer = engine.ask(u32::try_from(times).expect("a round is short"));
    let elapsed = start.elapsed();
    answer.expect("an engine that answered once answers again");
    elapsed
}

criterion_group!(benches, every_question, load);
