//! A finding and the file it is about.

use std::rc::Rc;

use callgate_json::{ErrorCode, Position};
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
            diagnostic.help = mend(diagnostic.code).map(str::to_owned);
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

/// How to mend what its finder has no help for.
fn mend(code: &str) -> Option<&'static str> {
    match code {
        "cel.syntax" => {
            return Some("an operator needs a value on each side, and every bracket its partner");
        }
        "YAML_SYNTAX" => {
            return Some(
                "close every quote and bracket, indent with spaces, and quote text that holds `: ` or ` #`",
            );
        }
        _ => {}
    }
    let code = ErrorCode::ALL.iter().find(|known| known.as_str() == code)?;
    Some(match code {
        ErrorCode::InvalidUtf8 | ErrorCode::Bom => {
            "save the file as UTF-8 without a byte order mark"
        }
        ErrorCode::UnexpectedEnd => "close what is open: a `}`, a `]` or a `\"` is missing",
        ErrorCode::UnexpectedByte => {
            "JSON has double quotes, a comma between members and none after the last, and no comments"
        }
        ErrorCode::TrailingData => {
            "one document a file; several calls go one a line into a file that ends in `.jsonl`"
        }
        ErrorCode::DuplicateKey => "keep one of them: readers disagree on which one counts",
        ErrorCode::LoneSurrogate => "write the character itself, or both halves of its escape",
        ErrorCode::InvalidEscape => {
            "escapes are `\\\"`, `\\\\`, `\\/`, `\\b`, `\\f`, `\\n`, `\\r`, `\\t` and `\\u` with four digits"
        }
        ErrorCode::ControlCharacter => "write it as an escape, such as `\\n`",
        ErrorCode::InvalidNumber => {
            "numbers are written like `-12`, `0.5` or `1e3`, without a leading zero or `+`"
        }
        ErrorCode::TooLarge
        | ErrorCode::TooDeep
        | ErrorCode::TooManyKeys
        | ErrorCode::TooManyNodes
        | ErrorCode::NumberTooLong => "a gateway would refuse it too; make it smaller",
    })
}
