//! The examples that the documentation leads through are sound and tested, and build to one digest.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

use std::process::{Command, Output};

const EXAMPLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/examples/support-team"
);

fn callgate(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callgate"));
    command.args(arguments).output().unwrap()
}

/// Every project below `docs/examples`, those within others too.
fn projects() -> Vec<String> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples");
    let files = walkdir::WalkDir::new(root).sort_by_file_name();
    let files = files.into_iter().map(|entry| entry.unwrap());
    let own = files.filter(|entry| entry.file_name() == "callgate.yaml");
    let folders = own.map(|entry| entry.path().parent().unwrap().display().to_string());
    let folders: Vec<String> = folders.collect();
    assert!(folders.len() >= 7, "{folders:?}");
    folders
}

#[test]
fn the_examples_are_in_canonical_form() {
    for project in projects() {
        let output = callgate(&["fmt", "--check", &project]);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        assert!(output.status.success());
    }
}

#[test]
fn the_examples_have_no_problems() {
    for project in projects() {
        let output = callgate(&["check", &project, "-f", "json"]);
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), "[]");
        assert!(output.status.success());
    }
}

#[test]
fn the_tests_of_the_examples_pass() {
    for project in projects() {
        let output = callgate(&["test", &project]);
        let report = String::from_utf8(output.stdout).unwrap();
        assert!(report.ends_with(" passed, 0 failed\n"), "{report}");
        assert!(!report.starts_with("0 passed"), "{report}");
        assert!(output.status.success());
    }
}

/// Everything in the examples' policies is shown to matter, and no edit to them goes unnoticed: but for
/// the project that shows how it does not work, whose second policy no call can get to.
#[test]
fn the_tests_of_the_examples_leave_nothing_open() {
    for project in projects() {
        let tests = format!("{project}/tests");
        let own = match std::path::Path::new(&tests).is_dir() {
            true => &tests,
            false => &project,
        };
        let output = callgate(&["test", own, "--coverage-min", "100", "--mutants"]);
        let report = String::from_utf8(output.stdout).unwrap();
        let shows_a_trap = project.ends_with("as-two-allows");
        assert_eq!(
            output.status.success(),
            !shows_a_trap,
            "{project}: {report}"
        );
    }
}

#[test]
fn the_same_project_builds_to_the_same_bytes() {
    let build = || {
        callgate(&[
            "build",
            EXAMPLE,
            "-o",
            "-",
            "--created-at",
            "2026-01-01T00:00:00Z",
        ])
    };
    let release = build();
    assert!(release.status.success());
    assert_eq!(release.stdout, build().stdout);
    let later = callgate(&[
        "build", EXAMPLE, "-o", "-", "--number", "2", "--note", "again",
    ]);
    let digest = |output: &Output| {
        let release: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        release["digest"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        digest(&release),
        digest(&later),
        "number, date and note are no content"
    );
}
