//! What an editor asks about an expression, bare or within a policy file.

use callgate_answer::place::{Place, Places};
use callgate_cel::check::Context;
use callgate_cel::tooling::{self, CompletionKind, TokenClass};
use callgate_engine::environment;
use callgate_json::Writer;
use callgate_model::{Limits, Span};
use callgate_release::Format;

use crate::written::{self, Written};

/// A text and a place in it.
struct Cursor<'t> {
    places: Places<'t>,
    /// The expression, when the text is a policy file.
    written: Option<Written>,
    text: &'t str,
    /// Bytes before the place, in the expression.
    byte: u32,
}

impl<'t> Cursor<'t> {
    /// A place in an expression, or in the expression that stands there in a file.
    fn at(text: &'t str, offset: u32, format: Option<Format>, limits: &Limits) -> Option<Self> {
        let places = Places::of(text);
        let byte = places.byte(offset);
        let (written, byte) = match format {
            None => (None, byte),
            Some(format) => {
                let (written, byte) = written::at(text, format, byte, limits)?;
                (Some(written), byte)
            }
        };
        Some(Self {
            places,
            written,
            text,
            byte,
        })
    }

    fn source(&self) -> &str {
        self.written
            .as_ref()
            .map_or(self.text, |written| &written.source)
    }

    fn range(&self, span: Span) -> (Place, Place) {
        let written = self.written.as_ref();
        self.places
            .range(written.map_or(span, |written| written.locate(span)))
    }
}

/// What may be written at a place: `{"from":…,"items":[…],"to":…}`, or `null` where no expression stands.
pub(crate) fn complete(text: &str, at: u32, format: Option<Format>, limits: &Limits) -> Vec<u8> {
    let Some(cursor) = Cursor::at(text, at, format, limits) else {
        return b"null".to_vec();
    };
    let context = Context::from(environment());
    let found = tooling::complete(cursor.source(), cursor.byte, context, limits);
    let (from, to) = cursor.range(found.replace);
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    w.begin_object().key("from").uint(from.offset);
    w.key("items").begin_array();
    for item in &found.items {
        w.begin_object().key("detail").str(&item.detail);
        w.key("doc").str(item.doc);
        w.key("kind").str(kind(item.kind));
        w.key("label").str(&item.label).end_object();
    }
    w.end_array().key("to").uint(to.offset).end_object();
    out
}

/// What stands at a place: `{"doc":…,"from":…,"title":…,"to":…}`, or `null`.
pub(crate) fn hover(text: &str, at: u32, format: Option<Format>, limits: &Limits) -> Vec<u8> {
    let context = Context::from(environment());
    let cursor = Cursor::at(text, at, format, limits);
    let found = cursor.and_then(|cursor| {
        let found = tooling::hover(cursor.source(), cursor.byte, context, limits)?;
        Some((cursor.range(found.span), found))
    });
    let Some(((from, to), found)) = found else {
        return b"null".to_vec();
    };
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    w.begin_object().key("doc").str(found.doc);
    w.key("from").uint(from.offset);
    w.key("title").str(&found.title);
    w.key("to").uint(to.offset).end_object();
    out
}

/// The tokens in order: `[{"class":…,"from":…,"to":…}…]`.
pub(crate) fn tokens(source: &str, limits: &Limits) -> Vec<u8> {
    let places = Places::of(source);
    let context = Context::from(environment());
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    w.begin_array();
    for token in tooling::semantic_tokens(source, context, limits) {
        let (from, to) = places.range(token.span);
        w.begin_object().key("class").str(class(token.class));
        w.key("from").uint(from.offset);
        w.key("to").uint(to.offset).end_object();
    }
    w.end_array();
    out
}

fn kind(kind: CompletionKind) -> &'static str {
    match kind {
        CompletionKind::Local => "local",
        CompletionKind::Variable => "variable",
        CompletionKind::Field => "field",
        CompletionKind::Function => "function",
        CompletionKind::Keyword => "keyword",
    }
}

fn class(class: TokenClass) -> &'static str {
    match class {
        TokenClass::Variable => "variable",
        TokenClass::Local => "local",
        TokenClass::Field => "field",
        TokenClass::Function => "function",
        TokenClass::Macro => "macro",
        TokenClass::Type => "type",
        TokenClass::Keyword => "keyword",
        TokenClass::Number => "number",
        TokenClass::String => "string",
        TokenClass::Comment => "comment",
        TokenClass::Operator => "operator",
        TokenClass::Punctuation => "punctuation",
    }
}
