//! Findings for programs: one JSON array.

use serde::Serialize;

use crate::problem::Problem;

/// A finding as programs read it. Lines and columns count from 1, columns in characters; `start`
/// and `end` are bytes of the file. Places are `null` where there is none.
#[derive(Debug, Serialize)]
pub struct Finding<'p> {
    code: &'p str,
    severity: &'p str,
    message: &'p str,
    help: Option<&'p str>,
    file: Option<&'p str>,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
    start: Option<u32>,
    end: Option<u32>,
    /// In a note on the cost of a policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    gas: Option<u64>,
}

impl<'p> Finding<'p> {
    /// The finding of a problem.
    pub fn of(problem: &'p Problem) -> Self {
        let diagnostic = &problem.diagnostic;
        let range = problem.range();
        Self {
            code: diagnostic.code,
            severity: diagnostic.severity.as_str(),
            message: &diagnostic.message,
            help: diagnostic.help.as_deref(),
            file: problem.file.as_ref().map(|file| file.name.as_str()),
            line: range.map(|r| r.start.line),
            column: range.map(|r| r.start.column),
            end_line: range.map(|r| r.end.line),
            end_column: range.map(|r| r.end.column),
            start: range.map(|r| r.span.start),
            end: range.map(|r| r.span.end),
            gas: problem.gas,
        }
    }
}

/// All findings.
pub fn problems(problems: &[Problem]) -> String {
    pretty(&problems.iter().map(Finding::of).collect::<Vec<_>>())
}

/// Any value as indented JSON and a newline.
pub fn pretty(value: &impl Serialize) -> String {
    // INVARIANT: what this crate serialises has string keys and no failing parts.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// Any value as JSON on one line.
pub fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default() + "\n"
}
