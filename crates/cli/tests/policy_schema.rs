//! The schemas of what people write take what the strict readers take, and refuse what they refuse.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use callgate_engine::CompiledRelease;
use callgate_json::Document;
use callgate_model::{Call, Diagnostic, Limits, Reader, State};
use callgate_release::{Build, Format, Policy, Project, Release, Source};
use jsonschema::Validator;
use serde_json::{Value, json};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas");
const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples");
const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/corpus/decisions");

/// A kind of document: its schema, and what the strict reader says of one.
struct Kind {
    schema: Value,
    validator: Validator,
    read: fn(&Value) -> Vec<Diagnostic>,
}

impl Kind {
    fn policy(name: &str) -> Self {
        Self::new(name, |value| {
            let text = value.to_string();
            let document = Document::parse(text.as_bytes(), &Limits::default().json).unwrap();
            let mut reader = Reader::default();
            let policy = Policy::read(&mut reader, document.root());
            match reader.finish(policy) {
                Ok(policy) => unusable(policy),
                Err(problems) => problems,
            }
        })
    }

    fn call() -> Self {
        Self::new("call", |value| {
            let text = value.to_string();
            let document = Document::parse(text.as_bytes(), &Limits::default().json).unwrap();
            Call::read(document.root()).err().unwrap_or_default()
        })
    }

    fn state() -> Self {
        Self::new("state", |value| {
            let text = value.to_string();
            let document = Document::parse(text.as_bytes(), &Limits::default().json).unwrap();
            State::read(document.root()).err().unwrap_or_default()
        })
    }

    fn project() -> Self {
        Self::new("project", |value| {
            let text = value.to_string();
            let document = Document::parse(text.as_bytes(), &Limits::default().json).unwrap();
            Project::read(document.root()).err().unwrap_or_default()
        })
    }

    fn new(name: &str, read: fn(&Value) -> Vec<Diagnostic>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callgate"));
        let output = command.args(["schema", name]).output().unwrap();
        assert!(output.status.success(), "{name}");
        let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
        Self {
            validator: jsonschema::options()
                .should_validate_formats(true)
                .build(&schema)
                .unwrap(),
            schema,
            read,
        }
    }

