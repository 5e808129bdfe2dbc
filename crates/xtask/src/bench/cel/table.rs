//! The figures of a sitting as a table, and as JSON.

use serde_json::{Value, json};

use super::measure::{Cell, Row};

/// Engines down, questions across: nanoseconds, and in how many times that of the first engine.
/// Below it stands why an engine has no figure.
pub fn text(questions: &[String], rows: &[Row]) -> String {
    let mut heading = vec!["ns, × callgate".to_owned()];
    heading.extend(questions.iter().cloned());
    let mut lines = vec![heading];
    let mut reasons = Vec::new();
    for Row { engine, cells } in rows {
        let mut line = vec![engine.clone()];
        for (cell, question) in cells.iter().zip(questions) {
            line.push(match cell {
                Cell::Timed { nanoseconds, ratio } => {
                    format!("{} ×{}", grouped(*nanoseconds), short(*ratio))
                }
                Cell::Unable(why) => {
                    reasons.push(format!("– {engine}, {question}: {why}"));
                    "–".to_owned()
                }
            });
        }
        lines.push(line);
    }
    let width = |column: usize| {
        let cells = lines.iter().map(|line| line[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..=questions.len()).map(width).collect();
    let mut text: Vec<String> = lines.iter().map(|line| aligned(line, &widths)).collect();
    text.extend(reasons);
    text.join("\n")
}

fn aligned(line: &[String], widths: &[usize]) -> String {
    let cells = line.iter().zip(widths).enumerate();
    let padded = cells.map(|(column, (cell, width))| match column {
        0 => format!("{cell:<width$}"),
        _ => format!("{cell:>width$}"),
    });
    padded.collect::<Vec<_>>().join("  ")
}

/// The same figures for programs.
pub fn json(questions: &[String], rows: &[Row]) -> Value {
    let cell = |cell: &Cell| match cell {
        Cell::Timed { nanoseconds, ratio } => json!({ "ns": nanoseconds, "ratio": ratio }),
        Cell::Unable(why) => json!({ "reason": why }),
    };
    let row = |row: &Row| {
        let cells = row.cells.iter().map(cell);
        let results = questions.iter().cloned().zip(cells);
        json!({ "engine": row.engine, "results": results.collect::<serde_json::Map<_, _>>() })
    };
    json!({ "questions": questions, "engines": rows.iter().map(row).collect::<Vec<_>>() })
}

/// Whole nanoseconds in groups of three digits; below ten, one digit more.
fn grouped(nanoseconds: f64) -> String {
    if nanoseconds < 10.0 {
        return format!("{nanoseconds:.1}");
    }
    let digits = format!("{nanoseconds:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Two digits or more.
fn short(ratio: f64) -> String {
    match ratio {
        ratio if ratio < 9.95 => format!("{ratio:.1}"),
        ratio => grouped(ratio.max(10.0)),
    }
}
