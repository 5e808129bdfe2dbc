//! What is wrong with a schema is said all at once, with places and help.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use callgate_json::Document;
use callgate_schema::{Formats, Limits, Names, Options, Problem, Schema};

fn compile(schema: &str, options: &Options) -> Result<Schema, Vec<Problem>> {
    let document = Document::parse(schema.as_bytes(), &callgate_json::Limits::default()).unwrap();
    Schema::compile(document.root(), options)
}

fn shown(problems: &[Problem]) -> Vec<String> {
    let shown = problems.iter().map(|problem| {
        let diagnostic = &problem.diagnostic;
        format!(
            "{} {} {}",
            problem.pointer, diagnostic.code, diagnostic.message
        )
    });
    shown.collect()
}

/// The problems of a schema, each as pointer, code and message.
fn problems(schema: &str) -> Vec<String> {
    shown(&compile(schema, &Options::default()).expect_err(schema))
}

fn warnings(schema: &str, options: &Options) -> Vec<(String, String)> {
    let compiled = compile(schema, options).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let warnings = compiled.warnings().iter();
    let shown = warnings.map(|warning| {
        let help = warning.diagnostic.help.clone().unwrap_or_default();
        (warning.diagnostic.message.clone(), help)
    });
    shown.collect()
}

#[test]
fn each_mistake_has_its_message() {
    for (schema, expected) in [
        (
            "3",
            " SCHEMA_INVALID a schema is an object or a boolean, not a number",
        ),
        (
            r#"{"properties": {"a/b": null}}"#,
            "/properties/a~1b SCHEMA_INVALID a schema is an object or a boolean, not null",
        ),
        (
            r#"{"$schema": "http://json-schema.org/draft-07/schema#"}"#,
            "/$schema SCHEMA_DRAFT only JSON Schema 2020-12 is read, not `http://json-schema.org/draft-07/schema#`",
        ),
        (
            r##"{"$id": "#here"}"##,
            "/$id SCHEMA_INVALID an `$id` has no fragment",
        ),
        (
            r#"{"$defs": {"a": {"$anchor": "x"}, "b": {"$dynamicAnchor": "x"}}}"#,
            "/$defs/b/$dynamicAnchor SCHEMA_INVALID two schemas with the anchor `x`",
        ),
        (
            r#"{"$anchor": "1"}"#,
            "/$anchor SCHEMA_INVALID `$anchor` is a letter or `_`, then letters, digits, `_`, `-`, `.`",
        ),
        (
            r#"{"$defs": {"a": {"$id": "x"}, "b": {"$id": "./x"}}}"#,
            "/$defs/b/$id SCHEMA_INVALID two schemas with the `$id` `x`",
        ),
        (
            r#"{"$ref": "https://example.org/x"}"#,
            "/$ref SCHEMA_REFERENCE `$ref` leads to `https://example.org/x`, which is not in this document",
        ),
        (
            r##"{"$ref": "#/$defs/x"}"##,
            "/$ref SCHEMA_REFERENCE `$ref` leads to `#/$defs/x`, and there is no schema",
        ),
        (
            r##"{"enum": [1], "$ref": "#/enum/0"}"##,
            "/$ref SCHEMA_REFERENCE `$ref` leads to `#/enum/0`, and there is no schema",
        ),
        (
            r##"{"$dynamicRef": "#x"}"##,
            "/$dynamicRef SCHEMA_REFERENCE `$dynamicRef` leads to `#x`, and there is no schema",
        ),
        (
            r##"{"$ref": "#"}"##,
            " SCHEMA_LOOP this comes back to itself for the same value, and would never end",
        ),
        (
            r##"{"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}}}"##,
            "/$defs/b/not SCHEMA_LOOP this comes back to itself for the same value, and would never end",
        ),
        (
            r#"{"type": "text"}"#,
            "/type SCHEMA_INVALID `type` is one of the seven types, or a list of different ones",
        ),
        (
            r#"{"type": ["null", "null"]}"#,
            "/type SCHEMA_INVALID `type` is one of the seven types, or a list of different ones",
        ),
        (
            r#"{"enum": 1}"#,
            "/enum SCHEMA_INVALID `enum` is an array, not a number",
        ),
        (
            r#"{"minimum": "1"}"#,
            "/minimum SCHEMA_INVALID `minimum` is a number, not a string",
        ),
        (
            r#"{"exclusiveMinimum": true}"#,
            "/exclusiveMinimum SCHEMA_INVALID `exclusiveMinimum` is a number, not a boolean",
        ),
        (
            r#"{"multipleOf": 0}"#,
            "/multipleOf SCHEMA_INVALID `multipleOf` is greater than zero",
        ),
        (
            r#"{"multipleOf": 0.1234567890123456789}"#,
            "/multipleOf SCHEMA_LIMIT `multipleOf` has more than 18 significant digits",
        ),
        (
            r#"{"maximum": 1e1234567890123456}"#,
            "/maximum SCHEMA_LIMIT `maximum` has an exponent beyond the limit",
        ),
        (
            r#"{"minLength": -1}"#,
            "/minLength SCHEMA_INVALID `minLength` is a non-negative integer, not `-1`",
        ),
        (
            r#"{"required": true}"#,
            "/required SCHEMA_INVALID `required` lists names, as an array of strings",
        ),
        (
            r#"{"required": ["a", "a"]}"#,
            "/required SCHEMA_INVALID `a` is listed twice",
        ),
        (
            r#"{"items": [{}]}"#,
            "/items SCHEMA_DRAFT `items` is one schema for all items",
        ),
        (
            r#"{"allOf": []}"#,
            "/allOf SCHEMA_INVALID `allOf` is an array of one schema or more",
        ),
        (
            r#"{"properties": []}"#,
            "/properties SCHEMA_INVALID `properties` is an object, not an array",
        ),
        (
            r#"{"$defs": 1}"#,
            "/$defs SCHEMA_INVALID `$defs` is an object, not a number",
        ),
        (
            r#"{"uniqueItems": 1}"#,
            "/uniqueItems SCHEMA_INVALID `uniqueItems` is a boolean, not a number",
        ),
        (
            r#"{"pattern": "(?=a)"}"#,
            "/pattern SCHEMA_PATTERN the pattern cannot be used: a look-ahead at character 2 cannot be matched in linear time",
        ),
        (
            r#"{"patternProperties": {"[": true}}"#,
            "/patternProperties/[ SCHEMA_PATTERN the pattern cannot be used: a class that is not closed at character 1",
        ),
        (
            r#"{"pattern": "(a{1000}){1000}"}"#,
            "/pattern SCHEMA_PATTERN the pattern cannot be used: the pattern compiles to more than the limit",
        ),
    ] {
        assert_eq!(problems(schema), [expected], "{schema}");
    }
}

