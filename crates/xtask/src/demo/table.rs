//! A plain-text table of calls.

use crate::example::Row;

const HEADINGS: [&str; 7] = [
    "agent",
    "tool",
    "arguments",
    "decision",
    "policy",
    "code",
    "the client saw",
];
/// Longer cells are cut, so that a row stays a line.
const WIDEST: usize = 48;

/// One line a call; a row that is not as expected is marked.
pub fn render(rows: &[Row]) -> String {
    let cells: Vec<[String; 7]> = std::iter::once(HEADINGS.map(str::to_owned))
        .chain(rows.iter().map(cells))
        .collect();
    let widths: Vec<usize> = (0..HEADINGS.len())
        .map(|column| {
            cells
                .iter()
                .map(|row| width(&row[column]))
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut lines: Vec<String> = cells.iter().map(|row| line(row, &widths)).collect();
    lines.insert(
        1,
        widths
            .iter()
            .map(|width| "─".repeat(*width))
            .collect::<Vec<_>>()
            .join("  "),
    );
    lines.join("\n")
}

fn cells(row: &Row) -> [String; 7] {
    let mark = if row.is_expected() {
        ""
    } else {
        "  ← expected "
    };
    let wanted = if row.is_expected() {
        String::new()
    } else {
        row.expected.join(" ")
    };
    let columns = [
        &row.agent,
        &row.tool,
        &row.arguments,
        &row.decision,
        &row.policy,
        &row.code,
        &row.seen,
    ];
    let mut cells = columns.map(|text| cut(text));
    cells[6].push_str(mark);
    cells[6].push_str(wanted.trim_end());
    cells
}

fn line(row: &[String; 7], widths: &[usize]) -> String {
    let padded = row
        .iter()
        .zip(widths)
        .map(|(cell, width)| format!("{cell:<width$}"));
    padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

fn cut(text: &str) -> String {
    if width(text) <= WIDEST {
        return text.to_owned();
    }
    text.chars().take(WIDEST - 1).chain("…".chars()).collect()
}

fn width(text: &str) -> usize {
    text.chars().count()
}
