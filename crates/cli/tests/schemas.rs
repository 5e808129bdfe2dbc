//! The JSON Schemas agree with the documents that callgate itself writes and reads.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use callgate_model::{Code, Effect, Limits};
use callgate_release::{Format, Source};
use serde_json::{Value, json};

fn callgate(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_callgate"))
        .args(arguments)
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {words}");
    String::from_utf8(output.stdout).unwrap()
}

fn schema(kind: &str) -> Value {
    serde_json::from_str(&callgate(&["schema", kind])).unwrap()
}

/// Every document of a YAML or JSON file.
fn documents(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    let format = Format::of_path(path.to_str().unwrap()).unwrap();
    let source = Source::read(&text, format, &Limits::default()).unwrap();
    let documents = source.documents.iter();
    documents
        .map(|document| serde_json::from_str(document.root().raw()).unwrap())
        .collect()
}

#[track_caller]
fn is_valid(kind: &str, document: &Value) {
    let validator = jsonschema::validator_for(&schema(kind)).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new(), "{kind}: {document:#}");
    // As strict as the reader: what it does not know is no document.
    let mut stranger = document.clone();
    stranger["unknown_member"] = json!(1);
    assert!(
        !validator.is_valid(&stranger),
        "{kind} lets an unknown member pass"
    );
}

fn a_project() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("gateway");
    callgate(&["init", project.to_str().unwrap()]);
    (folder, project)
}

#[test]
fn what_init_writes_is_valid() {
    let (_folder, project) = a_project();
    for file in ["10-block-dangerous-tools.yaml", "20-allow-team-tools.yaml"] {
        for policy in documents(&project.join("policies").join(file)) {
            is_valid("policy", &policy);
        }
    }
    is_valid("project", &documents(&project.join("callgate.yaml"))[0]);
    is_valid("test", &documents(&project.join("policies_test.yaml"))[0]);
}

#[test]
fn releases_and_records_are_valid() {
    let (_folder, project) = a_project();
    let project = project.to_str().unwrap();
    let release = callgate(&[
        "build",
        project,
        "-o",
        "-",
        "--created-at",
        "2026-01-01T00:00:00Z",
    ]);
    is_valid("release", &serde_json::from_str(&release).unwrap());

    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls.jsonl");
    let args = json!({ "identity": { "name": "b", "labels": { "team": "support" } },
        "request": { "kind": "tool_call", "tool": { "name": "refund", "args": { "n": 1 } },
            "headers": { "a": "b" }, "cost_usd": "1.50" },
        "task": {}, "run": { "id": "r", "started_at": "2026-01-01T00:00:00Z" } });
    is_valid("call", &args);
    let others = [
        json!({ "identity": { "name": "b" }, "request": { "tool": { "name": "run_shell" } } }),
        json!({ "identity": { "name": "b" }, "request": {} }),
        json!({ "identity": { "name": "b" }, "request": { "kind": "mcp_request", "method": "x/y" } }),
        json!({}),
    ];
    let lines: Vec<String> = [&args]
        .into_iter()
        .chain(&others)
        .map(Value::to_string)
        .collect();
    fs::write(&calls, lines.join("\n")).unwrap();
    for explain in [&["--explain"][..], &[]] {
        let fixed = [
            "decide",
            "-r",
            project,
            "-i",
            calls.to_str().unwrap(),
            "-f",
            "json",
            "--now",
            "2026-01-01T00:00:00Z",
        ];
        let records = callgate(&[&fixed[..], explain].concat());
        assert_eq!(records.lines().count(), 5);
        for record in records.lines() {
            is_valid("record", &serde_json::from_str(record).unwrap());
        }
    }
    is_valid("state", &json!({ "counters": {}, "runs": {} }));
}

#[test]
fn names_in_the_schemas_are_those_of_the_code() {
    let record = schema("record");
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(
        record.pointer("/properties/reasons/items/properties/code/enum"),
        Some(&json!(codes))
    );
    let deciding =
        "/properties/tests/items/properties/expect/properties/deciding/properties/code/enum";
    assert_eq!(schema("test").pointer(deciding), Some(&json!(codes)));
    let effects: Vec<&str> = Effect::ALL.iter().map(|effect| effect.as_str()).collect();
    assert_eq!(
        record.pointer("/properties/decision/enum"),
        Some(&json!(effects))
    );
}

#[test]
fn every_schema_stands_alone_and_says_what_its_fields_are() {
    for kind in [
        "policy",
        "CelPolicy",
        "RuleSet",
        "MatchPolicy",
        "ControlPolicy",
        "DlpPolicy",
        "Settings",
        "project",
        "test",
        "call",
        "state",
        "record",
        "release",
    ] {
        let schema = schema(kind);
        jsonschema::meta::validate(&schema).unwrap();
        let parts = schema["$defs"].as_object();
        let parts: BTreeSet<&str> = parts
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(
            references(&schema),
            parts,
            "{kind}: what is referred to is there, and nothing else"
        );
        undescribed(kind, &schema);
    }
}

fn references(schema: &Value) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    match schema {
        Value::Object(object) => {
            let own = object.get("$ref").and_then(Value::as_str);
            found.extend(own.and_then(|name| name.strip_prefix("#/$defs/")));
            found.extend(object.values().flat_map(references));
        }
        Value::Array(array) => found.extend(array.iter().flat_map(references)),
        _ => {}
    }
    found
}

/// Every field of what people write says what it is, where an editor can show it.
fn undescribed(kind: &str, schema: &Value) {
    let parts = schema["$defs"].as_object();
    let parts = parts.into_iter().flatten().map(|(_, part)| part);
    let written = ["policy", "Settings", "project", "test"].contains(&kind);
    for part in parts.chain([schema]).filter(|_| written) {
        let properties = part["properties"].as_object();
        for (name, field) in properties.into_iter().flatten() {
            let referred = field["$ref"].as_str();
            let referred = referred.and_then(|to| schema.pointer(to.trim_start_matches('#')));
            let own = field.get("description");
            let described = own.or(referred.and_then(|part| part.get("description")));
            assert!(described.is_some(), "{kind}: `{name}` has no description");
        }
    }
}
