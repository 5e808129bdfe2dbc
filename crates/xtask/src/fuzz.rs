//! Runs the fuzz targets of the CEL engine for long, from a seed.

use anyhow::Result;

use crate::layout::Layout;
use crate::say;

/// Every target, in the order they are run in.
pub const TARGETS: [&str; 5] = [
    "cel_parse",
    "cel_check",
    "cel_eval",
    "cel_partial",
    "cel_differential",
];

/// Runs one target, or all of them, `runs` cases each; what is found is printed and is a failure.
pub fn run(layout: &Layout, target: Option<&str>, runs: u64, seed: u64) -> Result<()> {
    for name in TARGETS {
        if target.is_some_and(|wanted| wanted != name) {
            continue;
        }
        say::step(&format!("fuzz: {name}"));
        let package = [
            "run",
            "--quiet",
            "--release",
            "--package",
            "callgate-fuzz",
            "--",
            name,
        ];
        let mut cargo = say::cargo(&layout.root, &package);
        cargo.args(["--runs", &runs.to_string(), "--seed", &seed.to_string()]);
        say::run(&mut cargo)?;
    }
    Ok(())
}
