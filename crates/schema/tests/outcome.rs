//! What is said of values: where, which rule, and never the value itself.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use callgate_json::Document;
use callgate_schema::{Budget, Formats, Limits, Options, Outcome, Refusal, Schema};

fn read(text: &str) -> Document<'_> {
    let limits = callgate_json::Limits {
        keys: 100_000,
        ..callgate_json::Limits::default()
    };
    Document::parse(text.as_bytes(), &limits).unwrap()
}

fn compile(schema: &str, options: &Options) -> Schema {
    let compiled = Schema::compile(read(schema).root(), options);
    compiled.unwrap_or_else(|problems| panic!("{schema}: {problems:#?}"))
}

fn judge(schema: &str, value: &str, gas: u64) -> Result<Outcome, Refusal> {
    let schema = compile(schema, &Options::default());
    schema.validate(read(value).root(), &mut Budget::new(gas))
}

/// The violations, each as instance, schema, keyword and message.
fn violations(schema: &str, value: &str) -> Vec<String> {
    let options = Options {
        formats: Formats::Assert,
        ..Options::default()
    };
    let schema = compile(schema, &options);
    let outcome = schema
        .validate(read(value).root(), &mut Budget::new(100_000))
        .unwrap();
    assert_eq!(outcome.valid, outcome.violations.is_empty());
    let shown = outcome.violations.into_iter();
    shown
        .map(|v| format!("{} {} [{}] {}", v.instance, v.schema, v.keyword, v.message))
        .collect()
}

#[test]
fn each_rule_says_where_and_what() {
    for (schema, value, expected) in [
        ("false", "1", " / [] is not allowed here"),
        (
            r#"{"type": ["string", "null"]}"#,
            "1",
            " /type [type] is not of type null or string",
        ),
        (
            r#"{"const": 1}"#,
            "2",
            " /const [const] is not the one value that is allowed",
        ),
        (
            r#"{"enum": [1, "a"]}"#,
            "\"b\"",
            " /enum [enum] is none of the values that are allowed",
        ),
        (
            r#"{"minimum": 0.10}"#,
            "0.09",
            " /minimum [minimum] is less than 0.10",
        ),
        (
            r#"{"exclusiveMaximum": 5}"#,
            "5.0",
            " /exclusiveMaximum [exclusiveMaximum] is not less than 5",
        ),
        (
            r#"{"multipleOf": 0.01}"#,
            "1.001",
            " /multipleOf [multipleOf] is not a multiple of 0.01",
        ),
        (
            r#"{"minLength": 2}"#,
            "\"🐲\"",
            " /minLength [minLength] has fewer than 2 characters",
        ),
        (
            r#"{"pattern": "^a"}"#,
            "\"b\"",
            " /pattern [pattern] does not match the pattern `^a`",
        ),
        (
            r#"{"format": "uuid"}"#,
            "\"b\"",
            " /format [format] is no `uuid`",
        ),
        (
            r#"{"uniqueItems": true}"#,
            "[1, {\"a\": 1}, {\"a\": 1.0}]",
            " /uniqueItems [uniqueItems] has an item twice",
        ),
        (
            r#"{"maxItems": 1}"#,
            "[1, 2]",
            " /maxItems [maxItems] has more than 1 items",
        ),
        (
            r#"{"contains": {"const": 1}, "maxContains": 1}"#,
            "[1, 1]",
            " /maxContains [maxContains] does not have from 1 to 1 items that match `contains`",
        ),
        (
            r#"{"required": ["a"]}"#,
            "{}",
            " /required [required] `a` is required",
        ),
        (
            r#"{"dependentRequired": {"a": ["b"]}}"#,
            "{\"a\": 1}",
            " /dependentRequired [dependentRequired] `b` is required",
        ),
        (
            r#"{"properties": {"a/b": {"items": {"type": "null"}}}}"#,
            r#"{"a/b": [null, 1]}"#,
            "/a~1b/1 /properties/a~1b/items/type [type] is not of type null",
        ),
        (
            r#"{"additionalProperties": false}"#,
            "{\"x\": 1}",
            "/x /additionalProperties [additionalProperties] is not allowed here",
        ),
        (
            r#"{"properties": {"a": true}, "unevaluatedProperties": false}"#,
            "{\"a\": 1, \"~\": 2}",
            "/~0 /unevaluatedProperties [unevaluatedProperties] is not allowed here",
        ),
        (
            r#"{"propertyNames": {"maxLength": 1}}"#,
            "{\"ab\": 1}",
            "/ab /propertyNames/maxLength [maxLength] has more than 1 characters",
        ),
        (
            r#"{"anyOf": [{"type": "null"}, false]}"#,
            "1",
            " /anyOf [anyOf] matches none of the 2 alternatives",
        ),
        (
            r#"{"oneOf": [true, {"type": "number"}]}"#,
            "1",
            " /oneOf [oneOf] matches more than one of the 2 alternatives",
        ),
        (
            r#"{"not": true}"#,
            "1",
            " /not [not] matches what is excluded by `not`",
        ),
        (
            r##"{"$ref": "#/$defs/n", "$defs": {"n": {"type": "null"}}}"##,
            "1",
            " /$defs/n/type [type] is not of type null",
        ),
    ] {
        let expected = expected.replace(" / [] ", "  [] ");
        assert_eq!(violations(schema, value), [expected], "{schema} {value}");
    }
}

