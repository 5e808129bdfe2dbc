//! Everything that must hold before a change lands: formatting, lints, policy tests, all tests.

use anyhow::Result;

use crate::layout::Layout;
use crate::setup::{self, TARGET};
use crate::{example, say, wasm};

/// Runs the checks in the order that fails fastest; the test runner's own summary is the last line.
pub fn run(layout: &Layout, runner: &[String]) -> Result<()> {
    setup::run(layout)?;
    say::step("test: formatting");
    say::run(&mut say::cargo(&layout.root, &["fmt", "--all", "--check"]))?;
    wasm::build(layout)?;
    say::step("test: lints");
    let clippy = [
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--exclude",
        "callgate-filter",
    ];
    say::run(say::cargo(&layout.root, &clippy).args(["--", "-D", "warnings"]))?;
    let clippy = [
        "clippy",
        "--quiet",
        "--package",
        "callgate-filter",
        "--target",
        TARGET,
    ];
    say::run(say::cargo(&layout.root, &clippy).args(["--", "-D", "warnings"]))?;
    example::build(layout)?;
    say::step("test: the example's policy tests");
    let policies = ["run", "--quiet", "--package", "callgate", "--", "test"];
    say::run(say::cargo(&layout.root, &policies).arg(layout.example()))?;
    say::step("test: all tests");
    say::run(tests(layout).args(runner))
}

/// nextest runs tests side by side and shows progress; plain `cargo test` does without it.
fn tests(layout: &Layout) -> std::process::Command {
    let workspace = ["--workspace", "--exclude", "callgate-filter"];
    let has_nextest = say::output(&mut say::cargo(&layout.root, &["nextest", "--version"])).is_ok();
    let verb: &[&str] = if has_nextest {
        &["nextest", "run", "--no-fail-fast"]
    } else {
        &["test", "--no-fail-fast"]
    };
    let mut cargo = say::cargo(&layout.root, verb);
    cargo.args(workspace);
    cargo
}