    #[track_caller]
    fn takes(&self, document: &Value, what: &str) {
        let errors = self.validator.iter_errors(document);
        let errors: Vec<String> = errors
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{what}: {document:#}");
    }
}

/// What keeps a policy that was read from being used: patterns and schemas in it.
fn unusable(policy: Policy) -> Vec<Diagnostic> {
    if policy.spec.cel().is_some() {
        return Vec::new();
    }
    let release = Build {
        project: "schemas",
        number: 1,
        policies: &[policy],
        ..Build::default()
    };
    let release = Release::read(release.to_json().as_bytes(), &Limits::default()).unwrap();
    let problems = CompiledRelease::compile(release, &Limits::default()).err();
    let problems = problems.unwrap_or_default().into_iter();
    problems.map(|problem| problem.diagnostic).collect()
}

/// Every document of a file.
fn documents(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let source = Source::read(&text, Format::Yaml, &Limits::default()).unwrap();
    let documents = source.documents.iter();
    documents
        .map(|document| serde_json::from_str(document.root().raw()).unwrap())
        .collect()
}

fn fixtures() -> [(Kind, Vec<Value>); 4] {
    let read = |name: &str| documents(&Path::new(FIXTURES).join(name));
    [
        (Kind::policy("policy"), read("every-field.yaml")),
        (Kind::project(), read("project.yaml")),
        (Kind::call(), read("call.yaml")),
        (Kind::state(), read("state.yaml")),
    ]
}

fn yaml_files(root: &str) -> Vec<std::path::PathBuf> {
    let walk = walkdir::WalkDir::new(root).sort_by_file_name();
    let files = walk.into_iter().map(|entry| entry.unwrap().into_path());
    let yaml = files.filter(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    yaml.collect()
}

#[test]
fn every_policy_of_the_corpus_is_valid() {
    let kind = Kind::policy("policy");
    let mut count = 0;
    for file in yaml_files(CORPUS) {
        let [topic] = documents(&file).try_into().unwrap();
        let empty = Vec::new();
        let cases = topic["cases"].as_array().unwrap();
        let lists = cases.iter().chain([&topic]).map(|holder| {
            let policies = holder["policies"].as_array();
            policies.unwrap_or(&empty)
        });
        for policy in lists.flatten() {
            let mut policy = policy.clone();
            policy["apiVersion"] = json!("callgate/v1");
            kind.takes(&policy, &file.display().to_string());
            count += 1;
        }
    }
    assert!(count > 100, "{count} policies");
}

#[test]
fn every_file_of_the_examples_is_valid() {
    let (policy, project, test) = (
        Kind::policy("policy"),
        Kind::project(),
        Kind::new("test", |_| Vec::new()),
    );
    let mut count = 0;
    for file in yaml_files(EXAMPLES) {
        let name = file.display().to_string();
        let kind = match name.as_str() {
            name if name.ends_with("callgate.yaml") => &project,
            name if name.ends_with("_test.yaml") => &test,
            name if name.contains("/policies/") => &policy,
            // State and calls that tests name are checked when they are read.
            _ => continue,
        };
        for document in documents(&file) {
            kind.takes(&document, &name);
            count += 1;
        }
    }
    assert!(count >= 6, "{count} documents");
}

#[test]
fn a_family_has_a_schema_of_its_own() {
    for policy in documents(&Path::new(FIXTURES).join("every-field.yaml")) {
        let own = policy["kind"].as_str().unwrap();
        for kind in [
            "CelPolicy",
            "RuleSet",
            "MatchPolicy",
            "ControlPolicy",
            "DlpPolicy",
        ] {
            let valid = Kind::policy(kind).validator.is_valid(&policy);
            assert_eq!(valid, kind == own, "{own} as {kind}");
        }
    }
}

/// What the reader knows and always refuses, with better words than for what it does not know.
const REFUSED: [&str; 2] = ["scope", "target_id"];

const STRANGER: &str = "qqqqqqqqqqqqqqqqqqqq";

#[test]
fn the_schema_and_the_reader_know_the_same_fields() {
    let mut objects = 0;
    for (kind, documents) in fixtures() {
        for document in documents {
            kind.takes(&document, "the document with every field");
            assert_eq!((kind.read)(&document), [], "{document:#}");
            for pointer in pointers(&document) {
                let object = document.pointer(&pointer).unwrap();
                let Some(members) = object.as_object() else {
                    continue;
                };
                let mut with_stranger = document.clone();
                with_stranger.pointer_mut(&pointer).unwrap()[STRANGER] = json!("x");
                let known = known_to_reader(&(kind.read)(&with_stranger));
                let schema = known_to_schema(&kind.schema, &document, &pointer);
                let place = format!("{} {pointer}", document["kind"]);
                assert_eq!(known, schema, "{place}");
                if let Some(known) = known {
                    assert!(!kind.validator.is_valid(&with_stranger), "{place} is open");
                    // So that leaving fields out and changing them says something about each of them.
                    let missing = known.iter().filter(|key| !members.contains_key(*key));
                    let missing: Vec<_> = missing.collect();
                    let alternatives = ["type", "equals", "per", "max_seconds", "regex"];
                    let partial = alternatives.iter().any(|key| known.contains(*key));
                    let shared = place.contains("spec") || place.starts_with("\"CelPolicy\"");
                    assert!(
                        partial || !shared || missing.is_empty(),
                        "{place}: {missing:?}"
                    );
                    objects += 1;
                }
            }
        }
    }
    assert!(objects >= 30, "{objects} objects");
}

/// Where every value of a document is.
fn pointers(value: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let members: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(k, v)| (k.clone(), v)).collect(),
        Value::Array(array) => array
            .iter()
            .enumerate()
            .map(|(i, v)| (i.to_string(), v))
            .collect(),
        _ => Vec::new(),
    };
    for (key, member) in members {
        let key = key.replace('~', "~0").replace('/', "~1");
        found.extend(pointers(member).into_iter().map(|p| format!("/{key}{p}")));
    }
    found
}

/// The fields that the reader offers instead of the stranger; `None` where any name may stand.
fn known_to_reader(problems: &[Diagnostic]) -> Option<BTreeSet<String>> {
    let problem = problems.iter().find(|p| p.message.contains(STRANGER))?;
    let list = problem.help.as_ref()?.strip_prefix("known fields: ")?;
    let names = list.split(", ").map(str::to_owned);
    Some(
        names
            .filter(|name| !REFUSED.contains(&name.as_str()) || !list.contains("denied_actions"))
            .collect(),
    )
}

