//! What an editor asks about an expression, bare or within a policy file.

use callgate_cel::check::Context;
use callgate_cel::tooling::{self, CompletionKind, TokenClass};
use callgate_engine::environment;
use callgate_json::Writer;
use callgate_model::Limits;

use crate::place::Places;

/// What may be written at a place: `{"from":…,"items":[…],"to":…}`.
pub(crate) fn complete(source: &str, at: u32, limits: &Limits) -> Vec<u8> {
    let places = Places::of(source);
    let context = Context::from(environment());
    let found = tooling::complete(source, places.byte(at), context, limits);
    let (from, to) = places.range(found.replace);
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
pub(crate) fn hover(source: &str, at: u32, limits: &Limits) -> Vec<u8> {
    let places = Places::of(source);
    let context = Context::from(environment());
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    let Some(found) = tooling::hover(source, places.byte(at), context, limits) else {
        w.null();
        return out;
    };
    let (from, to) = places.range(found.span);
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
