//! The npm packages that the JavaScript packages are built and tested with, pinned by their lock file.

use std::fs;

use anyhow::{Context as _, Result};

use super::is_current;
use crate::layout::Layout;
use crate::say;

pub fn install(layout: &Layout) -> Result<()> {
    let home = layout.js();
    let lock = home.join("package-lock.json");
    // A copy of the lock file it was installed by.
    let done = home.join("node_modules/.callgate-installed");
    if is_current(&lock, &done) {
        say::detail("js: up to date");
        return Ok(());
    }
    say::detail("js: installing what the JavaScript packages are built with");
    // No install scripts: nothing downloads behind the lock file's back. Not `npm ci`: it insists on the
    // linter's packages for every platform, which not every registry carries.
    let arguments = [
        "install",
        "--no-save",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ];
    say::output(say::command("npm", &arguments).current_dir(&home))?;
    fs::copy(lock, done).context("cannot write the stamp")?;
    Ok(())
}