/// The properties that the schema has for the value at `pointer`; `None` where any name may stand.
fn known_to_schema(root: &Value, document: &Value, pointer: &str) -> Option<BTreeSet<String>> {
    let mut schemas = applying(root, root, document);
    let mut at = document;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        at = match at {
            Value::Array(array) => &array[step.parse::<usize>().unwrap()],
            _ => &at[&step],
        };
        let below = schemas.iter().flat_map(|schema| {
            let named = schema["properties"].get(&step);
            let other = schema
                .get("additionalProperties")
                .filter(|_| named.is_none());
            let below = named.or(other).or_else(|| schema.get("items"));
            below.map_or(Vec::new(), |below| applying(root, below, at))
        });
        schemas = below.collect();
    }
    let named = schemas
        .iter()
        .filter_map(|s| s.get("properties")?.as_object());
    let mut names: BTreeSet<String> = named.flat_map(|names| names.keys().cloned()).collect();
    names.retain(|name| {
        !schemas
            .iter()
            .any(|s| s["properties"][name] == json!(false))
    });
    (!names.is_empty()).then_some(names)
}

/// `schema` and every schema in it that speaks of `value` itself.
fn applying<'s>(root: &'s Value, schema: &'s Value, value: &Value) -> Vec<&'s Value> {
    let mut all = vec![schema];
    let valid = |schema: &Value| {
        let mut alone = schema.clone();
        if let Some(object) = alone.as_object_mut() {
            object.insert("$defs".to_owned(), root["$defs"].clone());
        }
        jsonschema::validator_for(&alone).unwrap().is_valid(value)
    };
    if let Some(name) = schema["$ref"].as_str() {
        let named = root.pointer(name.trim_start_matches('#'));
        all.extend(applying(root, named.unwrap(), value));
    }
    for list in ["allOf", "anyOf", "oneOf"] {
        for schema in schema[list].as_array().into_iter().flatten() {
            if list == "allOf" || valid(schema) {
                all.extend(applying(root, schema, value));
            }
        }
    }
    if let Some(condition) = schema.get("if") {
        let branch = if valid(condition) { "then" } else { "else" };
        if let Some(branch) = schema.get(branch) {
            all.extend(applying(root, branch, value));
        }
    }
    all
}

#[test]
fn the_schema_and_the_reader_refuse_the_same_documents() {
    let mut compared = 0;
    for (kind, documents) in fixtures() {
        for document in documents {
            for (place, probe) in probes(&document) {
                let problems = (kind.read)(&probe);
                let valid = kind.validator.is_valid(&probe);
                let told: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
                if valid != problems.is_empty() && !is_beyond_schema(&told) {
                    panic!("{place}: the schema says {valid}, the reader {told:?}\n{probe:#}");
                }
                compared += 1;
            }
        }
    }
    assert!(compared > 1_000, "{compared} documents");
}

/// What no schema can say well: names that have to differ, windows with no time in them, what is wrong
/// in a pattern or in a JSON Schema.
fn is_beyond_schema(told: &[&str]) -> bool {
    let known = [
        "two rules are named",
        "some time in it",
        "cannot be used",
        "`/",
    ];
    !told.is_empty()
        && told
            .iter()
            .all(|message| known.iter().any(|k| message.contains(k)))
}

/// The document with one value gone, or with another value in its place.
fn probes(document: &Value) -> Vec<(String, Value)> {
    let others = [
        json!(true),
        json!(-1),
        json!(0),
        json!(7),
        json!(1.5),
        json!(101),
        json!(""),
        json!("x"),
        json!("x*"),
        json!(" x"),
        json!("/x"),
        json!("15m"),
        json!("12:00"),
        json!("24:00"),
        json!("24:01"),
        json!("1.0000001"),
        json!("x".repeat(1_001)),
        json!([]),
        json!(["x"]),
        json!([1]),
        json!({}),
        json!({ "x": "y" }),
        json!({ "x": 1 }),
        json!("tools/call"),
        json!("*"),
    ];
    let mut probes = Vec::new();
    for pointer in pointers(document) {
        if pointer.is_empty() {
            continue;
        }
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let mut without = document.clone();
        match without.pointer_mut(parent).unwrap() {
            Value::Object(object) => drop(object.remove(key)),
            Value::Array(array) => drop(array.remove(key.parse().unwrap())),
            _ => unreachable!("only these have members"),
        }
        probes.push((format!("without {pointer}"), without));
        for other in &others {
            let mut changed = document.clone();
            *changed.pointer_mut(&pointer).unwrap() = other.clone();
            probes.push((format!("{pointer} = {other}"), changed));
        }
    }
    probes
}
