//! The official JSON Schema test suite for 2020-12, required and optional parts.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::path::{Path, PathBuf};

use callgate_json::{Array, Document, Value};
use callgate_schema::{Budget, Formats, Options, Problem, Schema};

/// Groups that need a document from elsewhere; nothing is fetched. The README lists them with their reasons.
const REMOTE: &[(&str, &str)] = &[
    ("defs", "validate definition against metaschema"),
    (
        "dynamicRef",
        "strict-tree schema, guards against misspelled properties",
    ),
    (
        "dynamicRef",
        "tests for implementation dynamic anchor and reference link",
    ),
    (
        "dynamicRef",
        "$ref and $dynamicAnchor are independent of order - $defs first",
    ),
    (
        "dynamicRef",
        "$ref and $dynamicAnchor are independent of order - $ref first",
    ),
    (
        "dynamicRef",
        "$ref to $dynamicRef finds detached $dynamicAnchor",
    ),
    ("ref", "remote ref, containing refs itself"),
    ("refRemote", "remote ref"),
    ("refRemote", "fragment within remote ref"),
    ("refRemote", "anchor within remote ref"),
    ("refRemote", "ref within remote ref"),
    ("refRemote", "base URI change"),
    ("refRemote", "base URI change - change folder"),
    ("refRemote", "base URI change - change folder in subschema"),
    ("refRemote", "root ref in remote ref"),
    ("refRemote", "remote ref with ref to defs"),
    ("refRemote", "Location-independent identifier in remote ref"),
    (
        "refRemote",
        "retrieved nested refs resolve relative to their URI not $id",
    ),
    ("refRemote", "remote HTTP ref with different $id"),
    ("refRemote", "remote HTTP ref with different URN $id"),
    ("refRemote", "remote HTTP ref with nested absolute ref"),
    ("refRemote", "$ref to $ref finds detached $anchor"),
    (
        "vocabulary",
        "schema that uses custom metaschema with with no validation vocabulary",
    ),
    ("vocabulary", "ignore unrecognized optional vocabulary"),
];

/// Optional groups that need another document or another draft.
const OPTIONAL: &[(&str, &str)] = &[
    (
        "cross-draft",
        "refs to historic drafts are processed as historic drafts",
    ),
    (
        "format-assertion",
        "schema that uses custom metaschema with format-assertion: false",
    ),
    (
        "format-assertion",
        "schema that uses custom metaschema with format-assertion: true",
    ),
];

/// Optional files that are not run: a keyword of draft 7, which means nothing in 2020-12, and
/// formats that are not judged.
const SKIPPED: &[&str] = &[
    "dependencies-compatibility",
    "idn-email",
    "idn-hostname",
    "iri",
    "iri-reference",
    "relative-json-pointer",
    "unknown",
    "uri-template",
];

/// What one part of the suite came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    groups: usize,
    passed: usize,
    excluded: usize,
}

fn suite() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../.xtask/json-schema-suite/tests")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let read = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask setup`", folder.display()));
    let mut files: Vec<PathBuf> = read.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    files
}

fn text<'d>(value: Value<'d>, name: &str) -> &'d str {
    let member = value.pointer(&format!("/{name}"));
    member.and_then(Value::as_str).unwrap_or_default()
}

fn array<'d>(value: Value<'d>, name: &str) -> Array<'d> {
    let member = value.pointer(&format!("/{name}"));
    member.and_then(Value::as_array).unwrap()
}

/// Runs every case of a file; what went wrong is added to `wrong`.
fn run(
    path: &Path,
    options: &Options,
    excluded: &[(&str, &str)],
    counts: &mut Counts,
    wrong: &mut Vec<String>,
) {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let bytes = std::fs::read(path).unwrap();
    let document = Document::parse(&bytes, &callgate_json::Limits::default()).unwrap();
    for group in document.root().as_array().unwrap().iter() {
        counts.groups += 1;
        let title = text(group, "description");
        let cases = array(group, "tests");
        let schema = Schema::compile(group.pointer("/schema").unwrap(), options);
        let schema = match schema {
            Err(problems) if excluded.contains(&(name.as_str(), title)) => {
                assert!(
                    problems.iter().any(leads_outside),
                    "{name}: {title}: {problems:#?}"
                );
                counts.excluded += cases.len();
                continue;
            }
            Err(problems) => {
                wrong.push(format!("{name}: {title}: {problems:#?}"));
                continue;
            }
            Ok(schema) => schema,
        };
        for case in cases.iter() {
            let data = case.pointer("/data").unwrap();
            let expected = case.pointer("/valid").and_then(Value::as_bool);
            let fast = schema.is_valid(data, &mut Budget::new(1_000_000));
            let full = schema.validate(data, &mut Budget::new(1_000_000));
            let agree = full.as_ref().map(|outcome| outcome.valid) == fast.as_ref().copied();
            let explained = full
                .as_ref()
                .is_ok_and(|full| full.valid == full.violations.is_empty());
            if fast.ok() == expected && agree && explained {
                counts.passed += 1;
            } else {
                let case = text(case, "description");
                wrong.push(format!(
                    "{name}: {title}: {case}: {full:?}, expected {expected:?}"
                ));
            }
        }
    }
}

/// Whether a schema is refused because it needs a document from elsewhere.
fn leads_outside(problem: &Problem) -> bool {
    ["SCHEMA_REFERENCE", "SCHEMA_DRAFT"].contains(&problem.diagnostic.code)
}

fn run_all(folder: &str, options: &Options, excluded: &[(&str, &str)]) -> Counts {
    let (mut counts, mut wrong) = (Counts::default(), Vec::new());
    for file in files(&suite().join(folder)) {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if !SKIPPED.contains(&name.as_str()) {
            run(&file, options, excluded, &mut counts, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{counts:?}\n{}", wrong.join("\n"));
    counts
}

#[test]
fn every_required_case_that_needs_no_other_document_passes() {
    let expected = Counts {
        groups: 368,
        passed: 1204,
        excluded: 53,
    };
    assert_eq!(run_all("", &Options::default(), REMOTE), expected);
}

#[test]
fn formats_hold_as_the_optional_part_says() {
    let options = Options {
        formats: Formats::Assert,
        ..Options::default()
    };
    let expected = Counts {
        groups: 14,
        passed: 353,
        excluded: 0,
    };
    assert_eq!(run_all("optional/format", &options, &[]), expected);
}

#[test]
fn optional_cases_hold_but_for_other_drafts() {
    let expected = Counts {
        groups: 41,
        passed: 117,
        excluded: 5,
    };
    assert_eq!(run_all("optional", &Options::default(), OPTIONAL), expected);
}
