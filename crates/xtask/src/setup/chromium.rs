//! Debian's Chromium: the pages and the web module are tested in the browser that people use.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::say;

/// Names that distributions give the program.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Installs the browser where `apt-get` may; elsewhere says who has to.
pub fn install() -> Result<()> {
    if path().is_ok() {
        say::detail("chromium: up to date");
        return Ok(());
    }
    say::detail("chromium: installing Debian's package");
    let packages: &[&[&str]] = &[
        &["update", "-qq"],
        &[
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
            "chromium",
        ],
    ];
    for arguments in packages {
        let mut apt = say::command("apt-get", arguments);
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        if let Err(error) = say::output(&mut apt) {
            bail!("missing: chromium\n  on Debian: sudo apt-get install -y chromium\n{error:#}");
        }
    }
    path().map(drop)
}

/// Where the browser is.
///
/// # Errors
/// It is not installed.
pub fn path() -> Result<PathBuf> {
    let folders = std::env::var_os("PATH").context("there is no PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
    let mut candidates = folders
        .iter()
        .flat_map(|folder| NAMES.map(|name| folder.join(name)));
    candidates
        .find(|path| path.is_file())
        .context("Chromium is not installed; run `cargo xtask setup`")
}
