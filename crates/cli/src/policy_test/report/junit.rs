//! For build servers: `JUnit` XML, one suite a file.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{lines, place};
use crate::policy_test::run::Outcome;

/// All results.
pub fn report(outcomes: &[Outcome<'_>]) -> String {
    let mut report = Report::new("callgate");
    for tests in outcomes.chunk_by(|a, b| a.case.file.name == b.case.file.name) {
        let name = tests
            .first()
            .map_or("", |outcome| outcome.case.file.name.as_str());
        let mut suite = TestSuite::new(name);
        suite.add_test_cases(tests.iter().map(case));
        report.add_test_suite(suite);
    }
    let xml = report.to_string().unwrap_or_default();
    if xml.ends_with('\n') { xml } else { xml + "\n" }
}

fn case(outcome: &Outcome<'_>) -> TestCase {
    let status = if let Some(why) = &outcome.skipped {
        let mut status = TestCaseStatus::skipped();
        status.set_message(why.as_str());
        status
    } else if outcome.passed() {
        TestCaseStatus::success()
    } else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        let lines = lines(outcome);
        status.set_message(lines.first().cloned().unwrap_or_default());
        status.set_description(format!("{}\n{}", place(outcome), lines.join("\n")));
        status
    };
    let mut case = TestCase::new(outcome.case.name.as_str(), status);
    case.set_classname(outcome.case.file.name.as_str());
    case
}