#[test]
fn all_problems_are_reported_at_once_with_spans() {
    let schema =
        r##"{"type": 1, "properties": {"a": {"minimum": "x"}, "b": {"$ref": "#/x"}}, "not": 0}"##;
    let found = compile(schema, &Options::default()).unwrap_err();
    let pointers: Vec<&str> = found
        .iter()
        .map(|problem| problem.pointer.as_str())
        .collect();
    assert_eq!(
        pointers,
        [
            "/not",
            "/properties/b/$ref",
            "/type",
            "/properties/a/minimum"
        ]
    );
    let spans = found.iter().map(|problem| problem.diagnostic.span.unwrap());
    let texts: Vec<&str> = spans
        .map(|span| &schema[span.start as usize..span.end as usize])
        .collect();
    assert_eq!(texts, ["0", r##""#/x""##, "1", r#""x""#]);
}

#[test]
fn problems_and_schemas_are_bounded() {
    let mut options = Options {
        limits: Limits {
            problems: 3,
            nodes: 4,
            ..Limits::default()
        },
        ..Options::default()
    };
    let wrong = format!("{{\"allOf\": [{}]}}", ["1"; 3].join(","));
    assert_eq!(compile(&wrong, &options).unwrap_err().len(), 3);
    let large = format!("{{\"allOf\": [{}]}}", ["{}"; 9].join(","));
    let found = shown(&compile(&large, &options).unwrap_err());
    assert_eq!(found, [" SCHEMA_LIMIT more than 4 schemas in one document"]);
    options.limits.all_pattern_bytes = 1_000;
    options.limits.nodes = 100;
    let patterns = r#"{"allOf": [{"pattern": "abcdefgh"}, {"pattern": "abcdefgh"}, {"pattern": "abcdefghabcdefgh"}]}"#;
    let found = compile(patterns, &options).unwrap_err();
    assert_eq!(
        found.last().map(|problem| problem.pointer.as_str()),
        Some("/allOf/2/pattern")
    );
}

#[test]
fn names_that_mean_nothing_are_warnings_on_request() {
    let schema = r#"{"requird": ["a"], "additionalItems": false, "x-note": 1, "colour": 2,
                     "properties": {"requird": {"Type": "string"}}, "const": {"requird": 1}}"#;
    assert_eq!(warnings(schema, &Options::default()), []);
    let options = Options {
        names: Names::Warn,
        ..Options::default()
    };
    let pair = |message: &str, help: &str| (message.to_owned(), help.to_owned());
    assert_eq!(
        warnings(schema, &options),
        [
            pair(
                "unknown keyword `requird`, which means nothing",
                "did you mean `required`?"
            ),
            pair(
                "`additionalItems` is a keyword of earlier drafts and means nothing in 2020-12",
                "did you mean `items` beside `prefixItems`?"
            ),
            pair(
                "unknown keyword `Type`, which means nothing",
                "did you mean `type`?"
            ),
        ]
    );
}

#[test]
fn formats_that_are_not_judged_are_warnings_when_formats_are() {
    let options = Options {
        formats: Formats::Assert,
        ..Options::default()
    };
    let found = warnings(
        r#"{"anyOf": [{"format": "datetime"}, {"format": "xyzzy"}, {"format": "date"}]}"#,
        &options,
    );
    let help: Vec<&str> = found.iter().map(|(_, help)| help.as_str()).collect();
    assert_eq!(
        help,
        ["did you mean `date-time`?", "say it with a `pattern`"]
    );
}
