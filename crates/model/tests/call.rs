//! A call's JSON: what is read, and how everything wrong with it is told at once.

use callgate_json::{Document, Limits, Position};
use callgate_model::{Call, Kind, MicroUsd};

fn problems(text: &str) -> String {
    let document = Document::parse(text.as_bytes(), &Limits::default());
    let found = document.map_err(|error| error.to_string()).map(|document| {
        let diagnostics = Call::read(document.root()).err().unwrap_or_default();
        let line = |d: callgate_model::Diagnostic| {
            let offset = d.span.map_or(0, |span| span.start);
            let Position { line, column } = Position::of(text.as_bytes(), offset);
            let help = d.help.unwrap_or_default();
            format!("{line}:{column} {} {} | {help}\n", d.code, d.message)
        };
        diagnostics.into_iter().map(line).collect::<String>()
    });
    found.unwrap_or_else(|error| error)
}

#[test]
fn everything_wrong_is_told_at_once() {
    let text = r#"{
  "identiy": {},
  "identity": {"labels": [], "groups": ["a", 1], "role": "x"},
  "task": {"nme": "t"},
  "request": {
    "kind": "tool_cal",
    "tool": {"name": 1, "args": "x"},
    "headers": {"X-A": "1", "b": 2},
    "cost_usd": "1.2345678",
    "tags": "a"
  },
  "run": {"started_at": "yesterday"},
  "session": "s"
}"#;
    let expected = "\
2:3 UNKNOWN_FIELD unknown field `identiy` in a call | did you mean `identity`?
3:50 UNKNOWN_FIELD unknown field `role` in `identity` | known fields: name, labels, groups
3:26 WRONG_TYPE `labels` must be an object, not an array | \n\
3:46 WRONG_TYPE each item of `groups` must be a string, not a number | \n\
3:15 MISSING_FIELD `identity` needs `name` | \n\
4:12 UNKNOWN_FIELD unknown field `nme` in `task` | did you mean `name`?
6:13 UNKNOWN_VALUE `kind` cannot be `tool_cal` | did you mean `tool_call`?
7:33 WRONG_TYPE `args` must be an object, not a string | \n\
7:22 WRONG_TYPE `name` must be a string, not a number | \n\
8:24 UNKNOWN_VALUE header name `X-A` must be in lower case | write `x-a`
8:34 WRONG_TYPE header `b` must be a string, not a number | \n\
10:13 WRONG_TYPE `tags` must be an array, not a string | \n\
9:17 WRONG_VALUE `cost_usd` must be a decimal amount with at most six decimals | \n\
12:25 WRONG_VALUE `started_at` must be an RFC 3339 date-time such as `2026-01-31T12:00:00Z` | 
13:14 WRONG_TYPE `session` must be an object, not a string | \n";
    assert_eq!(problems(text), expected);
}

#[test]
fn absent_and_null_parts_are_empty() {
    for text in [
        "{}",
        r#"{"identity":null,"task":{},"request":{"tool":null}}"#,
    ] {
        assert_eq!(problems(text), "");
        let read = Document::parse(text.as_bytes(), &Limits::default()).is_ok_and(|document| {
            Call::read(document.root()).is_ok_and(|call| {
                call.identity.is_none()
                    && call.task.is_none()
                    && call.request.kind == Kind::ToolCall
            })
        });
        assert!(read, "{text}");
    }
}

#[test]
fn money_is_read_from_numbers_and_text() {
    for cost in ["1.5", "\"1.5\"", "1.500000"] {
        let text = format!(r#"{{"request":{{"cost_usd":{cost}}}}}"#);
        let read = Document::parse(text.as_bytes(), &Limits::default()).is_ok_and(|document| {
            Call::read(document.root())
                .is_ok_and(|call| call.request.cost == Some(MicroUsd(1_500_000)))
        });
        assert!(read, "{text}");
    }
}
