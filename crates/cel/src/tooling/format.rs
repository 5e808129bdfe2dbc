//! The canonical form of an expression: one layout for everybody, comments kept.

use callgate_model::{Diagnostic, Limits};

use super::layout::{Piece, print};
use crate::syntax::ast::{Ast, BinaryOperator, NodeId, NodeKind};
use crate::syntax::lex;
use crate::syntax::token::{Token, TokenKind};

/// Columns a line may have where there is a choice. 100: two panes on one screen.
pub const WIDTH: usize = 100;

/// The source in canonical form. It means the same, and formatting it again changes nothing.
///
/// # Errors
/// What the parser has to say about a source it cannot read.
pub fn format(source: &str, limits: &Limits) -> Result<String, Vec<Diagnostic>> {
    format_to(source, WIDTH, limits)
}

/// The same for lines of another width.
///
/// # Errors
/// As [`format`](fn@format).
pub fn format_to(source: &str, width: usize, limits: &Limits) -> Result<String, Vec<Diagnostic>> {
    let ast = crate::parse(source, limits)?;
    let mut diagnostics = Vec::new();
    let tokens = lex(source, &mut diagnostics).tokens;
    let mut builder = Builder {
        ast: &ast,
        tokens: &tokens,
        next: 0,
        comments: 0,
        last: None,
    };
    let mut pieces = Vec::new();
    // A comment above the whole does not keep the whole from standing on one line.
    if let Some(first) = tokens.first() {
        builder.comments_before(first.span.start, &mut pieces);
    }
    pieces.extend(builder.node(ast.root()));
    builder.comments_before(u32::MAX, &mut pieces);
    Ok(print(&pieces, width))
}

type Pieces<'s> = Vec<Piece<'s>>;

/// Walks tree and tokens side by side: the tree says where lines may break, the tokens what is written.
struct Builder<'s> {
    ast: &'s Ast,
    tokens: &'s [Token],
    next: usize,
    /// How many comments were written.
    comments: usize,
    /// Where the last token or comment that was written ends.
    last: Option<u32>,
}

impl<'s> Builder<'s> {
    fn peek(&self) -> TokenKind {
        self.tokens
            .get(self.next)
            .map_or(TokenKind::End, |token| token.kind)
    }

    /// Writes the next token, and the comments before it.
    fn token(&mut self, out: &mut Pieces<'s>) {
        let Some(token) = self.tokens.get(self.next) else {
            return;
        };
        self.next = self.next.saturating_add(1);
        self.comments_before(token.span.start, out);
        self.last = Some(token.span.end);
        out.push(Piece::Text(self.ast.text(token.span)));
    }

    fn tokens(&mut self, count: usize, out: &mut Pieces<'s>) {
        for _ in 0..count {
            self.token(out);
        }
    }

    /// Writes a token if it is the next one.
    fn optional(&mut self, kind: TokenKind, out: &mut Pieces<'s>) {
        if self.peek() == kind {
            self.token(out);
        }
    }

    fn comments_before(&mut self, end: u32, out: &mut Pieces<'s>) {
        while let Some(comment) = self.ast.comments().get(self.comments)
            && comment.start < end
        {
            let between = self
                .last
                .map(|last| callgate_model::Span::new(last, comment.start));
            let trails = between.is_some_and(|between| !self.ast.text(between).contains('\n'));
            let text = self.ast.text(*comment).trim_end();
            out.push(Piece::Comment { text, trails });
            self.last = Some(comment.end);
            self.comments = self.comments.saturating_add(1);
        }
    }

