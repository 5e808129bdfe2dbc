//! Test corpora that ship inside registry packages: the JSON parsing test suite.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::layout::Layout;
use crate::say;

/// The crate that carries the suite; a development dependency of this one, so the lock file pins it.
const CARRIER: &str = "justjson";
const FOLDER: &str = "tests/JSONTestSuite";

pub fn install(layout: &Layout) -> Result<()> {
    let home = layout.json_suite();
    if home.exists() {
        say::detail("json test suite: up to date");
        return Ok(());
    }
    say::detail("json test suite: copying");
    let source = carrier(layout)?.join(FOLDER);
    // Filled beside its final place and renamed, so that an interrupted copy is not taken for a whole one.
    let partial = home.with_extension("partial");
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    fs::create_dir_all(&partial)?;
    for entry in
        fs::read_dir(&source).with_context(|| format!("cannot read {}", source.display()))?
    {
        let entry = entry?;
        fs::copy(entry.path(), partial.join(entry.file_name()))?;
    }
    fs::rename(&partial, &home).context("cannot put the suite in its place")
}

/// Where Cargo unpacked the carrier.
fn carrier(layout: &Layout) -> Result<PathBuf> {
    let text = say::output(&mut say::cargo(
        &layout.root,
        &["metadata", "--format-version", "1", "--quiet"],
    ))?;
    let metadata: Value =
        serde_json::from_str(&text).context("`cargo metadata` printed no JSON")?;
    let packages = metadata["packages"]
        .as_array()
        .context("`cargo metadata` lists no packages")?;
    let package = packages.iter().find(|package| package["name"] == CARRIER);
    let manifest = package.and_then(|package| package["manifest_path"].as_str());
    let manifest =
        PathBuf::from(manifest.with_context(|| format!("`{CARRIER}` is not in the lock file"))?);
    manifest
        .parent()
        .map(PathBuf::from)
        .context("a manifest has no folder")
}
