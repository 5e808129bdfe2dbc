//! The canonical form of a file: its layout, the order of a policy's keys, its expressions. Nothing else
//! of it is written anew.

mod expressions;
mod key;
mod order;
mod proof;
mod row;
mod rows;
mod scalar;
mod scan;
#[cfg(test)]
mod tests;

use callgate_model::{Diagnostic, Limits, Span};

use crate::{Format, Source};

/// What became of a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Formatted {
    /// The text in canonical form, if that is another one.
    pub text: Option<String>,
    /// Why its layout was left as it was.
    pub kept: Option<Box<Diagnostic>>,
}

/// A text in canonical form, as far as it can have one.
///
/// # Errors
/// A text that is not of the notation its name stands for.
pub fn formatted(name: &str, text: &str) -> Result<Formatted, Box<Diagnostic>> {
    let unchanged = Formatted {
        text: None,
        kept: None,
    };
    let Some(format) = Format::of_path(name) else {
        return Ok(unchanged);
    };
    Source::read(text, format, &Limits::default())?;
    if format != Format::Yaml {
        return Ok(unchanged);
    }
    let (laid_out, kept) = match laid_out(text) {
        Ok(laid_out) => (laid_out, None),
        Err(kept) => (text.to_owned(), Some(kept)),
    };
    let rewritten = expressions::rewritten(&laid_out)
        .filter(|rewritten| proof::same_but_expressions(&laid_out, rewritten));
    let written = rewritten.unwrap_or(laid_out);
    Ok(Formatted {
        text: (written != text).then_some(written),
        kept,
    })
}

/// The text in canonical layout, if that says the same.
fn laid_out(text: &str) -> Result<String, Box<Diagnostic>> {
    let unix = text.replace("\r\n", "\n");
    let scanned = scan::pieces(&unix).map_err(|refused| {
        let place = line_of(text, refused.line);
        let message = format!("the layout is kept as it is: {}", refused.why);
        let help = "the file is laid out once this line is written in another way";
        Box::new(Diagnostic::warning("LAYOUT_KEPT", place, message).with_help(help))
    })?;
    let rows = order::ordered(rows::rows(&scanned));
    let written = row::text(&rows);
    if proof::same(text, &written) {
        return Ok(written);
    }
    let message = "the layout is kept as it is: another one would not be read the same";
    let place = line_of(text, 0);
    Err(Box::new(Diagnostic::warning("LAYOUT_KEPT", place, message)))
}

/// The place of a line, counted from 0.
fn line_of(text: &str, line: usize) -> Span {
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let length = text
        .split_inclusive('\n')
        .nth(line)
        .map_or(0, |line| line.trim_end().len());
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(offset(before), offset(before.saturating_add(length)))
}
