//! CEL beside its peers: the same questions to every engine in one sitting, a table of times and ratios.
//!
//! A machine that does other things drifts, so the engines take turns in many short rounds, and what
//! is told is the median of the times and of the ratios to this engine in the same round.

mod measure;
mod runner;
mod table;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::layout::Layout;
use crate::{bench, say, setup, wasm, web};

pub use measure::{Cell, Row};
pub use runner::{Answer, Runner};
pub use table::{json, text};

/// How the table is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Text,
    Json,
}

/// Builds what is timed, times the questions that are named (all of them when none is) and prints the table.
pub fn run(layout: &Layout, arguments: &[&str]) -> Result<()> {
    let (format, wanted) = match arguments {
        ["-f", "json", wanted @ ..] => (Format::Json, wanted),
        ["-f", "text", wanted @ ..] | wanted => (Format::Text, wanted),
    };
    setup::run(layout)?;
    let (mut runners, questions) = start(layout)?;
    let names: Vec<String> = names(&questions)?;
    for name in wanted {
        if !names.iter().any(|known| known == name) {
            bail!("no question `{name}`; there are {}", names.join(", "));
        }
    }
    let asked: Vec<String> = names
        .into_iter()
        .filter(|name| wanted.is_empty() || wanted.contains(&name.as_str()))
        .collect();
    let rows = measure::sitting(&mut runners, &questions, &asked)?;
    match format {
        Format::Text => println!("{}", text(&asked, &rows)),
        Format::Json => println!("{:#}", json(&asked, &rows)),
    }
    Ok(())
}

/// Starts every engine; the first is the native build of this one.
fn start(layout: &Layout) -> Result<(Vec<Runner>, Value)> {
    let module = wasm::cel(layout)?;
    say::step("bench: building the native engines and the host of the wasm module");
    let peers = bench::executable(
        layout,
        &[
            "bench",
            "-p",
            "callgate-cel",
            "--bench",
            "peers",
            "--no-run",
        ],
        "peers",
    )?;
    // With the features that the tests are built with, so that wasmtime is compiled once for both.
    let whole = ["--workspace", "--exclude", "callgate-filter"];
    let arguments = [&["build"], whole.as_slice(), &["--example", "cel"]].concat();
    let host = bench::executable(layout, &arguments, "cel")?;
    let mut native = Runner::start(say::command(&peers, &["serve"]))?;
    let questions: Value = serde_json::from_str(&native.ask("questions")?)?;
    let file = write(layout, &questions)?;
    let mut wasmtime = say::command(&host, &[&module]);
    wasmtime.args(names(&questions)?);
    web::build(layout)?;
    let mut node = node(layout, &file);
    node.arg(&module).arg(layout.engine_package());
    let runners = vec![native, Runner::start(wasmtime)?, Runner::start(node)?];
    Ok((runners, questions))
}

/// The command that serves the engines of npm for the questions in a file.
pub fn node(layout: &Layout, questions: &std::path::Path) -> std::process::Command {
    let mut node = say::command("node", &[layout.own("scripts/cel_peers.mjs")]);
    node.arg(layout.tools().join("node")).arg(questions);
    node
}

fn write(layout: &Layout, questions: &Value) -> Result<PathBuf> {
    let file = layout.products().join("cel-questions.json");
    fs::create_dir_all(layout.products())?;
    fs::write(&file, questions.to_string())
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

fn names(questions: &Value) -> Result<Vec<String>> {
    let list = questions.as_array().context("questions are a list")?;
    let name = |question: &Value| Some(question["name"].as_str()?.to_owned());
    list.iter()
        .map(|question| name(question).context("a question has a name"))
        .collect()
}
