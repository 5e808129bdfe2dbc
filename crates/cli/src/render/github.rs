//! Findings as workflow commands: GitHub shows them beside the lines of a pull request.

use callgate_model::Severity;

use crate::problem::Problem;
use crate::terminal::printable;

/// All findings, one command a line.
pub fn problems(problems: &[Problem]) -> String {
    problems.iter().map(command).collect()
}

fn command(problem: &Problem) -> String {
    let diagnostic = &problem.diagnostic;
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some(file) = &problem.file {
        properties.push(format!("file={}", property(&file.name)));
    }
    if let Some(range) = problem.range() {
        properties.push(format!(
            "line={},endLine={}",
            range.start.line, range.end.line
        ));
        // GitHub takes columns only for findings within one line.
        if range.start.line == range.end.line {
            properties.push(format!(
                "col={},endColumn={}",
                range.start.column, range.end.column
            ));
        }
    }
    properties.push(format!("title={}", property(diagnostic.code)));
    let help = diagnostic
        .help
        .as_ref()
        .map(|help| format!("\nhelp: {help}"));
    let message = message(&format!(
        "{}{}",
        diagnostic.message,
        help.unwrap_or_default()
    ));
    format!("::{level} {}::{message}\n", properties.join(","))
}

/// Text after the `::` of a workflow command.
pub fn message(text: &str) -> String {
    printable(&text.replace('\r', "\n"))
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property's value in a workflow command.
pub fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
