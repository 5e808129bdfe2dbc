//! The checker against cel-go's own tests and against the types the conformance suite deduces.

#![expect(clippy::expect_used, reason = "a test ends where its data is missing")]

use callgate_cel::check::{Checked, Context, Declarations, Signature, Type, check};
use callgate_cel::{Environment, Undeclared, parse};
use callgate_json::Value;
use callgate_model::Limits;

#[path = "check_suites/cases.rs"]
mod cases;
#[path = "check_suites/debug.rs"]
mod debug;

use cases::{Cases, text};

/// Cases the checker accepts and cel-go does not, each for a reason.
const ACCEPTED: &[(&str, &str)] = &[
    (
        "1 <= 1.0 && 1u <= 1.0 && 1.0 <= 1 && 1.0 <= 1u && 1 <= 1u && 1u <= 1",
        "numbers compare",
    ),
    (
        "1 < 1.0 && 1u < 1.0 && 1.0 < 1 && 1.0 < 1u && 1 < 1u && 1u < 1",
        "numbers compare",
    ),
    (
        "1 > 1.0 && 1u > 1.0 && 1.0 > 1 && 1.0 > 1u && 1 > 1u && 1u > 1",
        "numbers compare",
    ),
    (
        "1 >= 1.0 && 1u >= 1.0 && 1.0 >= 1 && 1.0 >= 1u && 1 >= 1u && 1u >= 1",
        "numbers compare",
    ),
];

