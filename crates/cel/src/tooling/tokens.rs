//! What each token of a source is, for colours: functions, macros, variables, fields, types, literals.

use std::collections::BTreeMap;

use callgate_model::{Limits, Span};

use super::editor::Reading;
use crate::check::{Context, MACROS, Reference};
use crate::syntax::ast::NodeKind;
use crate::syntax::lex;
use crate::syntax::token::TokenKind;

/// A token and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SemanticToken {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub class: TokenClass,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenClass {
    /// A declared name.
    Variable,
    /// A variable of a macro.
    Local,
    /// A field.
    Field,
    /// A function.
    Function,
    /// A macro.
    Macro,
    /// A type.
    Type,
    /// `true`, `false`, `null`, `in`
    Keyword,
    /// A number.
    Number,
    /// A text or bytes.
    String,
    /// A comment.
    Comment,
    /// An operator.
    Operator,
    /// Brackets, commas, dots.
    Punctuation,
}

/// The tokens of a source, which may have errors, in order.
pub fn semantic_tokens(source: &str, context: Context<'_>, limits: &Limits) -> Vec<SemanticToken> {
    let names = names(&Reading::of(source, context, limits));
    let found = lex(source, &mut Vec::new());
    let tokens = found.tokens.iter().filter_map(|token| {
        let class = match token.kind {
            TokenKind::Ident | TokenKind::QuotedIdent => names
                .get(&token.span.start)
                .copied()
                .unwrap_or(TokenClass::Variable),
            TokenKind::Int | TokenKind::Uint | TokenKind::Double => TokenClass::Number,
            TokenKind::String | TokenKind::Bytes => TokenClass::String,
            TokenKind::True | TokenKind::False | TokenKind::Null | TokenKind::In => {
                TokenClass::Keyword
            }
            TokenKind::End => return None,
            TokenKind::LeftParen
            | TokenKind::RightParen
            | TokenKind::LeftBracket
            | TokenKind::RightBracket
            | TokenKind::LeftBrace
            | TokenKind::RightBrace
            | TokenKind::Dot
            | TokenKind::Comma => TokenClass::Punctuation,
            _ => TokenClass::Operator,
        };
        let span = token.span;
        Some(SemanticToken { span, class })
    });
    let comments = found.comments.iter().map(|span| SemanticToken {
        span: *span,
        class: TokenClass::Comment,
    });
    let mut all: Vec<SemanticToken> = tokens.chain(comments).collect();
    callgate_json::sort_by(&mut all, |a, b| a.span.cmp(&b.span));
    all
}

/// What the names are, by where they start.
fn names(reading: &Reading) -> BTreeMap<u32, TokenClass> {
    let mut names = BTreeMap::new();
    for (id, node) in reading.ast.nodes() {
        let class = match reading.checked.reference(id) {
            Some(Reference::Local(_)) => TokenClass::Local,
            Some(Reference::TypeName) => TokenClass::Type,
            Some(Reference::Declared(_)) | None => TokenClass::Variable,
        };
        match &node.kind {
            NodeKind::Ident { absolute, .. } => {
                let start = node.span.start.saturating_add(u32::from(*absolute));
                names.insert(start, class);
            }
            NodeKind::Select { field, .. } => {
                let class = match reading.checked.reference(id) {
                    Some(Reference::TypeName) => TokenClass::Type,
                    _ => TokenClass::Field,
                };
                names.insert(field.span.start, class);
            }
            NodeKind::Call { function, .. } => {
                let is_macro = MACROS.iter().any(|found| found.name == &*function.text);
                let class = if is_macro {
                    TokenClass::Macro
                } else {
                    TokenClass::Function
                };
                names.insert(function.span.start, class);
            }
            NodeKind::Message { type_name, fields } => {
                names.insert(type_name.span.start, TokenClass::Type);
                names.extend(
                    fields
                        .iter()
                        .map(|(name, _)| (name.span.start, TokenClass::Field)),
                );
            }
            _ => {}
        }
    }
    names
}
