//! A Pratt parser that goes on after an error, so that one run reports every problem.
//!
//! Nesting and chain length are bounded while parsing: nothing later in the crate needs to fear
//! the depth of a tree.

use callgate_model::{Diagnostic, Limits, Span};

use super::ast::{Ast, BinaryOperator, Name, Node, NodeId, NodeKind, UnaryOperator};
use super::lex;
use super::token::{Token, TokenKind};

/// Diagnostics after which the rest of a source is not looked at.
pub(crate) const MOST_DIAGNOSTICS: usize = 100;

/// Parses an expression. The tree is whole only if no diagnostic was added.
pub fn parse(source: &str, limits: &Limits, diagnostics: &mut Vec<Diagnostic>) -> Ast {
    if source.len() > limits.expression_bytes as usize {
        let message = format!(
            "the expression is longer than {} bytes",
            limits.expression_bytes
        );
        diagnostics.push(Diagnostic::error(
            "cel.source_limit",
            Span { start: 0, end: 0 },
            message,
        ));
        return Ast::unreadable();
    }
    let tokens = lex(source, diagnostics);
    let mut parser = Parser {
        source,
        tokens: &tokens.tokens,
        at: 0,
        nodes: Vec::with_capacity(tokens.tokens.len()),
        heights: Vec::with_capacity(tokens.tokens.len()),
        depth: 0,
        limits,
        stopped: false,
        last_error: None,
        diagnostics,
    };
    let root = parser.whole();
    Ast {
        source: source.into(),
        nodes: parser.nodes,
        root,
        comments: tokens.comments,
    }
}

impl Ast {
    fn unreadable() -> Self {
        let error = Node {
            kind: NodeKind::Error,
            span: Span { start: 0, end: 0 },
        };
        Self {
            source: "".into(),
            nodes: vec![error],
            root: NodeId(0),
            comments: Vec::new(),
        }
    }
}

pub(super) struct Parser<'s, 'd> {
    pub(super) source: &'s str,
    tokens: &'s [Token],
    at: usize,
    pub(super) nodes: Vec<Node>,
    /// Height of each node's subtree.
    heights: Vec<u32>,
    depth: u32,
    limits: &'s Limits,
    /// Set when a limit is hit: the rest is not looked at.
    stopped: bool,
    /// The token the last error was reported at; a second one there says nothing new.
    last_error: Option<usize>,
    pub(super) diagnostics: &'d mut Vec<Diagnostic>,
}

// Tokens.
impl Parser<'_, '_> {
    pub(super) fn token(&self) -> Token {
        let end = Token {
            kind: TokenKind::End,
            span: self
                .tokens
                .last()
                .map_or(Span { start: 0, end: 0 }, |token| token.span),
        };
        if self.stopped {
            end
        } else {
            self.tokens.get(self.at).copied().unwrap_or(end)
        }
    }

    pub(super) fn kind(&self) -> TokenKind {
        self.token().kind
    }

    pub(super) fn ahead(&self) -> Option<TokenKind> {
        self.tokens
            .get(self.at.saturating_add(1))
            .map(|token| token.kind)
    }

    pub(super) fn bump(&mut self) -> Token {
        let token = self.token();
        self.at = self.at.saturating_add(1);
        token
    }

    pub(super) fn eat(&mut self, kind: TokenKind) -> bool {
        let found = self.kind() == kind;
        if found {
            self.bump();
        }
        found
    }

    pub(super) fn text(&self, span: Span) -> &str {
        self.source
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }

    pub(super) fn previous_end(&self) -> u32 {
        let previous = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        previous.map_or(0, |token| token.span.end)
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        if !self.stopped && self.last_error != Some(self.at) {
            self.last_error = Some(self.at);
            self.diagnostics.push(diagnostic);
            self.stopped = self.diagnostics.len() >= MOST_DIAGNOSTICS;
        }
    }

    pub(super) fn expected(&mut self, what: &str) {
        let token = self.token();
        let message = format!("expected {what}, found {}", token.kind.describe());
        self.report(Diagnostic::error("cel.syntax", token.span, message));
    }

