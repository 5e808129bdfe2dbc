//! The official cases that refer to other documents, once the document brings them along: a
//! bundle, as Core, section 9.3, describes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::path::{Path, PathBuf};

use callgate_json::Document;
use callgate_schema::{Budget, Options, Schema};
use serde_json::{Map, Value, json};

/// Where the suite says its documents are.
const HOME: &str = "http://localhost:1234/draft2020-12";

/// Groups that a bundle cannot serve: documents under another address than their `$id`, and
/// dialects that a metaschema describes.
const NEVER: [&str; 5] = [
    "remote HTTP ref with different $id",
    "remote HTTP ref with different URN $id",
    "remote HTTP ref with nested absolute ref",
    "schema that uses custom metaschema with with no validation vocabulary",
    "ignore unrecognized optional vocabulary",
];

fn tools() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../.xtask")
}

fn read(path: &Path) -> Value {
    let bytes = std::fs::read(path)
        .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask setup`", path.display()));
    serde_json::from_slice(&bytes).unwrap()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The documents that may be referred to, by address.
fn documents() -> Vec<(String, Value)> {
    let mut documents = Vec::new();
    let remotes = tools().join("json-schema-suite/remotes");
    for path in files(&remotes) {
        let name = path
            .strip_prefix(&remotes)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        documents.push((format!("{HOME}/{name}"), read(&path)));
    }
    // Python's `jsonschema` brings the metaschemas; the folder above them names Python's version.
    let libraries = std::fs::read_dir(tools().join("python/lib")).unwrap();
    let mut libraries = libraries.map(|library| library.unwrap().path());
    let library = libraries
        .find(|library| library.join("site-packages").exists())
        .unwrap();
    let schemas = "site-packages/jsonschema_specifications/schemas/draft202012";
    for path in files(&library.join(schemas)) {
        let schema = read(&path);
        documents.push((schema["$id"].as_str().unwrap().to_owned(), schema));
    }
    documents
}

/// `schema` with every document under `$defs`, each with its address as its `$id`.
fn bundle(schema: &Value, documents: &[(String, Value)]) -> Value {
    let mut bundle = schema.as_object().unwrap().clone();
    let defs = bundle
        .entry("$defs")
        .or_insert_with(|| Value::Object(Map::new()));
    for (number, (address, document)) in documents.iter().enumerate() {
        let mut document = document.clone();
        document["$id"] = json!(address);
        defs[format!("bundled{number}")] = document;
    }
    Value::Object(bundle)
}

fn is_valid(schema: &Schema, value: &Value) -> bool {
    let text = value.to_string();
    let document = Document::parse(text.as_bytes(), &callgate_json::Limits::default()).unwrap();
    schema
        .is_valid(document.root(), &mut Budget::new(1_000_000))
        .unwrap()
}

fn compile(schema: &Value) -> Result<Schema, String> {
    let text = schema.to_string();
    let document = Document::parse(text.as_bytes(), &callgate_json::Limits::default()).unwrap();
    let compiled = Schema::compile(document.root(), &Options::default());
    compiled.map_err(|problems| format!("{problems:#?}"))
}

#[test]
fn cases_that_refer_to_other_documents_hold_in_a_bundle() {
    let documents = documents();
    let (mut passed, mut refused) = (0, Vec::new());
    for path in files(&tools().join("json-schema-suite/tests")) {
        if path.components().any(|part| part.as_os_str() == "optional") {
            continue;
        }
        for group in read(&path).as_array().unwrap() {
            if compile(&group["schema"]).is_ok() {
                continue;
            }
            let title = group["description"].as_str().unwrap();
            let schema = match compile(&bundle(&group["schema"], &documents)) {
                Ok(schema) => schema,
                Err(_) if NEVER.contains(&title) => {
                    refused.push(title.to_owned());
                    continue;
                }
                Err(problems) => panic!("{title}: {problems}"),
            };
            for case in group["tests"].as_array().unwrap() {
                let expected = case["valid"].as_bool().unwrap();
                assert_eq!(
                    is_valid(&schema, &case["data"]),
                    expected,
                    "{title}: {case}"
                );
                passed += 1;
            }
        }
    }
    assert_eq!((passed, refused.len()), (42, NEVER.len()));
}

#[test]
fn the_metaschema_judges_schemas_within_the_limits() {
    let mut documents = documents();
    let is_meta = |address: &str| address.starts_with("https://json-schema.org/");
    documents.retain(|(address, _)| is_meta(address));
    let reference = json!({"$ref": "https://json-schema.org/draft/2020-12/schema"});
    let schema = compile(&bundle(&reference, &documents)).unwrap();
    for (_, document) in &documents {
        assert!(is_valid(&schema, document));
    }
    // As deep as JSON is read: a schema within a schema 30 times.
    let deep = (0..30).fold(
        json!({"minimum": 1}),
        |inner, _| json!({"properties": {"a": inner}}),
    );
    assert!(is_valid(&schema, &deep));
    let wrong = (0..30).fold(
        json!({"minimum": "1"}),
        |inner, _| json!({"properties": {"a": inner}}),
    );
    assert!(!is_valid(&schema, &wrong));
}
