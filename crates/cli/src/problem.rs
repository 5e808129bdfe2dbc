//! A finding and the file it is about.

use std::rc::Rc;

use callgate_engine::author;
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
    /// What the policy it is about costs at most, where that is what it tells.
    pub gas: Option<u64>,
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
    pub fn new(file: &Rc<File>, mut diagnostic: Diagnostic) -> Self {
        if diagnostic.help.is_none() {
            diagnostic.help = author::help(diagnostic.code).map(str::to_owned);
        }
        Self {
            file: Some(Rc::clone(file)),
            diagnostic,
            gas: None,
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
            gas: None,
        }
    }

    /// The place, when there is one.
    pub fn range(&self) -> Option<Range> {
        let text = self.file.as_ref()?.text.as_str();
        let span = self.diagnostic.span?;
        // Finders count bytes; people and renderers need whole characters.
        let start = text.floor_char_boundary(span.start as usize);
        let end = text.ceil_char_boundary(span.end.max(span.start) as usize);
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span::new(offset(start), offset(end));
        let above = self
            .file
            .as_ref()
            .map_or(0, |file| file.first_line.saturating_sub(1));
        let place = |offset: u32| {
            let place = Position::of(text.as_bytes(), offset);
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