    /// Refuses the expression for good: it is deeper or longer than the limits allow.
    pub(super) fn stop(&mut self, message: String) {
        let span = self.token().span;
        if !self.stopped {
            self.diagnostics.push(
                Diagnostic::error("cel.nesting_limit", span, message)
                    .with_help("split it into several policies, or use `in` with a list"),
            );
        }
        self.stopped = true;
    }
}

// Nodes.
impl Parser<'_, '_> {
    /// The height a tree may have: nesting and chains may add up, but not multiply.
    fn greatest_height(&self) -> u32 {
        self.limits.expression_depth.saturating_mul(4)
    }

    pub(super) fn add(&mut self, kind: NodeKind, span: Span) -> NodeId {
        let below = children(&kind, |child| self.heights.get(child.0 as usize).copied());
        let height = match kind {
            NodeKind::Group(_) => below,
            _ => below.saturating_add(1),
        };
        if height > self.greatest_height() {
            self.stop(format!(
                "the expression is more than {} levels high",
                self.greatest_height()
            ));
        }
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node { kind, span });
        self.heights.push(height);
        id
    }

    pub(super) fn error_node(&mut self) -> NodeId {
        let span = self.token().span;
        self.add(
            NodeKind::Error,
            Span {
                start: span.start,
                end: span.start,
            },
        )
    }

    pub(super) fn span(&self, id: NodeId) -> Span {
        self.nodes
            .get(id.0 as usize)
            .map_or(Span { start: 0, end: 0 }, |node| node.span)
    }

    /// The span from a node that starts an expression to the last token read.
    pub(super) fn since(&self, start: u32) -> Span {
        Span {
            start,
            end: self.previous_end().max(start),
        }
    }

    pub(super) fn nested(&mut self, read: impl FnOnce(&mut Self) -> NodeId) -> NodeId {
        if self.depth >= self.limits.expression_depth {
            self.stop(format!(
                "the expression nests deeper than {} levels",
                self.limits.expression_depth
            ));
            return self.error_node();
        }
        self.depth = self.depth.saturating_add(1);
        let node = read(self);
        self.depth = self.depth.saturating_sub(1);
        node
    }

    /// Counts a link of a chain; false when the chain is too long.
    pub(super) fn link(&mut self, links: &mut u32) -> bool {
        *links = links.saturating_add(1);
        if *links > self.limits.expression_depth {
            self.stop(format!(
                "this chain has more than {} links",
                self.limits.expression_depth
            ));
        }
        !self.stopped
    }
}

// Expressions.
impl Parser<'_, '_> {
    fn whole(&mut self) -> NodeId {
        let root = self.expression();
        while self.kind() != TokenKind::End {
            self.expected("an operator or the end of the expression");
            if starts_expression(self.kind()) {
                self.expression();
            } else {
                self.bump();
            }
        }
        root
    }

    pub(super) fn expression(&mut self) -> NodeId {
        let condition = self.binary(1);
        if self.kind() != TokenKind::Question {
            return condition;
        }
        self.bump();
        let then = self.nested(|p| p.binary(1));
        if self.kind() == TokenKind::Question {
            let span = self.token().span;
            let message = "a conditional inside a conditional needs parentheses";
            self.report(
                Diagnostic::error("cel.syntax", span, message)
                    .with_help("write `a ? (b ? c : d) : e`"),
            );
            self.bump();
            self.nested(|p| p.binary(1));
            self.eat(TokenKind::Colon);
            self.nested(Self::expression);
        }
        if !self.eat(TokenKind::Colon) {
            self.expected("`:` of the conditional");
            return self.conditional(condition, then, None);
        }
        let otherwise = self.nested(Self::expression);
        self.conditional(condition, then, Some(otherwise))
    }

    fn conditional(
        &mut self,
        condition: NodeId,
        then: NodeId,
        otherwise: Option<NodeId>,
    ) -> NodeId {
        let otherwise = otherwise.unwrap_or_else(|| self.error_node());
        let span = self.since(self.span(condition).start);
        self.add(
            NodeKind::Conditional {
                condition,
                then,
                otherwise,
            },
            span,
        )
    }

