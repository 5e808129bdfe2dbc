//! Expressions within the files they are written in: YAML and JSON add quotes, escapes and indentation.

use callgate_answer::place::Places;
use callgate_json::Writer;
use callgate_model::{Limits, Span};
use callgate_release::{Format, Source, TextMap};

/// An expression, and where its bytes stand in a file.
pub(crate) struct Written {
    /// What the expression is.
    pub(crate) source: String,
    map: TextMap,
}

impl Written {
    /// The place in the file of a span of the expression.
    pub(crate) fn locate(&self, span: Span) -> Span {
        self.map.locate(span)
    }

    /// The byte of the expression at, or last before, a byte of the file.
    fn inside(&self, byte: u32) -> Option<u32> {
        let end = u32::try_from(self.source.len()).unwrap_or(u32::MAX);
        let start = |at: u32| self.map.locate(Span::new(at, at)).start;
        if byte < start(0) || byte > self.map.locate(Span::new(0, end)).end {
            return None;
        }
        let mut at = 0;
        for (index, _) in self.source.char_indices() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            if start(index) > byte {
                break;
            }
            at = index;
        }
        // Behind the last character stands the end.
        let last = self.map.locate(Span::new(at, at.saturating_add(1))).end;
        let is_last = self
            .source
            .get(at as usize..)
            .is_some_and(|rest| rest.chars().count() == 1);
        Some(if is_last && byte >= last { end } else { at })
    }
}

/// The expression that a byte of a file stands in, and the byte within it.
pub(crate) fn at(text: &str, format: Format, byte: u32, limits: &Limits) -> Option<(Written, u32)> {
    let source = Source::read(text, format, limits).ok()?;
    let mut documents = source.documents.iter().flat_map(|document| {
        let root = document.root();
        let several = root.as_array().map(|array| array.iter().collect());
        let values = several.unwrap_or_else(|| vec![root]);
        values.into_iter().map(move |value| (document, value))
    });
    documents.find_map(|(document, value)| {
        let expression = value.pointer("/spec/expression")?;
        let written = Written {
            source: expression.as_str()?.to_owned(),
            map: document.text_map(expression),
        };
        let inside = written.inside(byte)?;
        Some((written, inside))
    })
}

/// Writes where an expression stands, as pairs: a byte of it, and the UTF-16 unit of the file from which
/// on both go step by step. The last pair is the end.
pub(crate) fn write_map(source: &str, map: &TextMap, places: &Places<'_>, w: &mut Writer<'_>) {
    w.begin_array();
    let mut expected = None;
    for (index, character) in source.char_indices() {
        let byte = u32::try_from(index).unwrap_or(u32::MAX);
        let unit = places.at(map.locate(Span::new(byte, byte)).start).offset;
        if expected != Some(unit) {
            w.uint(u64::from(byte)).uint(unit);
        }
        // Only where a character is one byte here and one unit there do both go on alike.
        expected = unit.checked_add(1).filter(|_| character.is_ascii());
    }
    let end = u32::try_from(source.len()).unwrap_or(u32::MAX);
    w.uint(u64::from(end));
    w.uint(places.at(map.locate(Span::new(0, end)).end).offset);
    w.end_array();
}
