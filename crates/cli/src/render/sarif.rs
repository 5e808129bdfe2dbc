//! Findings as SARIF 2.1.0 (OASIS), which code hosts and editors import.

use std::collections::BTreeMap;

use callgate_model::Severity;
use serde_json::{Value, json};

use crate::problem::{Problem, Range};
use crate::render::json;

/// One run of `callgate check`.
pub fn problems(problems: &[Problem]) -> String {
    // One rule a code; the results point to it by its index.
    let mut rules: BTreeMap<&str, usize> =
        problems.iter().map(|p| (p.diagnostic.code, 0)).collect();
    for (index, slot) in rules.values_mut().enumerate() {
        *slot = index;
    }
    let results: Vec<Value> = problems
        .iter()
        .map(|problem| result(problem, &rules))
        .collect();
    let rules: Vec<Value> = rules.keys().map(|code| json!({ "id": code })).collect();
    json::pretty(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "callgate", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn result(problem: &Problem, rules: &BTreeMap<&str, usize>) -> Value {
    let diagnostic = &problem.diagnostic;
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let help = diagnostic
        .help
        .as_ref()
        .map(|help| format!("\nhelp: {help}"));
    let text = format!("{}{}", diagnostic.message, help.unwrap_or_default());
    let mut result = json!({
        "ruleId": diagnostic.code,
        "ruleIndex": rules.get(diagnostic.code),
        "level": level,
        "message": { "text": text },
    });
    if let (Some(file), Some(object)) = (&problem.file, result.as_object_mut()) {
        let mut place = json!({ "artifactLocation": { "uri": uri(&file.name) } });
        if let (Some(range), Some(place)) = (problem.range(), place.as_object_mut()) {
            place.insert("region".to_owned(), region(range));
        }
        object.insert(
            "locations".to_owned(),
            json!([{ "physicalLocation": place }]),
        );
    }
    result
}

fn region(range: Range) -> Value {
    json!({
        "startLine": range.start.line,
        "startColumn": range.start.column,
        "endLine": range.end.line,
        "endColumn": range.end.column,
        "byteOffset": range.span.start,
        "byteLength": range.span.end.saturating_sub(range.span.start),
    })
}

/// A path as a relative URI reference (RFC 3986).
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
