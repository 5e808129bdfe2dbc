//! Answers as text or JSON.

use std::rc::Rc;

use callgate_model::{Diagnostic, PartOutcome, Span, SubExpression};
use serde_json::json;

use super::session::Answer;
use crate::args::Format;
use crate::exit::Exit;
use crate::input::{File, STDIN};
use crate::problem::Problem;
use crate::render::{json, text, verdict};
use crate::terminal::{Terminal, printable};
use crate::verb::cel::failure;

/// Writes the answer to line `number`; whether it failed.
pub fn show(
    answer: Answer,
    line: &str,
    number: u32,
    format: Format,
    terminal: &mut Terminal,
) -> Exit {
    let (found, offset, exit) = match answer {
        Answer::Invalid(found, offset) => (found, offset, Exit::Invalid),
        Answer::Failed(found, offset) => (vec![*found], offset, Exit::Operational),
        Answer::Error(error) => {
            for problem in error.problems() {
                match format {
                    Format::Text => terminal.words(&text::problem(&problem)),
                    Format::Json => terminal.data(&failed(&[problem.diagnostic])),
                }
            }
            return Exit::Operational;
        }
        answer => {
            match format {
                Format::Text => terminal.data(&printable(&as_text(answer))),
                Format::Json => terminal.data(&as_json(answer)),
            }
            return Exit::Ok;
        }
    };
    match format {
        Format::Json => terminal.data(&failed(&found)),
        Format::Text => {
            let file = Rc::new(File {
                first_line: number,
                ..File::new(STDIN.to_owned(), line.to_owned())
            });
            let found = found.into_iter().map(|mut diagnostic| {
                diagnostic.span = diagnostic.span.map(|span| {
                    let moved = |at: u32| at.saturating_add(offset);
                    Span::new(moved(span.start), moved(span.end))
                });
                diagnostic
            });
            for problem in Problem::all(&file, found.collect()) {
                terminal.words(&text::problem(&problem));
            }
        }
    }
    exit
}

/// Places in JSON count from the beginning of the expression.
fn failed(found: &[Diagnostic]) -> String {
    let all: Vec<_> = found.iter().map(failure).collect();
    json::line(&json!({ "error": all.first(), "errors": all }))
}

fn as_text(answer: Answer) -> String {
    match answer {
        Answer::Value(value) => value.json + "\n",
        Answer::Type(found) => found + "\n",
        Answer::Formatted(source) => source.trim_end().to_owned() + "\n",
        Answer::Call { text, .. } => text + "\n",
        Answer::Words(words) => words,
        Answer::Cost { words, here, .. } => format!("{words}; {here} on this call\n"),
        Answer::Parts { source, parts } => {
            let whole = parts.first().map(|part| verdict::outcome_of(part, &source));
            format!(
                "{}\n{}",
                whole.unwrap_or(source.clone()),
                verdict::parts(&parts, &source)
            )
        }
        // Told elsewhere.
        Answer::Invalid(..) | Answer::Failed(..) | Answer::Error(_) => String::new(),
    }
}

fn as_json(answer: Answer) -> String {
    match answer {
        Answer::Value(value) => {
            let (json, kind, gas) = (value.json, value.kind, value.gas);
            format!(
                "{{\"value\":{json},\"type\":{},\"gas\":{gas}}}\n",
                json!(kind)
            )
        }
        Answer::Type(found) => json::line(&json!({ "type": found })),
        Answer::Formatted(source) => json::line(&json!({ "formatted": source.trim_end() })),
        Answer::Call { json, .. } => format!("{{\"call\":{json}}}\n"),
        Answer::Words(words) => json::line(&json!({ "text": words })),
        Answer::Cost { most, here, .. } => json::line(&json!({ "most": most, "gas": here })),
        Answer::Parts { source, parts } => {
            let parts: Vec<_> = parts.iter().map(|found| part(found, &source)).collect();
            json::line(&json!({ "parts": parts }))
        }
        Answer::Invalid(..) | Answer::Failed(..) | Answer::Error(_) => String::new(),
    }
}

fn part(part: &SubExpression, source: &str) -> serde_json::Value {
    let span = part.span;
    let text = source.get(span.start as usize..span.end as usize);
    let mut shown = json!({ "from": span.start, "to": span.end, "text": text });
    match &part.outcome {
        PartOutcome::NotNeeded => shown["needed"] = json!(false),
        PartOutcome::LeftOut => shown["left_out"] = json!(true),
        PartOutcome::Failed(fault) => shown["error"] = json!(fault.code),
        PartOutcome::Value(value) => {
            shown["value"] = serde_json::from_str(value).unwrap_or_default();
        }
    }
    shown
}
