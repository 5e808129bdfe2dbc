//! Findings as the JSON that JavaScript gets: places count as its strings do, in UTF-16 units.

use callgate_engine::author;
use callgate_json::Writer;
use callgate_model::{Diagnostic, Severity, Span};

use crate::place::Places;

/// A text and what findings call it.
#[derive(Clone, Copy)]
pub struct Text<'t> {
    /// The file's name, if it is one of several.
    pub name: Option<&'t str>,
    /// What stands in it.
    pub text: &'t str,
}

impl<'t> Text<'t> {
    /// A text that needs no name.
    pub fn of(text: &'t str) -> Self {
        Self { name: None, text }
    }
}

/// A finding that stands in no text.
pub fn bare(code: &'static str, message: &str, help: Option<&str>) -> Diagnostic {
    Diagnostic {
        code,
        severity: Severity::Error,
        span: None,
        message: message.to_owned(),
        help: help.map(str::to_owned),
    }
}

/// What the JSON reader said.
pub fn of_json(error: callgate_json::Error) -> Diagnostic {
    let span = Span::new(error.offset, error.offset.saturating_add(1));
    Diagnostic::error(error.code.as_str(), span, error.code.describe())
}

/// Writes findings about one text, as members of a list that is open.
pub fn write_all<'d>(
    found: impl IntoIterator<Item = &'d Diagnostic>,
    text: Text<'_>,
    w: &mut Writer<'_>,
) {
    let places = Places::of(text.text);
    for diagnostic in found {
        write(diagnostic, text, &places, w);
    }
}

fn write(diagnostic: &Diagnostic, text: Text<'_>, places: &Places<'_>, w: &mut Writer<'_>) {
    let place = diagnostic.span.map(|span| places.range(span));
    w.begin_object().key("code").str(diagnostic.code);
    if let Some((start, end)) = place {
        w.key("column").uint(start.column);
        w.key("endColumn").uint(end.column);
        w.key("endLine").uint(end.line);
    }
    if let Some(name) = text.name {
        w.key("file").str(name);
    }
    if let Some((start, _)) = place {
        w.key("from").uint(start.offset);
    }
    let help = diagnostic.help.as_deref();
    if let Some(help) = help.or_else(|| author::help(diagnostic.code)) {
        w.key("help").str(help);
    }
    if let Some((start, _)) = place {
        w.key("line").uint(start.line);
    }
    w.key("message").str(&diagnostic.message);
    w.key("severity").str(diagnostic.severity.as_str());
    if let Some((_, end)) = place {
        w.key("to").uint(end.offset);
    }
    w.end_object();
}

/// `{"errors":[…]}`: what stands in the place of a record, or of any other answer.
pub fn errors(found: &[Diagnostic], text: Text<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    w.begin_object().key("errors").begin_array();
    write_all(found, text, &mut w);
    w.end_array().end_object();
    out
}
