//! The npm packages: MCP and CEL peers, wasm-opt and CEL's conformance cases, pinned by the lock file.

use std::fs;

use anyhow::{Context as _, Result};

use super::is_current;
use crate::layout::Layout;
use crate::say;

pub fn install(layout: &Layout) -> Result<()> {
    let home = layout.tools().join("node");
    let (lock, installed) = (
        layout.own("tools/package-lock.json"),
        home.join("package-lock.json"),
    );
    let done = home.join("node_modules/.callgate-installed");
    if is_current(&lock, &installed) && done.exists() {
        say::detail("node: up to date");
        return Ok(());
    }
    say::detail("node: installing MCP and CEL peers, wasm-opt and CEL's conformance cases");
    fs::create_dir_all(&home).with_context(|| format!("cannot create {}", home.display()))?;
    fs::copy(layout.own("tools/package.json"), home.join("package.json"))?;
    fs::copy(&lock, &installed)?;
    // No install scripts: nothing downloads behind the lock file's back.
    let arguments = [
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ];
    say::output(say::command("npm", &arguments).current_dir(&home))?;
    fs::write(done, "").context("cannot write the stamp")
}
