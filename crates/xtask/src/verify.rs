//! Everything that must hold before a change lands: formatting, lints, policy tests, all tests.

use anyhow::Result;

use crate::layout::Layout;
use crate::setup::{self, TARGET, Toolchain};
use crate::{console, example, say, wasm, web};

/// Has no tests of its own: it runs inside hosts, and their tests load its module.
const FILTER: &str = "callgate-filter";

/// Runs the checks in the order that fails fastest; the test runner's own summary is the last line.
pub fn run(layout: &Layout, runner: &[String]) -> Result<()> {
    setup::run(layout)?;
    say::step("test: formatting");
    say::run(&mut say::cargo(&layout.root, &["fmt", "--all", "--check"]))?;
    wasm::build(layout)?;
    web::build(layout)?;
    console::build(layout)?;
    lints(layout)?;
    example::build(layout)?;
    say::step("test: the example's policy tests");
    let policies = ["run", "--quiet", "--package", "callgate", "--", "test"];
    say::run(say::cargo(&layout.root, &policies).arg(layout.example()))?;
    web::test(layout)?;
    console::test(layout)?;
    say::step("test: all tests");
    say::run(tests(layout).args(runner))?;
    say::step("test: the examples in the documentation");
    // The test runner runs none of these.
    let documented = [
        "test",
        "--doc",
        "--quiet",
        "--workspace",
        "--exclude",
        FILTER,
    ];
    say::run(&mut say::cargo(&layout.root, &documented))
}

/// Builds every host, and lets the parity tests ask them so many questions.
pub fn parity(layout: &Layout, cases: u64) -> Result<()> {
    setup::run(layout)?;
    wasm::build(layout)?;
    web::build(layout)?;
    say::step(&format!(
        "parity: {cases} generated questions and the corpora"
    ));
    // With the features that all tests are built with, so that nothing is built twice.
    let whole = ["test", "--workspace", "--exclude", FILTER];
    let mut cargo = say::cargo(&layout.root, &whole);
    cargo.args(["--test", "parity", "--", "--nocapture", "--test-threads=1"]);
    cargo.env("CALLGATE_CASES", cases.to_string());
    say::run(cargo.env("CALLGATE_FILTER_WASM", layout.filter()))
}

/// The filter is linted for the target it runs on, where this machine's own compiler has that target.
fn lints(layout: &Layout) -> Result<()> {
    say::step("test: lints");
    let strict = ["--", "-D", "warnings"];
    let native = ["--workspace", "--all-targets", "--exclude", FILTER];
    let clippy = || say::cargo(&layout.root, &["clippy", "--quiet"]);
    say::run(clippy().args(native).args(strict))?;
    if setup::toolchain(layout) != Some(Toolchain::Own) {
        say::detail("the filter is not linted: clippy has no wasm target here");
        return Ok(());
    }
    let wasm = ["--package", FILTER, "--target", TARGET];
    say::run(clippy().args(wasm).args(strict))
}

/// nextest runs tests side by side and shows progress; plain `cargo test` does without it.
fn tests(layout: &Layout) -> std::process::Command {
    let workspace = ["--workspace", "--exclude", FILTER];
    let has_nextest = say::output(&mut say::cargo(&layout.root, &["nextest", "--version"])).is_ok();
    let verb: &[&str] = if has_nextest {
        &["nextest", "run", "--no-fail-fast"]
    } else {
        &["test", "--no-fail-fast"]
    };
    let mut cargo = say::cargo(&layout.root, verb);
    cargo.args(workspace);
    // The tests in wasmtime load the module that users get, not the one before wasm-opt.
    cargo.env("CALLGATE_FILTER_WASM", layout.filter());
    cargo
}
