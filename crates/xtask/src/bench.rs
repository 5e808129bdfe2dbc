//! Runs the criterion benchmarks.

use anyhow::Result;

use crate::layout::Layout;
use crate::say;

/// Runs every benchmark, or those that `filter` names.
pub fn run(layout: &Layout, filter: &[String]) -> Result<()> {
    say::step("bench: criterion");
    let mut cargo = say::cargo(
        &layout.root,
        &[
            "bench",
            "--workspace",
            "--exclude",
            "callgate-filter",
            "--benches",
            "--",
        ],
    );
    say::run(cargo.args(filter))
}
