//! For programs: totals and every test.

use serde::Serialize;

use super::quality::{CoverageJson, MutantsJson, Quality, coverage_json, mutants_json};
use super::{Count, range};
use crate::policy_test::run::{Difference, Outcome};
use crate::render::json::pretty;

#[derive(Debug, Serialize)]
struct Report<'o> {
    passed: usize,
    failed: usize,
    #[serde(skip_serializing_if = "is_none")]
    not_asked: usize,
    tests: Vec<Test<'o>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<CoverageJson<'o>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mutants: Option<MutantsJson<'o>>,
}

#[derive(Debug, Serialize)]
struct Test<'o> {
    name: &'o str,
    file: &'o str,
    line: Option<u32>,
    column: Option<u32>,
    passed: bool,
    differences: &'o [Difference],
    reasons: &'o [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    not_asked: Option<&'o str>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_none(count: &usize) -> bool {
    *count == 0
}

/// All results.
pub fn report(outcomes: &[Outcome<'_>], quality: &Quality) -> String {
    let count = Count::of(outcomes);
    let tests = outcomes.iter().map(test).collect();
    pretty(&Report {
        passed: count.passed,
        failed: count.failed,
        not_asked: count.skipped,
        tests,
        coverage: quality.coverage.as_ref().map(coverage_json),
        mutants: quality.mutants.as_ref().map(mutants_json),
    })
}

fn test<'o>(outcome: &'o Outcome<'_>) -> Test<'o> {
    let range = range(outcome);
    Test {
        name: &outcome.case.name,
        file: &outcome.case.file.name,
        line: range.map(|range| range.start.line),
        column: range.map(|range| range.start.column),
        passed: outcome.passed() && outcome.skipped.is_none(),
        differences: &outcome.differences,
        reasons: &outcome.reasons,
        not_asked: outcome.skipped.as_deref(),
    }
}
