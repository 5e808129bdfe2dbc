//! Results of tests as people, programs and build servers read them.

pub mod github;
pub mod json;
pub mod junit;
pub mod quality;
pub mod tap;
pub mod text;

use crate::policy_test::run::{Difference, Outcome};
use crate::problem::{Problem, Range};

use callgate_model::Diagnostic;

/// Where a test stands in its file.
fn range(outcome: &Outcome<'_>) -> Option<Range> {
    let case = outcome.case;
    Problem::new(&case.file, Diagnostic::error("TEST", case.place, "")).range()
}

/// `file:line:column` of a test.
fn place(outcome: &Outcome<'_>) -> String {
    let file = &outcome.case.file.name;
    range(outcome).map_or_else(
        || file.clone(),
        |range| format!("{file}:{}:{}", range.start.line, range.start.column),
    )
}

/// A difference in a line.
fn line(difference: &Difference) -> String {
    let Difference {
        field,
        expected,
        got,
        help,
    } = difference;
    let help = help.as_ref().map(|help| format!(" ({help})"));
    format!(
        "{field}: expected {expected}, got {got}{}",
        help.unwrap_or_default()
    )
}

/// Everything there is to say about a failure.
fn lines(outcome: &Outcome<'_>) -> Vec<String> {
    let reasons = outcome
        .reasons
        .iter()
        .map(|reason| format!("because {reason}"));
    outcome
        .differences
        .iter()
        .map(line)
        .chain(reasons)
        .collect()
}

/// How many tests came out how.
struct Count {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Count {
    fn of(outcomes: &[Outcome<'_>]) -> Self {
        let skipped = outcomes.iter().filter(|outcome| outcome.skipped.is_some());
        let skipped = skipped.count();
        let failed = outcomes.iter().filter(|outcome| !outcome.passed()).count();
        Self {
            passed: outcomes
                .len()
                .saturating_sub(failed)
                .saturating_sub(skipped),
            failed,
            skipped,
        }
    }

    /// In a line; tests that were left out only where there are some.
    fn line(&self) -> String {
        let Self {
            passed,
            failed,
            skipped,
        } = self;
        match skipped {
            0 => format!("{passed} passed, {failed} failed"),
            _ => format!("{passed} passed, {failed} failed, {skipped} not asked"),
        }
    }
}
