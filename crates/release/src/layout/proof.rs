//! Whether two texts say the same, by the reader that everything else uses.

use callgate_json::{Document, canonical};
use callgate_model::{Limits, Span};

use super::scan::{self, Piece};
use crate::{Format, Source};

/// The same values, the same comments, and no character lost but white space.
pub fn same(before: &str, after: &str) -> bool {
    let values_before = values(before);
    let unix = before.replace("\r\n", "\n");
    values_before.is_some()
        && values_before == values(after)
        && comments(&unix) == comments(after)
        && characters(before) == characters(after)
}

/// The same values but for the expressions of policies, and the same comments.
pub fn same_but_expressions(before: &str, after: &str) -> bool {
    let values_before = values(before);
    values_before.as_deref().map(without_expressions)
        == values(after).as_deref().map(without_expressions)
        && comments(before) == comments(after)
}

/// Each document without what stands in the place of a policy's expression.
fn without_expressions(documents: &[String]) -> Vec<Option<String>> {
    let limits = Limits::default().release_json();
    let emptied = documents.iter().map(|text| {
        let document = Document::parse(text.as_bytes(), &limits).ok()?;
        let Some(expression) = document.root().pointer("/spec/expression") else {
            return Some(text.clone());
        };
        let span = Span::from(expression.span());
        let before = text.get(..span.start as usize)?;
        let after = text.get(span.end as usize..)?;
        Some([before, after].join("null"))
    });
    emptied.collect()
}

/// Every document with its keys sorted.
pub fn values(text: &str) -> Option<Vec<String>> {
    let source = Source::read(text, Format::Yaml, &Limits::default()).ok()?;
    let documents = source.documents.iter();
    Some(
        documents
            .map(|document| canonical::to_string(document.root()))
            .collect(),
    )
}

/// The texts of all comments, sorted.
pub fn comments(text: &str) -> Option<Vec<String>> {
    let mut comments: Vec<String> = Vec::new();
    for piece in scan::pieces(text).ok()? {
        let comment = match piece {
            Piece::Blank => None,
            Piece::Comment { text, .. } => Some(text),
            Piece::Marker { comment, .. } => comment,
            Piece::Entry(entry) => entry.comment,
        };
        let words = comment.map(|comment| comment.trim_start_matches('#').trim().to_owned());
        comments.extend(words);
    }
    callgate_json::sort_by(&mut comments, Ord::cmp);
    Some(comments)
}

/// Everything but white space, sorted: layout moves, it neither adds nor takes.
fn characters(text: &str) -> Vec<char> {
    let mut characters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    callgate_json::sort_by(&mut characters, Ord::cmp);
    characters
}