    fn binary(&mut self, weakest: u8) -> NodeId {
        let start = self.token().span.start;
        let mut left = self.unary();
        let mut links = 0;
        while let Some(operator) = binary_operator(self.kind()) {
            if operator.precedence() < weakest || !self.link(&mut links) {
                break;
            }
            let operator_span = self.bump().span;
            let right = self.binary(operator.precedence().saturating_add(1));
            let span = self.since(start);
            left = self.add(
                NodeKind::Binary {
                    operator,
                    operator_span,
                    left,
                    right,
                },
                span,
            );
        }
        left
    }

    fn unary(&mut self) -> NodeId {
        let start = self.token().span.start;
        let operator = match self.kind() {
            TokenKind::Not => UnaryOperator::Not,
            TokenKind::Minus if self.negative_literal() => {
                let minus = self.bump().span;
                let literal = self.number(Some(minus));
                return self.postfix(literal, start);
            }
            TokenKind::Minus => UnaryOperator::Negate,
            _ => {
                let primary = self.primary();
                return self.postfix(primary, start);
            }
        };
        self.bump();
        let operand = self.nested(Self::unary);
        let span = self.since(start);
        self.add(NodeKind::Unary { operator, operand }, span)
    }

    fn negative_literal(&self) -> bool {
        matches!(self.ahead(), Some(TokenKind::Int | TokenKind::Double))
    }

    fn postfix(&mut self, primary: NodeId, start: u32) -> NodeId {
        let mut node = primary;
        let mut links = 0;
        loop {
            match self.kind() {
                TokenKind::Dot if self.link(&mut links) => node = self.select(node, start),
                TokenKind::LeftBracket if self.link(&mut links) => {
                    self.bump();
                    let optional = self.eat(TokenKind::Question);
                    let index = self.nested(Self::expression);
                    self.close(TokenKind::RightBracket);
                    let span = self.since(start);
                    node = self.add(
                        NodeKind::Index {
                            operand: node,
                            index,
                            optional,
                        },
                        span,
                    );
                }
                TokenKind::LeftBrace => match self.type_name(node) {
                    Some(type_name) if self.link(&mut links) => {
                        node = self.message(type_name, start)
                    }
                    _ => return node,
                },
                _ => return node,
            }
        }
    }

    /// `.field`, `.?field` or `.method(…)` after an operand.
    fn select(&mut self, operand: NodeId, start: u32) -> NodeId {
        self.bump();
        let optional = self.eat(TokenKind::Question);
        let Some(field) = self.field_name() else {
            let span = self.since(start);
            let field = Name {
                text: "".into(),
                span: Span {
                    start: span.end,
                    end: span.end,
                },
            };
            return self.add(
                NodeKind::Select {
                    operand,
                    field,
                    optional,
                },
                span,
            );
        };
        let quoted = field.span.end.saturating_sub(field.span.start) as usize != field.text.len();
        if self.kind() == TokenKind::LeftParen && !optional && !quoted {
            self.bump();
            let arguments = self.arguments();
            let span = self.since(start);
            let kind = NodeKind::Call {
                target: Some(operand),
                function: field,
                absolute: false,
                arguments,
            };
            return self.add(kind, span);
        }
        let span = self.since(start);
        self.add(
            NodeKind::Select {
                operand,
                field,
                optional,
            },
            span,
        )
    }

    /// A field may carry a reserved word as its name, or any of the quoted characters in backticks.
    pub(super) fn field_name(&mut self) -> Option<Name> {
        let span = self.token().span;
        match self.kind() {
            TokenKind::Ident => {
                self.bump();
                Some(Name {
                    text: self.text(span).into(),
                    span,
                })
            }
            TokenKind::QuotedIdent => {
                self.bump();
                Some(Name {
                    text: self.text(span).trim_matches('`').into(),
                    span,
                })
            }
            _ => {
                self.expected("a field name");
                None
            }
        }
    }

    /// The arguments of a call whose `(` was read, and its `)`.
    pub(super) fn arguments(&mut self) -> Vec<NodeId> {
        let mut arguments = Vec::new();
        self.items(TokenKind::RightParen, |p| {
            arguments.push(p.nested(Self::expression))
        });
        arguments
    }

