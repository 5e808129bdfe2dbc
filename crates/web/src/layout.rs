//! Canonical form of a policy file, and of a bare expression.

use callgate_answer::problem::{self, Text};
use callgate_cel::tooling;
use callgate_json::Writer;
use callgate_model::{Diagnostic, Limits};
use callgate_release::layout;

/// A file's text; what keeps it as it is is in `diagnostics`.
pub(crate) fn file(name: &str, source: &str) -> Vec<u8> {
    match layout::formatted(name, source) {
        Ok(formatted) => {
            let kept: Vec<Diagnostic> = formatted.kept.into_iter().map(|kept| *kept).collect();
            answer(source, formatted.text.as_deref(), &kept)
        }
        Err(found) => answer(source, None, &[*found]),
    }
}

/// An expression's text, likewise.
pub(crate) fn expression(source: &str, limits: &Limits) -> Vec<u8> {
    match tooling::format(source, limits) {
        Ok(text) => answer(source, Some(&text), &[]),
        Err(found) => answer(source, None, &found),
    }
}

fn answer(source: &str, formatted: Option<&str>, found: &[Diagnostic]) -> Vec<u8> {
    let formatted = formatted.filter(|text| *text != source);
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    w.begin_object().key("changed").bool(formatted.is_some());
    w.key("diagnostics").begin_array();
    problem::write_all(found, Text::of(source), &mut w);
    w.end_array();
    w.key("text").str(formatted.unwrap_or(source)).end_object();
    out
}