#[test]
fn every_violation_is_listed_up_to_the_limit() {
    let schema = r#"{"properties": {"a": {"type": "null"}, "b": {"minimum": 5, "multipleOf": 2}}, "required": ["c"]}"#;
    let found = violations(schema, r#"{"a": 1, "b": 3}"#);
    assert_eq!(found.len(), 4, "{found:#?}");
    let schema = r#"{"items": {"type": "null"}}"#;
    let many = format!("[{}]", vec!["1"; 1_000].join(","));
    assert_eq!(violations(schema, &many).len(), 20);
}

#[test]
fn long_names_are_cut_in_pointers() {
    let options = Options {
        limits: Limits {
            text_bytes: 16,
            ..Limits::default()
        },
        ..Options::default()
    };
    let schema = compile(r#"{"additionalProperties": false}"#, &options);
    let value = format!("{{\"{}\": 1}}", "ä".repeat(10_000));
    let outcome = schema
        .validate(read(&value).root(), &mut Budget::new(100_000))
        .unwrap();
    let instance = &outcome.violations[0].instance;
    assert_eq!(instance, &format!("/{}…", "ä".repeat(7)));
}

#[test]
fn numbers_are_compared_as_they_are_written() {
    for (schema, value, expected) in [
        (r#"{"const": 9007199254740993}"#, "9007199254740992", false),
        (r#"{"const": 1}"#, "1.0", true),
        (r#"{"const": [1e2]}"#, "[100]", true),
        (r#"{"enum": [-0.0]}"#, "0", true),
        (r#"{"maximum": 0.1}"#, "0.1000000000000000000001", false),
        (
            r#"{"maximum": 18446744073709551616}"#,
            "18446744073709551617",
            false,
        ),
        (r#"{"type": "integer"}"#, "1e400", true),
        (r#"{"type": "integer"}"#, "1.50e1", true),
        (r#"{"type": "integer"}"#, "1.5", false),
        (
            r#"{"multipleOf": 0.01}"#,
            "123456789012345678901234567890.12",
            true,
        ),
        (
            r#"{"multipleOf": 3}"#,
            "100000000000000000000000000000000000000000000000000000000002",
            true,
        ),
        (r#"{"uniqueItems": true}"#, "[1, 1.0]", false),
        (
            r#"{"uniqueItems": true}"#,
            "[0, false, \"0\", null, [], {}]",
            true,
        ),
        (
            r#"{"uniqueItems": true}"#,
            r#"[{"a": 1, "b": 2}, {"b": 2, "a": 1}]"#,
            false,
        ),
    ] {
        let outcome = judge(schema, value, 10_000).unwrap();
        assert_eq!(outcome.valid, expected, "{schema} {value}");
    }
    assert_eq!(
        judge(r#"{"minimum": 0}"#, "1e1234567890123456", 10_000),
        Err(Refusal::NumberOutOfRange)
    );
}

#[test]
fn what_looks_at_everything_pays_for_it() {
    let long = format!("\"{}\"", "a".repeat(160_000));
    let items = format!(
        "[{}]",
        (0..10_000)
            .map(|n| n.to_string())
            .collect::<Vec<_>>()
            .join(",")
    );
    for (schema, value, least) in [
        (r#"{"minLength": 1}"#, &long, 10_000),
        (r#"{"pattern": "^a*$"}"#, &long, 10_000),
        (r#"{"const": ["x"]}"#, &items, 10_000),
        (r#"{"uniqueItems": true}"#, &items, 100_000),
        (
            r#"{"contains": {"const": -1}, "minContains": 0}"#,
            &items,
            20_000,
        ),
        (
            r#"{"items": {"anyOf": [false, false, {"minimum": 0}]}}"#,
            &items,
            50_000,
        ),
    ] {
        let schema = compile(schema, &Options::default());
        let document = read(value);
        let mut budget = Budget::new(10_000_000);
        let valid = schema.is_valid(document.root(), &mut budget).unwrap();
        let used = budget.used();
        assert!(used >= least, "{used} units");
        let mut exact = Budget::new(used);
        assert_eq!(schema.is_valid(document.root(), &mut exact), Ok(valid));
        let mut short = Budget::new(used - 1);
        assert_eq!(
            schema.is_valid(document.root(), &mut short),
            Err(Refusal::GasExhausted)
        );
        assert_eq!(short.left(), 0);
    }
}

#[test]
fn schemas_that_grow_with_depth_end_by_gas() {
    // Each level asks twice for the next: 2^60 steps without a budget.
    let schema = r##"{"anyOf": [
        {"allOf": [{"properties": {"a": {"$ref": "#"}}}, false]},
        {"allOf": [{"properties": {"a": {"$ref": "#"}}}, false]}]}"##;
    let value = format!("{}1{}", "{\"a\":".repeat(60), "}".repeat(60));
    assert_eq!(judge(schema, &value, 100_000), Err(Refusal::GasExhausted));
}

#[test]
fn schemas_inside_each_other_are_bounded_by_depth() {
    let chain: Vec<String> = (0..400)
        .map(|n| format!("\"d{n}\": {{\"$ref\": \"#/$defs/d{}\"}}", n + 1))
        .collect();
    let schema = format!(
        "{{\"$ref\": \"#/$defs/d0\", \"$defs\": {{{}, \"d400\": true}}}}",
        chain.join(",")
    );
    assert_eq!(judge(&schema, "1", 100_000), Err(Refusal::TooDeep));
    // A dynamic reference may come back to itself, which only judging shows.
    let schema = r##"{"$id": "x:outer", "$dynamicAnchor": "t", "$ref": "x:inner",
        "$defs": {"inner": {"$id": "x:inner", "anyOf": [{"$dynamicRef": "#t"}],
                            "$defs": {"t": {"$dynamicAnchor": "t"}}}}}"##;
    assert_eq!(judge(schema, "1", 100_000), Err(Refusal::TooDeep));
}

#[test]
fn the_deepest_value_fits_the_stack_and_the_depth() {
    let schema = r##"{"$ref": "#/$defs/tree", "$defs": {"tree": {"allOf": [
        {"type": ["array", "null"], "items": {"$ref": "#/$defs/tree"}}]}}}"##;
    let value = format!("{}null{}", "[".repeat(63), "]".repeat(63));
    let outcome = judge(schema, &value, 100_000).unwrap();
    assert!(outcome.valid);
}

/// What a host gives a module may be no more than this.
const STACK_BYTES: usize = 512 * 1024;

#[test]
fn judging_to_the_limit_of_depth_fits_a_small_stack() {
    // Objects, arrays and combinations in turn, and a schema that never ends.
    let schema = r##"{"$id": "x:t", "$dynamicAnchor": "t", "oneOf": [{"if": true, "then": {"allOf": [
        {"properties": {"a": {"items": {"anyOf": [{"$dynamicRef": "#t"}]}}}, "unevaluatedProperties": true},
        {"$ref": "x:u"}]}}],
        "$defs": {"u": {"$id": "x:u", "$dynamicAnchor": "u", "not": {"not": {"$dynamicRef": "#u"}}}}}"##;
    let value = format!("{}1{}", "{\"a\":[".repeat(31), "]}".repeat(31));
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    let judged = thread
        .spawn(move || judge(schema, &value, 1_000_000))
        .unwrap();
    assert_eq!(judged.join().unwrap(), Err(Refusal::TooDeep));
}
