//! `callgate test --target`: the example projects' tests, decided by the modules that ship.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use xtask::layout::Layout;

/// The example projects.
fn examples(layout: &Layout) -> Result<Vec<std::path::PathBuf>> {
    let folder = layout.root.join("docs/examples");
    let mut examples = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.join("callgate.yaml").is_file() {
            examples.push(path);
        }
    }
    ensure!(!examples.is_empty(), "no examples in {}", folder.display());
    Ok(examples)
}

fn tested(program: &Path, project: &Path, target: &str) -> Result<Value> {
    let mut callgate = Command::new(program);
    callgate
        .args(["test", "--target", target, "-f", "json"])
        .arg(project);
    let output = callgate.output()?;
    let words = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("{target}, {}: {words}", project.display()))
}

#[test]
fn every_example_holds_on_every_module() -> Result<()> {
    let layout = Layout::of_this_tree();
    xtask::wasm::host(&layout)?;
    let program = xtask::bench::executable(&layout, &["build", "-p", "callgate"], "callgate")?;
    let mut asked_of_the_filter = 0;
    for project in examples(&layout)? {
        let native = tested(&program, &project, "native")?;
        for target in ["filter", "web"] {
            let got = tested(&program, &project, target)?;
            let name = project.display();
            ensure!(got["failed"] == 0, "{target}, {name}: {got:#}");
            let left_out = got["not_asked"].as_u64().unwrap_or(0);
            let passed = got["passed"].as_u64().context("a count")?;
            ensure!(
                passed + left_out == native["passed"].as_u64().context("a count")?,
                "{target}, {name}: {got:#}"
            );
            match target {
                "web" => ensure!(
                    left_out == 0,
                    "the web module takes every question: {got:#}"
                ),
                _ => asked_of_the_filter += passed,
            }
        }
    }
    ensure!(
        asked_of_the_filter > 50,
        "only {asked_of_the_filter} tests reach the filter"
    );
    Ok(())
}