#[test]
fn cel_go_checks_alike() {
    let cases = Cases::of("cel-go-suites-to-json.mjs");
    let mut failures = Vec::new();
    let (mut types, mut errors, mut accepted) = (0, 0, 0);
    for case in cases
        .iter()
        .filter(|case| text(*case, "suite") == "checking")
    {
        let has = |key| field(case, key).is_some();
        if has("excluded") || !has("ast") {
            continue;
        }
        let expr = text(case, "expr");
        let (found, checked) = outcome(case);
        if has("error") {
            match (
                checked.is_usable(),
                ACCEPTED.iter().any(|(known, _)| *known == expr),
            ) {
                (false, false) => errors += 1,
                (true, true) => accepted += 1,
                _ => failures.push(format!("{expr}: {found}, expected {}", text(case, "error"))),
            }
        } else {
            let expected = text(case, "type").replace("null", "null_type");
            if checked.is_usable() && found == expected {
                types += 1;
            } else {
                failures.push(format!(
                    "{expr}: {found}, expected {expected}: {:?}",
                    checked.diagnostics
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!((types, errors, accepted), CHECKING);
}

#[test]
fn cel_go_reads_alike() {
    let cases = Cases::of("cel-go-suites-to-json.mjs");
    let mut failures = Vec::new();
    let mut counts = [0; 4];
    for case in cases.iter() {
        let expr = text(case, "expr");
        let tree = parse(expr, &Limits::default());
        let index = match (field(case, "ast").is_some(), text(case, "suite")) {
            (true, "parsing") => 0,
            (true, "comprehension") => 1,
            (true, _) => 2,
            (false, _) => 3,
        };
        match (tree, field(case, "ast").and_then(Value::as_str)) {
            (Ok(tree), Some(expected)) => {
                let found = debug::shown(&tree);
                if found == expected {
                    counts[index] += 1;
                } else {
                    failures.push(format!("{expr}\n  found    {found}\n  expected {expected}"));
                }
            }
            (Err(diagnostics), Some(_)) => failures.push(format!("{expr}: {diagnostics:?}")),
            (Err(_), None) => counts[index] += 1,
            (Ok(_), None) => {
                let error = text(case, "error");
                if !is_allowed_here(error) {
                    failures.push(format!("{expr}: read, expected {error}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(counts, READ);
}

/// Right (types, errors) and accepted on purpose.
const CHECKING: (u32, u32, u32) = (64, 11, 6);
/// Trees of the parsing, comprehension and checking suites, and sources refused.
const READ: [u32; 4] = [108, 82, 124, 59];

/// Errors that are none here: optionals and quoted names are part of the language, macros are the
/// checker's to judge, and the limits on nesting differ.
fn is_allowed_here(error: &str) -> bool {
    let allowed = [
        "unsupported syntax",
        "invalid argument to has() macro",
        "argument is not an identifier",
        "argument must be a simple name",
        "iteration variable overwrites accumulator variable",
        "recursion limit exceeded",
        "max recursion depth exceeded",
    ];
    allowed.iter().any(|allowed| error.contains(allowed))
}

#[test]
fn conformance_types_are_deduced() {
    let cases = Cases::of("cel-spec-to-json.mjs");
    let mut failures = Vec::new();
    let (mut deduced, mut accepted) = (0, 0);
    for case in cases.iter() {
        let is = |key| field(case, key).and_then(Value::as_bool) == Some(true);
        if is("needs_proto") || is("disable_check") || text(case, "extension") == "block" {
            continue;
        }
        let expect = field(case, "expect").expect("every case expects something");
        if text(expect, "kind") == "error" {
            continue;
        }
        let (found, checked) = outcome(case);
        let name = text(case, "name");
        if !checked.is_usable() {
            let told = &checked.diagnostics;
            failures.push(format!("{name}: {}: {told:?}", text(case, "expr")));
            continue;
        }
        accepted += 1;
        if let Some(expected) = field(expect, "deduced_type").and_then(Value::as_str) {
            if found == expected {
                deduced += 1;
            } else {
                failures.push(format!("{name}: {found}, expected {expected}"));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} fail\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert_eq!((deduced, accepted), CONFORMANCE);
}

/// Deduced types, and checked cases with a value in all.
const CONFORMANCE: (u32, u32) = (26, 1_431);

/// The type of a case's expression, and all that was found.
fn outcome(case: Value<'_>) -> (String, Checked) {
    let mut declarations = Declarations::default();
    for declared in list(case, "type_env").chain(list(case, "variables")) {
        if let Some(overloads) = field(declared, "overloads") {
            for overload in overloads
                .as_array()
                .into_iter()
                .flat_map(callgate_json::Array::iter)
            {
                let parameters: Vec<&str> =
                    list(overload, "params").filter_map(Value::as_str).collect();
                let signature =
                    format!("{} -> {}", parameters.join(", "), text(overload, "result"));
                declare(&mut declarations, declared, overload, &signature);
            }
        } else {
            let found = Type::parse(text(declared, "type")).expect("a type");
            declarations
                .variables
                .insert(text(declared, "name").into(), found);
        }
    }
    for function in list(case, "functions") {
        declare(
            &mut declarations,
            function,
            function,
            text(function, "signature"),
        );
    }
    let bindings = field(case, "bindings").and_then(Value::as_object);
    for (name, _) in bindings.into_iter().flat_map(callgate_json::Object::iter) {
        declarations
            .variables
            .entry(name.into())
            .or_insert(Type::Dyn);
    }
    let environment = Environment::builder()
        .container(text(case, "container"))
        .undeclared(Undeclared::Refuse)
        .build();
    let context = Context {
        declarations: Some(&declarations),
        ..Context::from(&environment)
    };
    let limits = Limits::default();
    let ast = parse(text(case, "expr"), &limits).expect("an expression that can be read");
    let checked = check(&ast, context, &limits);
    let found = checked.type_of(ast.root()).map(ToString::to_string);
    (found.unwrap_or_default(), checked)
}

fn declare(
    declarations: &mut Declarations,
    named: Value<'_>,
    overload: Value<'_>,
    signature: &str,
) {
    let signature = Signature::parse(signature).expect("a signature");
    let method = field(overload, "is_instance").and_then(Value::as_bool) == Some(true);
    let known = declarations.functions.entry(text(named, "name").into());
    known.or_default().push((method, signature));
}

fn field<'a>(value: Value<'a>, key: &str) -> Option<Value<'a>> {
    value.as_object()?.get(key)
}

fn list<'a>(value: Value<'a>, key: &str) -> impl Iterator<Item = Value<'a>> {
    let found = field(value, key).and_then(Value::as_array);
    found.into_iter().flat_map(callgate_json::Array::iter)
}
