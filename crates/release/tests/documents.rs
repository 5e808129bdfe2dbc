//! Documents as people write them: what is wrong, where, and how to mend it.

use callgate_model::{Limits, Span};
use callgate_release::{Format, documents};

/// `code line:column message`, a line each.
fn problems(text: &str, format: Format) -> String {
    let documents = documents::read(text, format, &Limits::default());
    let lines = documents.diagnostics.iter().map(|diagnostic| {
        let start = diagnostic.span.map_or(0, |span| span.start);
        let place = position(text, start);
        let help = diagnostic.help.as_deref().unwrap_or("-");
        format!(
            "{} {place} {} | {help}\n",
            diagnostic.code, diagnostic.message
        )
    });
    lines.collect()
}

fn position(text: &str, offset: u32) -> String {
    let place = callgate_json::Position::of(text.as_bytes(), offset);
    format!("{}:{}", place.line, place.column)
}

#[test]
fn every_problem_of_a_yaml_document_is_found_at_its_place() {
    let text = "\
apiVersion: callgate/v2
kind: CelPolcy
metadata:
  nam: x
  labels: {a: 1}
enabled: yes
scope: {level: agent}
spec:
  effect: permit
  expresion: 'true'
";
    let expected = "\
UNKNOWN_VALUE 1:13 `apiVersion` cannot be `callgate/v2` | did you mean `callgate/v1`?
UNKNOWN_VALUE 2:7 `kind` cannot be `CelPolcy` | did you mean `CelPolicy`?
UNKNOWN_FIELD 4:3 unknown field `nam` in `metadata` | did you mean `name`?
MISSING_FIELD 4:3 `metadata` needs `name` | -
WRONG_TYPE 5:15 label `a` must be a string, not a number | -
WRONG_TYPE 6:10 `enabled` must be a boolean, not a string | -
WRONG_VALUE 7:8 a scope of level `agent` needs targets | -
UNKNOWN_FIELD 10:3 unknown field `expresion` in the `spec` of a CelPolicy | did you mean `expression`?
UNKNOWN_VALUE 9:11 `effect` cannot be `permit` | one of: allow, deny
MISSING_FIELD 9:3 a CelPolicy needs `expression` | -
";
    assert_eq!(problems(text, Format::Yaml), expected);
}

#[test]
fn what_yaml_reads_two_ways_is_refused() {
    let cases = [
        ("a: &x 1\n", "YAML_ALIAS 1:4"),
        ("a: *x\n", "YAML_SYNTAX"),
        ("a: !!str 1\n", "YAML_TAG 1:"),
        ("a: 1\na: 2\n", "JSON_DUPLICATE_KEY 2:1"),
        ("a: 1\n\"a\": 2\n", "JSON_DUPLICATE_KEY 2:1"),
        ("? [1]\n: 2\n", "YAML_KEY 1:3"),
        ("a: .inf\n", "YAML_NUMBER 1:4"),
        ("a: [1\n", "YAML_SYNTAX"),
        ("a: \"\\ud800\"\n", "YAML_SYNTAX"),
    ];
    for (text, expected) in cases {
        let found = problems(text, Format::Yaml);
        assert!(found.starts_with(expected), "{text:?} gave {found}");
    }
    let deep = format!("a: {}1{}", "[".repeat(200), "]".repeat(200));
    let found = problems(&deep, Format::Yaml);
    assert!(found.starts_with("JSON_TOO_DEEP"), "{found}");
}

#[test]
fn json_documents_have_the_same_problems() {
    let text = r#"{"apiVersion":"callgate/v1","kind":"CelPolicy","metadata":{"name":" x"},"spec":{"effect":"deny","expression":1},"spec2":0}"#;
    let expected = "\
UNKNOWN_FIELD 1:113 unknown field `spec2` in a policy | did you mean `spec`?
WRONG_VALUE 1:67 `name` must be 1 to 128 printable characters | -
WRONG_TYPE 1:110 `expression` must be a string, not a number | -
";
    assert_eq!(problems(text, Format::Json), expected);
    assert!(problems("{\"a\":1,}", Format::Json).starts_with("JSON_UNEXPECTED_BYTE 1:8"));
}

#[test]
fn several_documents_stand_in_one_file() {
    let one = "apiVersion: callgate/v1\nkind: CelPolicy\nmetadata: {name: N}\nspec: {effect: deny, expression: 'true'}\n";
    let text = format!(
        "# comment\n---\n{}---\n{}---\n",
        one.replace('N', "a"),
        one.replace('N', "b")
    );
    let documents = documents::read(&text, Format::Yaml, &Limits::default());
    let names: Vec<&str> = documents
        .policies
        .iter()
        .map(|located| located.policy.name.as_str())
        .collect();
    assert_eq!((names, documents.diagnostics), (vec!["a", "b"], vec![]));
}

#[test]
fn many_documents_share_one_text() {
    let few = problems(&"--- 1\n".repeat(10_000), Format::Yaml);
    assert!(few.starts_with("WRONG_TYPE 1:5 a policy must be an object"));
    let many = problems(&"--- 1\n".repeat(10_001), Format::Yaml);
    assert!(many.starts_with("LIMIT_POLICIES 10002:"), "{many}");
}

/// Every way to write the same expression maps `wrong` to where it stands in the file.
#[test]
fn expressions_are_found_however_they_are_written() {
    let styles = [
        "  expression: a == 'b' && wrong\n",
        "  expression: \"a == 'b' && wrong\"\n",
        "  expression: 'a == ''b'' && wrong'\n",
        "  expression: |\n    a == 'b' &&\n      wrong\n",
        "  expression: |-\n    a == 'b'\n    && wrong\n",
        "  expression: >-\n    a == 'b'\n    && wrong\n",
        "  expression: >\n\n    a == 'b'\n\n    && wrong\n",
        "  expression:\n    a == 'b'\n    && wrong\n",
        "  expression: \"a == '\\x62' \\\n    && wrong\"\n",
        "  expression: \"é == '\\u00e9' && wrong\"\n",
    ];
    for style in styles {
        let text = format!(
            "# é\napiVersion: callgate/v1\nkind: CelPolicy\nmetadata: {{name: n}}\nspec:\n  effect: deny\n{style}"
        );
        let documents = documents::read(&text, Format::Yaml, &Limits::default());
        assert_eq!(documents.diagnostics, vec![], "{style}");
        for located in &documents.policies {
            let cel = located.policy.spec.cel().unwrap();
            let at = cel.expression.find("wrong").unwrap_or_default() as u32;
            let span = located.expression.locate(Span::new(at, at + 5));
            let found = text.get(span.start as usize..span.end as usize);
            assert_eq!(found, Some("wrong"), "{style}");
        }
        assert_eq!(documents.policies.len(), 1);
    }
    let json = r#"{"apiVersion":"callgate/v1","kind":"CelPolicy","metadata":{"name":"n"},"spec":{"effect":"deny","expression":"\u0061 == \"\ud83d\ude00\" && wrong"}}"#;
    let documents = documents::read(json, Format::Json, &Limits::default());
    let located = documents.policies.first();
    let span = located.map(|located| located.expression.locate(Span::new(15, 20)));
    let found = span.and_then(|span| json.get(span.start as usize..span.end as usize));
    assert_eq!(found, Some("wrong"));
}
