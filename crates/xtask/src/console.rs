//! Builds the console, which the server takes in, and runs the tests of the JavaScript around it.

use std::process::Command;

use anyhow::Result;

use crate::layout::Layout;
use crate::say;
use crate::setup::chromium;

/// Compiles `@callgate/codemirror-cel` and the console; the engine's package is built before.
pub fn build(layout: &Layout) -> Result<()> {
    say::step("console: @callgate/codemirror-cel and the page");
    say::run(&mut npm(
        layout,
        "codemirror-cel",
        &["run", "--silent", "build"],
    ))?;
    say::run(&mut npm(layout, "console", &["run", "--silent", "build"]))
}

/// Formatting and lints, then the packages' tests, then the page in a real Chromium.
pub fn test(layout: &Layout) -> Result<()> {
    say::step("test: the console's JavaScript");
    let linter = layout.js().join("node_modules/.bin/biome");
    say::run(say::command(linter, &["check", "--error-on-warnings"]).current_dir(layout.js()))?;
    say::run(&mut npm(layout, "codemirror-cel", &["test", "--silent"]))?;
    say::run(&mut npm(layout, "console", &["test", "--silent"]))?;
    say::step("test: the page in Chromium, served by `callgate serve`");
    let server = ["build", "--quiet", "--package", "callgate"];
    say::run(&mut say::cargo(&layout.root, &server))?;
    let mut page = npm(layout, "console", &["run", "--silent", "test:e2e"]);
    page.env("CALLGATE", layout.target.join("debug/callgate"));
    page.env("CHROMIUM", chromium::path()?);
    page.env("SCREENSHOT", layout.products().join("console.png"));
    say::run(&mut page)
}

fn npm(layout: &Layout, package: &str, arguments: &[&str]) -> Command {
    let mut npm = say::command("npm", arguments);
    npm.current_dir(layout.js().join(package));
    npm
}
