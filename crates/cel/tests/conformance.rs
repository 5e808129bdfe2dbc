//! The CEL specification's conformance suite: npm `@bufbuild/cel-spec`, and what is newer than it.

#![expect(clippy::expect_used, reason = "a test ends where its data is missing")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use callgate_json::{Document, Value};
use callgate_model::Limits;

/// Cases in scope: no protobuf messages, not for a checker alone, not of the test-only `block` extension.
const PACKAGE_CASES: usize = 1_654 - 25;
const NEWER_CASES: usize = 92;

#[test]
fn the_package_passes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("conformance.json");
    let converted = Command::new("node")
        .arg(root.join("crates/cel/scripts/cel-spec-to-json.mjs"))
        .arg(root.join(".xtask/node/node_modules"))
        .arg(&out)
        .status()
        .expect("node runs");
    assert!(
        converted.success(),
        "the cases are installed by `cargo xtask setup`"
    );
    check(&out, PACKAGE_CASES);
}

#[test]
fn the_newer_cases_pass() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cel-spec-508bd98.json");
    check(&data, NEWER_CASES);
}

fn check(path: &Path, expected: usize) {
    let bytes = std::fs::read(path).expect("the cases are there");
    let limits = callgate_json::Limits {
        bytes: u32::MAX,
        depth: 200,
        nodes: u32::MAX,
        ..callgate_json::Limits::default()
    };
    let document = Document::parse(&bytes, &limits).expect("the cases are JSON");
    let report = callgate_cel::conformance::run(document.root(), &Limits::default());
    let cases = document.root().as_array().expect("a list of cases").iter();
    let mut failures = BTreeMap::new();
    let mut run = 0;
    for (case, result) in cases.zip(&report.cases) {
        if out_of_scope(case) {
            continue;
        }
        run += 1;
        if result.pass != Some(true) {
            let name = format!("{}/{}/{}", result.file, result.section, result.name);
            failures.insert(name, (text(case, "expr").to_owned(), result.got.clone()));
        }
    }
    assert_eq!(run, expected, "cases in scope");
    assert!(
        failures.is_empty(),
        "{} fail: {failures:#?}",
        failures.len()
    );
}

fn out_of_scope(case: Value<'_>) -> bool {
    let is = |key| case.as_object().and_then(|case| case.get(key)?.as_bool()) == Some(true);
    is("needs_proto") || is("check_only") || text(case, "extension") == "block"
}

fn text<'a>(case: Value<'a>, key: &str) -> &'a str {
    case.as_object()
        .and_then(|case| case.get(key)?.as_str())
        .unwrap_or_default()
}
