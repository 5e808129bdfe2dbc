//! Benchmarks: times by criterion, and counts of instructions, which a loaded machine cannot blur.

mod counts;

use anyhow::Result;

use crate::layout::Layout;
use crate::say;

/// `counts` compares instruction counts with those on record, and `counts --accept` records them; `cel`
/// times CEL beside its peers; anything else names benchmarks of criterion, nothing means all.
pub fn run(layout: &Layout, arguments: &[String]) -> Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["counts"] => counts::compare(layout),
        ["counts", "--accept"] => counts::accept(layout),
        ["cel", filter @ ..] => {
            say::step("bench: CEL and its peers");
            criterion(layout, &["-p", "callgate-cel", "--bench", "peers"], filter)
        }
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