    /// Comma-separated items up to `closer`, skipping what cannot be read.
    pub(super) fn items(&mut self, closer: TokenKind, mut item: impl FnMut(&mut Self)) {
        let trailing_allowed = closer != TokenKind::RightParen;
        while !matches!(self.kind(), TokenKind::End) {
            if self.kind() == closer {
                break;
            }
            item(self);
            if self.kind() != TokenKind::Comma && self.kind() != closer {
                self.expected(&format!("`,` or {}", closer.describe()));
                self.skip_to_separator(closer);
            }
            if !self.eat(TokenKind::Comma) {
                break;
            }
            if self.kind() == closer && !trailing_allowed {
                self.expected("an argument");
            }
        }
        self.close(closer);
    }

    pub(super) fn skip_to_separator(&mut self, closer: TokenKind) {
        let mut open = 0u32;
        loop {
            match self.kind() {
                TokenKind::End => return,
                TokenKind::Comma if open == 0 => return,
                kind if kind == closer && open == 0 => return,
                TokenKind::LeftParen | TokenKind::LeftBracket | TokenKind::LeftBrace => {
                    open = open.saturating_add(1);
                }
                TokenKind::RightParen | TokenKind::RightBracket | TokenKind::RightBrace => {
                    if open == 0 {
                        return;
                    }
                    open = open.saturating_sub(1);
                }
                _ => {}
            }
            self.bump();
        }
    }

    pub(super) fn close(&mut self, closer: TokenKind) {
        if !self.eat(closer) {
            self.expected(closer.describe());
        }
    }
}

fn starts_expression(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Ident
            | TokenKind::Int
            | TokenKind::Uint
            | TokenKind::Double
            | TokenKind::String
            | TokenKind::Bytes
            | TokenKind::True
            | TokenKind::False
            | TokenKind::Null
            | TokenKind::LeftParen
            | TokenKind::LeftBracket
            | TokenKind::LeftBrace
            | TokenKind::Not
    )
}

pub(super) fn binary_operator(kind: TokenKind) -> Option<BinaryOperator> {
    Some(match kind {
        TokenKind::Or => BinaryOperator::Or,
        TokenKind::And => BinaryOperator::And,
        TokenKind::Equal => BinaryOperator::Equal,
        TokenKind::NotEqual => BinaryOperator::NotEqual,
        TokenKind::Less => BinaryOperator::Less,
        TokenKind::LessEqual => BinaryOperator::LessEqual,
        TokenKind::Greater => BinaryOperator::Greater,
        TokenKind::GreaterEqual => BinaryOperator::GreaterEqual,
        TokenKind::In => BinaryOperator::In,
        TokenKind::Plus => BinaryOperator::Add,
        TokenKind::Minus => BinaryOperator::Subtract,
        TokenKind::Star => BinaryOperator::Multiply,
        TokenKind::Slash => BinaryOperator::Divide,
        TokenKind::Percent => BinaryOperator::Remainder,
        _ => return None,
    })
}

/// The greatest height among a node's children.
fn children(kind: &NodeKind, height: impl Fn(NodeId) -> Option<u32>) -> u32 {
    let of = |id: &NodeId| height(*id).unwrap_or(0);
    match kind {
        NodeKind::Error | NodeKind::Literal(_) | NodeKind::Ident { .. } => 0,
        NodeKind::Select { operand, .. } | NodeKind::Unary { operand, .. } => of(operand),
        NodeKind::Group(inner) => of(inner),
        NodeKind::Index { operand, index, .. } => of(operand).max(of(index)),
        NodeKind::Call {
            target, arguments, ..
        } => target.iter().chain(arguments).map(of).max().unwrap_or(0),
        NodeKind::List(elements) => elements.iter().map(|e| of(&e.value)).max().unwrap_or(0),
        NodeKind::Map(entries) => entries
            .iter()
            .map(|e| of(&e.key).max(of(&e.value)))
            .max()
            .unwrap_or(0),
        NodeKind::Message { fields, .. } => fields.iter().map(|(_, v)| of(v)).max().unwrap_or(0),
        NodeKind::Binary { left, right, .. } => of(left).max(of(right)),
        NodeKind::Conditional {
            condition,
            then,
            otherwise,
        } => of(condition).max(of(then)).max(of(otherwise)),
    }
}
