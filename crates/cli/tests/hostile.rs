//! `callgate cel` answers every expression of the hostile corpus with a value or a code.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use callgate_model::Limits;
use serde_json::{Value, json};

/// Cases there must be, lest an empty folder pass.
const LEAST: usize = 50;

#[test]
fn hostile_expressions_are_answered_with_a_code() {
    let folder = tempfile::tempdir().unwrap();
    let variables = folder.path().join("variables.json");
    let values = json!({ "text": "ab".repeat(50_000), "x": 1 });
    fs::write(&variables, values.to_string()).unwrap();
    let cases = cases();
    assert!(cases.len() >= LEAST, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for path in cases {
        let case: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let source: String = case["parts"].as_array().unwrap().iter().map(part).collect();
        // The command line has no way to lift the bound on the source.
        let is_long = source.len() > usize::try_from(Limits::default().expression_bytes).unwrap();
        let expect = if is_long {
            "cel.source_limit"
        } else {
            case["expect"].as_str().unwrap()
        };
        let found = outcome(&source, &variables);
        if found != expect {
            wrong.push(format!("{}: {found} and not {expect}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The one code of all errors, or `ok`.
fn outcome(source: &str, variables: &Path) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_callgate"))
        .args(["cel", "-", "-f", "json", "--vars"])
        .arg(variables)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(source.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let Ok(answer) = serde_json::from_slice::<Value>(&output.stdout) else {
        return format!("{} and no answer", output.status);
    };
    let one = std::slice::from_ref(&answer["error"]);
    let errors = answer["errors"].as_array().map_or(one, Vec::as_slice);
    let mut codes: Vec<&str> = errors.iter().filter_map(|e| e["code"].as_str()).collect();
    codes.dedup();
    match (codes.is_empty(), output.status.code()) {
        (true, Some(0)) => "ok".to_owned(),
        (false, Some(1 | 3)) => codes.join(", "),
        _ => format!("{} and {answer}", output.status),
    }
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/cel-hostile");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort();
    files
}

/// A text, or one so many times.
fn part(part: &Value) -> String {
    if let Some(text) = part.as_str() {
        return text.to_owned();
    }
    let times = usize::try_from(part["times"].as_u64().unwrap()).unwrap();
    part["repeat"].as_str().unwrap().repeat(times)
}