    fn node(&mut self, id: NodeId) -> Pieces<'s> {
        let mut out = Vec::new();
        let ast = self.ast;
        match &ast.node(id).kind {
            NodeKind::Error => {}
            NodeKind::Group(inner) => {
                let inner = *inner;
                self.enclosed(&mut out, |builder| vec![builder.node(inner)]);
            }
            NodeKind::Literal(_) => {
                self.optional(TokenKind::Minus, &mut out);
                self.token(&mut out);
            }
            NodeKind::Ident { absolute, .. } => {
                self.tokens(if *absolute { 2 } else { 1 }, &mut out);
            }
            NodeKind::Select {
                operand, optional, ..
            } => {
                out = self.node(*operand);
                self.tokens(if *optional { 3 } else { 2 }, &mut out);
            }
            NodeKind::Index { operand, index, .. } => {
                out = self.node(*operand);
                self.enclosed(&mut out, |builder| {
                    let mut inner = Vec::new();
                    builder.optional(TokenKind::Question, &mut inner);
                    inner.extend(builder.node(*index));
                    vec![inner]
                });
            }
            NodeKind::Call {
                target,
                absolute,
                arguments,
                ..
            } => {
                if let Some(target) = target {
                    out = self.node(*target);
                }
                let dotted = *absolute || target.is_some();
                self.tokens(if dotted { 2 } else { 1 }, &mut out);
                self.enclosed(&mut out, |builder| {
                    builder.items(arguments.len(), |builder, at| {
                        arguments
                            .get(at)
                            .map(|id| builder.node(*id))
                            .unwrap_or_default()
                    })
                });
            }
            NodeKind::List(elements) => {
                self.enclosed(&mut out, |builder| {
                    builder.items(elements.len(), |builder, at| {
                        let mut item = Vec::new();
                        builder.optional(TokenKind::Question, &mut item);
                        if let Some(element) = elements.get(at) {
                            item.extend(builder.node(element.value));
                        }
                        item
                    })
                });
            }
            NodeKind::Map(entries) => {
                self.enclosed(&mut out, |builder| {
                    builder.items(entries.len(), |builder, at| {
                        let mut item = Vec::new();
                        builder.optional(TokenKind::Question, &mut item);
                        if let Some(entry) = entries.get(at) {
                            item.extend(builder.node(entry.key));
                            builder.token(&mut item);
                            item.push(Piece::Space);
                            item.extend(builder.node(entry.value));
                        }
                        item
                    })
                });
            }
            NodeKind::Message { fields, .. } => {
                while !matches!(self.peek(), TokenKind::LeftBrace | TokenKind::End) {
                    self.token(&mut out);
                }
                self.enclosed(&mut out, |builder| {
                    builder.items(fields.len(), |builder, at| {
                        let mut item = Vec::new();
                        builder.optional(TokenKind::Question, &mut item);
                        if let Some((_, value)) = fields.get(at) {
                            builder.tokens(2, &mut item);
                            item.push(Piece::Space);
                            item.extend(builder.node(*value));
                        }
                        item
                    })
                });
            }
            NodeKind::Unary { operand, .. } => {
                self.token(&mut out);
                out.extend(self.node(*operand));
            }
            NodeKind::Binary {
                operator: operator @ (BinaryOperator::And | BinaryOperator::Or),
                ..
            } => {
                let mut chain = Vec::new();
                self.chain(id, *operator, &mut chain);
                out.push(Piece::Group(chain));
            }
            NodeKind::Binary { left, right, .. } => {
                let mut group = self.node(*left);
                let mut inner = vec![Piece::Line];
                self.token(&mut inner);
                inner.push(Piece::Space);
                inner.extend(self.node(*right));
                group.push(Piece::Indent(inner));
                out.push(Piece::Group(group));
            }
            NodeKind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                let mut group = self.node(*condition);
                let mut inner = Vec::new();
                for part in [*then, *otherwise] {
                    inner.push(Piece::Line);
                    self.token(&mut inner);
                    inner.push(Piece::Space);
                    inner.extend(self.node(part));
                }
                group.push(Piece::Indent(inner));
                out.push(Piece::Group(group));
            }
        }
        out
    }

    /// `a && b && c`: each operand on a line of its own, or all on one.
    fn chain(&mut self, id: NodeId, wanted: BinaryOperator, out: &mut Pieces<'s>) {
        let ast = self.ast;
        match &ast.node(id).kind {
            NodeKind::Binary {
                operator,
                left,
                right,
                ..
            } if *operator == wanted => {
                self.chain(*left, wanted, out);
                out.push(Piece::Line);
                self.token(out);
                out.push(Piece::Space);
                let right = self.node(*right);
                out.push(Piece::Indent(right));
            }
            _ => {
                let first = self.node(id);
                out.push(Piece::Indent(first));
            }
        }
    }

    /// An opening bracket, items with commas between them, the closing bracket.
    fn enclosed(&mut self, out: &mut Pieces<'s>, items: impl FnOnce(&mut Self) -> Vec<Pieces<'s>>) {
        let mut group = Vec::new();
        self.token(&mut group);
        let items = items(self);
        let empty = items.is_empty();
        let mut inner = Vec::new();
        for (place, item) in items.into_iter().enumerate() {
            inner.push(if place == 0 {
                Piece::Softline
            } else {
                Piece::Line
            });
            inner.extend(item);
        }
        group.push(Piece::Indent(inner));
        if self.peek() == TokenKind::Comma {
            self.next = self.next.saturating_add(1);
        }
        if !empty {
            group.push(Piece::Softline);
        }
        self.token(&mut group);
        out.push(Piece::Group(group));
    }

    /// Items, each with the comma after it; a comma after the last one is left out.
    fn items(
        &mut self,
        count: usize,
        mut item: impl FnMut(&mut Self, usize) -> Pieces<'s>,
    ) -> Vec<Pieces<'s>> {
        let mut items = Vec::new();
        for at in 0..count {
            let mut pieces = item(self, at);
            if at.saturating_add(1) < count {
                self.optional(TokenKind::Comma, &mut pieces);
            }
            items.push(pieces);
        }
        items
    }
}
