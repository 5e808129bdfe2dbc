//! Hostile expressions come to an error or a value, soon, and on a small stack.

#![expect(
    clippy::expect_used,
    reason = "a helper of a test fails as the test does"
)]

use std::fs;
use std::path::Path;

use callgate_cel::{Arena, Environment, Gas, Type, Value, compile_source};
use callgate_json as json;
use callgate_model::Limits;

/// 64 KiB per 32 levels of nesting, of which a tree may have four times 32.
const STACK: usize = 262_144;
/// Cases there must be, lest an empty folder pass.
const LEAST: usize = 50;

struct Case {
    name: String,
    source: String,
    limits: Limits,
    expect: String,
}

#[test]
fn hostile_expressions_end_soon_on_a_small_stack() {
    let cases = cases();
    assert!(cases.len() >= LEAST, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let (name, expect) = (case.name.clone(), case.expect.clone());
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn(move || outcome(&case));
        let found = thread.expect("a thread").join().expect("no panic");
        if found != expect {
            wrong.push(format!("{name}: {found} and not {expect}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The one code of all diagnostics, or of the error, or `ok`.
fn outcome(case: &Case) -> String {
    let environment = Environment::builder()
        .leaf("text", Type::String)
        .leaf("x", Type::Int);
    let environment = environment.build();
    let program = match compile_source(&case.source, &environment, &case.limits) {
        Ok(program) => program,
        Err(found) => {
            assert!(
                found.len() <= 200,
                "{}: {} diagnostics",
                case.name,
                found.len()
            );
            let mut codes: Vec<&str> = found.iter().map(|diagnostic| diagnostic.code).collect();
            codes.dedup();
            return codes.join(", ");
        }
    };
    let arena = Arena::new(case.limits.arena_bytes);
    let long = "ab".repeat(50_000);
    let slots = [Some(Value::String(&long)), Some(Value::Int(1))];
    let mut gas = Gas::new(case.limits.gas);
    match program.eval(&slots, &arena, &mut gas) {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.code.as_str().to_owned(),
    }
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/cel-hostile");
    let files = fs::read_dir(folder)
        .expect("the corpus")
        .flatten()
        .map(|entry| entry.path());
    let mut files: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort();
    files.iter().map(|path| case(path)).collect()
}

fn case(path: &Path) -> Case {
    let bytes = fs::read(path).expect("a readable case");
    let document = json::Document::parse(&bytes, &json::Limits::default()).expect("a case in JSON");
    let member = |name: &str| document.root().as_object().and_then(|case| case.get(name));
    let parts = member("parts")
        .and_then(json::Value::as_array)
        .expect("parts");
    let mut limits = Limits::default();
    if let Some(json::NumberClass::Int(bytes)) = member("expression_bytes")
        .and_then(json::Value::as_number)
        .map(json::Number::class)
    {
        limits.expression_bytes = u32::try_from(bytes).expect("a size");
    }
    Case {
        name: path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        source: parts.iter().map(part).collect(),
        limits,
        expect: member("expect")
            .and_then(json::Value::as_str)
            .expect("an outcome")
            .to_owned(),
    }
}

/// A text, or one so many times.
fn part(part: json::Value<'_>) -> String {
    let Some(repeated) = part.as_object() else {
        return part.as_str().expect("a text").to_owned();
    };
    let text = repeated
        .get("repeat")
        .and_then(json::Value::as_str)
        .expect("a text");
    let times = repeated
        .get("times")
        .and_then(json::Value::as_number)
        .map(json::Number::class);
    let Some(json::NumberClass::Int(times)) = times else {
        unreachable!("a part says how many times")
    };
    text.repeat(usize::try_from(times).expect("a count"))
}
