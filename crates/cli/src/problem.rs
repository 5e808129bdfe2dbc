//! A finding and the file it is about.

use std::rc::Rc;

use callgate_json::Position;
use callgate_model::{Diagnostic, Severity, Span};

use crate::input::File;

/// Something that somebody has to mend, or should look at.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The file it is in, when it is in one.
    pub file: Option<Rc<File>>,
    /// What it is.
    pub diagnostic: Diagnostic,
}

/// First and last place of a finding, as people count.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// Its bytes.
    pub span: Span,
    /// Where it starts.
    pub start: Position,
    /// Where it ends, exclusive.
    pub end: Position,
}

impl Problem {
    /// A finding in a file.
    pub fn new(file: &Rc<File>, diagnostic: Diagnostic) -> Self {
        Self {
            file: Some(Rc::clone(file)),
            diagnostic,
        }
    }

    /// Everything that is wrong with a file.
    pub fn all(file: &Rc<File>, diagnostics: Vec<Diagnostic>) -> Vec<Self> {
        let problems = diagnostics.into_iter().map(|d| Self::new(file, d));
        problems.collect()
    }

    /// An error that stands in no file.
    pub fn bare(code: &'static str, message: String, help: Option<String>) -> Self {
        let diagnostic = Diagnostic {
            code,
            severity: Severity::Error,
            span: None,
            message,
            help,
        };
        Self {
            file: None,
            diagnostic,
        }
    }

    /// The place, when there is one.
    pub fn range(&self) -> Option<Range> {
        let text = self.file.as_ref()?.text.as_bytes();
        let last = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let span = self.diagnostic.span?;
        let start = span.start.min(last);
        let span = Span::new(start, span.end.clamp(start, last));
        let above = self
            .file
            .as_ref()
            .map_or(0, |file| file.first_line.saturating_sub(1));
        let place = |offset: u32| {
            let place = Position::of(text, offset);
            Position {
                line: place.line.saturating_add(above),
                ..place
            }
        };
        Some(Range {
            span,
            start: place(span.start),
            end: place(span.end),
        })
    }
}

/// Sorts by file, then by place.
pub fn sort(problems: &mut [Problem]) {
    let key = |problem: &Problem| {
        let name = problem.file.as_ref().map(|file| file.name.clone());
        (name, problem.diagnostic.span, problem.diagnostic.code)
    };
    problems.sort_by_key(key);
}

/// Whether any of them keeps the files from being used.
pub fn any_error(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.diagnostic.is_error())
}
