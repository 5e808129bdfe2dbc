//! Runs a target for long: `fuzz <target> [--runs N] [--seed S] [--from N]`.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result};
use callgate_fuzz::run::{Tally, run};
use callgate_fuzz::{TARGETS, named};
use clap::Parser;

/// Findings after which a run ends.
const ENOUGH: usize = 20;
/// Cases between two lines of progress.
const STEP: u64 = 1_000_000;

#[derive(Parser)]
#[command(about = "Seeded cases of a fuzz target")]
struct Arguments {
    /// The target.
    target: String,
    /// How many cases.
    #[arg(long, default_value_t = 10_000_000)]
    runs: u64,
    /// The seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The number of the first case.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Findings after which the run ends.
    #[arg(long, default_value_t = ENOUGH)]
    findings: usize,
}

#[expect(clippy::print_stderr, reason = "a command line prints")]
fn main() -> ExitCode {
    match fuzz(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "a command line prints")]
#[expect(clippy::disallowed_methods, reason = "a tool measures in real time")]
fn fuzz(arguments: &Arguments) -> Result<bool> {
    let target = named(&arguments.target).with_context(|| {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        format!("the targets are {}", names.join(", "))
    })?;
    let started = Instant::now();
    let end = arguments.from.saturating_add(arguments.runs);
    let (mut total, mut broken, mut from) = (Tally::new(), 0, arguments.from);
    while from < end && broken < arguments.findings {
        let to = from.saturating_add(STEP).min(end);
        let tally = run(target, arguments.seed, from, to, |found| {
            broken += 1;
            println!("case {}: {}", found.number, found.finding);
            broken < arguments.findings
        });
        for (label, count) in tally {
            *total.entry(label).or_default() += count;
        }
        from = to;
        let seconds = started.elapsed().as_secs_f64();
        let done: u64 = total.values().sum();
        println!(
            "{}: {done} cases in {seconds:.0} s, {broken} findings: {total:?}",
            target.name
        );
    }
    Ok(broken == 0)
}
