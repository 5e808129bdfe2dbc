//! The example that the documentation leads through is sound, tested, and builds to one digest.
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

#[test]
fn the_example_has_no_problems() {
    let output = callgate(&["check", EXAMPLE, "-f", "json"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), "[]");
    assert!(output.status.success());
}

#[test]
fn the_example_is_in_canonical_form() {
    let output = callgate(&["fmt", "--check", EXAMPLE]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert!(output.status.success());
}

#[test]
fn the_tests_of_the_example_pass() {
    let output = callgate(&["test", EXAMPLE]);
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.ends_with(" passed, 0 failed\n"), "{report}");
    assert!(!report.starts_with("0 passed"), "{report}");
    assert!(output.status.success());
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
