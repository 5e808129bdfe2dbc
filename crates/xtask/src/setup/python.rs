//! The Python environment: Envoy's own binary and the MCP client, pinned by hash.

use std::fs;

use anyhow::{Context as _, Result};

use super::is_current;
use crate::layout::Layout;
use crate::say;

pub fn install(layout: &Layout) -> Result<()> {
    let lock = layout.own("tools/requirements.txt");
    let home = layout.tools().join("python");
    let stamp = home.join("requirements.txt");
    if is_current(&lock, &stamp) {
        say::detail("python: up to date");
        return Ok(());
    }
    say::detail("python: installing Envoy 1.40.0 and the MCP client");
    if home.exists() {
        fs::remove_dir_all(&home).with_context(|| format!("cannot remove {}", home.display()))?;
    }
    fs::create_dir_all(layout.tools())?;
    say::output(say::command("python3", &["-m", "venv"]).arg(&home))?;
    let arguments = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "-r",
    ];
    say::output(say::command(layout.python(), &arguments).arg(&lock))?;
    fs::copy(&lock, &stamp).context("cannot write the stamp")?;
    Ok(())
}
