//! Benchmarks: times by criterion, and counts of instructions, which a loaded machine cannot blur.

pub mod cel;
mod counts;
mod envoy;
mod web;

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::layout::Layout;
use crate::say;

/// `counts` compares instruction counts with those on record, and `counts --accept` records them; `cel`
/// times CEL beside its peers in one sitting, `web` the npm package beside one, `envoy` the filter in Envoy beside what else could
/// stand there; anything else names benchmarks of criterion, nothing means all.
pub fn run(layout: &Layout, arguments: &[String]) -> Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["counts"] => counts::compare(layout),
        ["counts", "--accept"] => counts::accept(layout),
        ["cel", arguments @ ..] => cel::run(layout, arguments),
        ["web"] => web::run(layout),
        ["envoy"] => envoy::run(layout),
        [] => {
            counts::compare(layout)?;
            everything(layout, &[])
        }
        filter => everything(layout, filter),
    }
}

fn everything(layout: &Layout, filter: &[&str]) -> Result<()> {
    say::step("bench: criterion");
    let all = ["--workspace", "--exclude", "callgate-filter", "--benches"];
    criterion(layout, &all, filter)
}

fn criterion(layout: &Layout, which: &[&str], filter: &[&str]) -> Result<()> {
    let mut cargo = say::cargo(&layout.root, &["bench"]);
    say::run(cargo.args(which).arg("--").args(filter))
}

/// Runs a cargo command that builds one program, and returns the program's path.
pub fn executable(layout: &Layout, arguments: &[&str], name: &str) -> Result<PathBuf> {
    let mut cargo = say::cargo(&layout.root, arguments);
    let messages = say::output(cargo.arg("--message-format=json"))?;
    let executable = |message: &str| {
        let message: serde_json::Value = serde_json::from_str(message).ok()?;
        let named = message.pointer("/target/name")? == name;
        let path = message.get("executable")?.as_str()?;
        named.then(|| PathBuf::from(path))
    };
    let found = messages.lines().find_map(executable);
    found.with_context(|| format!("cargo named no executable for `{name}`"))
}
