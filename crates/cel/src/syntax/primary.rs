//! What the parser reads between operators: literals, names, brackets, list, map and message literals.

use callgate_model::{Diagnostic, Span};

use super::ast::{Element, Entry, Literal, Name, NodeId, NodeKind};
use super::literal;
use super::parse::{Parser, binary_operator};
use super::token::{RESERVED, TokenKind};

impl Parser<'_, '_> {
    pub(super) fn primary(&mut self) -> NodeId {
        let token = self.token();
        match token.kind {
            TokenKind::Ident => self.name(false, token.span.start),
            TokenKind::Dot if self.ahead() == Some(TokenKind::Ident) => {
                self.bump();
                self.name(true, token.span.start)
            }
            TokenKind::True | TokenKind::False => {
                self.bump();
                let value = token.kind == TokenKind::True;
                self.add(NodeKind::Literal(Literal::Bool(value)), token.span)
            }
            TokenKind::Null => {
                self.bump();
                self.add(NodeKind::Literal(Literal::Null), token.span)
            }
            TokenKind::Int | TokenKind::Uint | TokenKind::Double => self.number(None),
            TokenKind::String | TokenKind::Bytes => self.quoted(),
            TokenKind::LeftParen => {
                self.bump();
                let inner = self.nested(Self::expression);
                self.close(TokenKind::RightParen);
                let span = self.since(token.span.start);
                self.add(NodeKind::Group(inner), span)
            }
            TokenKind::LeftBracket => self.list(),
            TokenKind::LeftBrace => self.map(),
            _ => self.missing_expression(),
        }
    }

    fn missing_expression(&mut self) -> NodeId {
        self.expected("an expression");
        let node = self.error_node();
        // Tokens that close or separate belong to whoever is reading around this place.
        let belongs_outside = matches!(
            self.kind(),
            TokenKind::RightParen
                | TokenKind::RightBracket
                | TokenKind::RightBrace
                | TokenKind::Comma
                | TokenKind::Colon
                | TokenKind::Question
                | TokenKind::End
        ) || binary_operator(self.kind()).is_some();
        if !belongs_outside {
            self.bump();
        }
        node
    }

    fn name(&mut self, absolute: bool, start: u32) -> NodeId {
        let span = self.bump().span;
        let text: Box<str> = self.text(span).into();
        if RESERVED.contains(&&*text) {
            let message = format!("`{text}` is a reserved word");
            let help = "reserved words can only name fields, after a dot";
            self.report(Diagnostic::error("cel.reserved_word", span, message).with_help(help));
        }
        if self.kind() == TokenKind::LeftParen {
            self.bump();
            let arguments = self.arguments();
            let function = Name { text, span };
            let span = self.since(start);
            return self.add(
                NodeKind::Call {
                    target: None,
                    function,
                    absolute,
                    arguments,
                },
                span,
            );
        }
        self.add(
            NodeKind::Ident {
                name: text,
                absolute,
            },
            Span {
                start,
                end: span.end,
            },
        )
    }

    /// A number token, after its minus sign if `negative`.
    pub(super) fn number(&mut self, minus: Option<Span>) -> NodeId {
        let negative = minus.is_some();
        let token = self.bump();
        let text = self.text(token.span);
        let value = match token.kind {
            TokenKind::Int => literal::int(text, negative),
            TokenKind::Uint => literal::uint(text),
            _ => literal::double(text, negative),
        };
        let span = Span {
            start: minus.map_or(token.span.start, |minus| minus.start),
            end: token.span.end,
        };
        let Some(value) = value else {
            let range = match token.kind {
                TokenKind::Int => "a 64-bit integer",
                TokenKind::Uint => "a 64-bit unsigned integer",
                _ => "a double",
            };
            let message = format!("this number is beyond the range of {range}");
            self.report(Diagnostic::error("cel.number_range", span, message));
            return self.add(NodeKind::Error, span);
        };
        self.add(NodeKind::Literal(value), span)
    }

    fn quoted(&mut self) -> NodeId {
        let token = self.bump();
        let text = self.text(token.span);
        let value = match token.kind {
            TokenKind::Bytes => literal::bytes(text),
            _ => literal::string(text),
        };
        match value {
            Ok(value) => self.add(NodeKind::Literal(value), token.span),
            Err(error) => {
                let place = |at: usize| {
                    token
                        .span
                        .start
                        .saturating_add(u32::try_from(at).unwrap_or(u32::MAX))
                };
                let span = Span {
                    start: place(error.from),
                    end: place(error.to),
                };
                self.diagnostics
                    .push(Diagnostic::error("cel.invalid_escape", span, error.message));
                self.add(NodeKind::Error, token.span)
            }
        }
    }

    fn list(&mut self) -> NodeId {
        let start = self.bump().span.start;
        let mut elements = Vec::new();
        self.items(TokenKind::RightBracket, |p| {
            let optional = p.eat(TokenKind::Question);
            let value = p.nested(Self::expression);
            elements.push(Element { value, optional });
        });
        let span = self.since(start);
        self.add(NodeKind::List(elements), span)
    }

    fn map(&mut self) -> NodeId {
        let start = self.bump().span.start;
        let mut entries = Vec::new();
        self.items(TokenKind::RightBrace, |p| {
            let optional = p.eat(TokenKind::Question);
            let key = p.nested(Self::expression);
            let value = p.entry_value();
            entries.push(Entry {
                key,
                value,
                optional,
            });
        });
        let span = self.since(start);
        self.add(NodeKind::Map(entries), span)
    }

    fn entry_value(&mut self) -> NodeId {
        if self.eat(TokenKind::Colon) {
            return self.nested(Self::expression);
        }
        self.expected("`:` and a value");
        self.error_node()
    }

    /// The dotted name a node spells, if it can be the type of a message literal.
    pub(super) fn type_name(&self, node: NodeId) -> Option<Name> {
        let span = self.span(node);
        let mut at = node;
        loop {
            match &self.nodes.get(at.0 as usize)?.kind {
                NodeKind::Ident { .. } => {
                    return Some(Name {
                        text: self.text(span).into(),
                        span,
                    });
                }
                NodeKind::Select {
                    operand,
                    optional: false,
                    ..
                } => at = *operand,
                _ => return None,
            }
        }
    }

    pub(super) fn message(&mut self, type_name: Name, start: u32) -> NodeId {
        self.bump();
        let mut fields = Vec::new();
        self.items(TokenKind::RightBrace, |p| {
            p.eat(TokenKind::Question);
            if let Some(field) = p.field_name() {
                let value = p.entry_value();
                fields.push((field, value));
            } else {
                p.skip_to_separator(TokenKind::RightBrace);
            }
        });
        let span = self.since(start);
        self.add(NodeKind::Message { type_name, fields }, span)
    }
}
