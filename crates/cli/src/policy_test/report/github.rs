//! For GitHub: a workflow command for each failure, and the totals.

use super::{Count, lines, range};
use crate::policy_test::run::Outcome;
use crate::render::github::{message, property};

/// All results.
pub fn report(outcomes: &[Outcome<'_>]) -> String {
    let failures = outcomes.iter().filter(|outcome| !outcome.passed());
    let mut out: String = failures.map(command).collect();
    out += &format!("{}\n", Count::of(outcomes).line());
    out
}

fn command(outcome: &Outcome<'_>) -> String {
    let line = range(outcome).map_or(1, |range| range.start.line);
    format!(
        "::error file={},line={line},title={}::{}\n",
        property(&outcome.case.file.name),
        property(&outcome.case.name),
        message(&lines(outcome).join("\n")),
    )
}
