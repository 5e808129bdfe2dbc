//! Runs the fuzz targets of the CEL engine for long: from a seed, or led by coverage.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::layout::Layout;
use crate::say;

/// Every target, in the order they are run in.
pub const TARGETS: [&str; 6] = [
    "cel_parse",
    "cel_check",
    "cel_eval",
    "cel_partial",
    "cel_differential",
    "cel_regex",
];

/// What `cargo fuzz` would have the compiler add: counters of edges and of compared values. No
/// address sanitizer: there is no unsafe code of ours to watch, and it halves the speed.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";
/// Bytes of a case, as in the seeded runs.
const CASE: u32 = 192;

/// What leads a run to its cases.
#[derive(Clone, Copy, Debug)]
pub enum Lead {
    /// Cases made from a seed, the same in every run; no tools beside the compiler.
    Seed,
    /// libFuzzer, which keeps what reaches new code; needs a nightly compiler and a C++ compiler.
    Coverage,
}

/// Runs one target, or all of them, `runs` cases each; what is found is printed and is a failure.
pub fn run(layout: &Layout, target: Option<&str>, runs: u64, seed: u64, lead: Lead) -> Result<()> {
    for name in TARGETS {
        if target.is_some_and(|wanted| wanted != name) {
            continue;
        }
        say::step(&format!("fuzz: {name}"));
        let mut cargo = match lead {
            Lead::Seed => seeded(layout, name, runs, seed),
            Lead::Coverage => covering(layout, name, runs, seed)?,
        };
        say::run(&mut cargo)?;
    }
    Ok(())
}

fn seeded(layout: &Layout, name: &str, runs: u64, seed: u64) -> Command {
    let package = ["run", "--quiet", "--release", "--package", "callgate-fuzz"];
    let mut cargo = say::cargo(&layout.root, &package);
    cargo.args(["--", name]);
    cargo.args(["--runs", &runs.to_string(), "--seed", &seed.to_string()]);
    cargo
}

/// Cases that reached new code stay in the target folder, and the next run begins with them.
fn covering(layout: &Layout, name: &str, runs: u64, seed: u64) -> Result<Command> {
    let work = layout.target.join("libfuzzer");
    let corpus = work.join("corpus").join(name);
    fs::create_dir_all(&corpus).with_context(|| format!("cannot make {}", corpus.display()))?;
    let nightly = ["run", "nightly", "cargo", "run", "--quiet", "--release"];
    let mut cargo = say::command("rustup", &nightly);
    cargo.current_dir(layout.root.join("tests/fuzz/libfuzzer"));
    cargo.env("RUSTFLAGS", COVERAGE);
    cargo.env("CARGO_TARGET_DIR", &work);
    // Named so that build scripts and macros are built without the flags.
    let machine = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    cargo.args(["--target", &machine, "--bin", name, "--"]);
    cargo.arg(corpus);
    cargo.arg(format!("-artifact_prefix={}/", work.display()));
    cargo.arg(format!("-runs={runs}"));
    cargo.arg(format!("-seed={seed}"));
    cargo.arg(format!("-max_len={CASE}"));
    // A short case is a plain one: missing choices are the first. Long ones need not be earned.
    cargo.arg("-len_control=0");
    Ok(cargo)
}
