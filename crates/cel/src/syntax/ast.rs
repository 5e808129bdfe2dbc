//! The syntax tree: nodes in one vector, children by index, a span on every node.
//!
//! Macros (`has`, `all`, `map`, …) are plain [`NodeKind::Call`]s here; the compiler and the checker
//! give them their meaning, so that a formatter and an editor see what the author wrote.

use callgate_model::Span;

/// A parsed expression. It may contain [`NodeKind::Error`] where the source could not be read.
#[derive(Debug, Clone)]
pub struct Ast {
    pub(crate) source: Box<str>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) root: NodeId,
    pub(crate) comments: Vec<Span>,
}

/// The index of a node in its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

/// A node: what it is, and the source it covers.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// The source it covers; brackets around an expression are not part of it.
    pub span: Span,
}

/// A name and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name, without backticks.
    pub text: Box<str>,
    /// Its place, with backticks.
    pub span: Span,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum NodeKind {
    /// Source that could not be read; a diagnostic says why.
    Error,
    /// A literal.
    Literal(Literal),
    /// A variable, or the first part of a qualified name.
    Ident {
        /// The name.
        name: Box<str>,
        /// Whether a dot stands before it (`.x`): looked up from the root, past containers and macro variables.
        absolute: bool,
    },
    /// `operand.field`, or `operand.?field`.
    Select {
        /// The value selected from.
        operand: NodeId,
        /// The field.
        field: Name,
        /// Whether it is `.?`, which gives an optional.
        optional: bool,
    },
    /// `operand[index]`, or `operand[?index]`.
    Index {
        /// The value indexed.
        operand: NodeId,
        /// The index.
        index: NodeId,
        /// Whether it is `[?`, which gives an optional.
        optional: bool,
    },
    /// `function(arguments)` or `target.function(arguments)`; a macro is a call too.
    Call {
        /// The value before the dot, if there is one.
        target: Option<NodeId>,
        /// The function or macro.
        function: Name,
        /// Whether a dot stands before a global call (`.f(x)`).
        absolute: bool,
        /// The arguments.
        arguments: Vec<NodeId>,
    },
    /// `[a, ?b]`
    List(Vec<Element>),
    /// `{k: v, ?k: v}`
    Map(Vec<Entry>),
    /// `Type{field: v}`. JSON has no messages, so the compiler refuses it; it is read to say so well.
    Message {
        /// The dotted type name.
        type_name: Name,
        /// Fields and values.
        fields: Vec<(Name, NodeId)>,
    },
    /// `!a`, `-a`
    Unary {
        /// The operator.
        operator: UnaryOperator,
        /// The operand.
        operand: NodeId,
    },
    /// `a + b` and its kin. Chains lean to the left.
    Binary {
        /// The operator.
        operator: BinaryOperator,
        /// Where the operator stands.
        operator_span: Span,
        /// The left operand.
        left: NodeId,
        /// The right operand.
        right: NodeId,
    },
    /// `condition ? then : otherwise`. Chains lean to the right.
    Conditional {
        /// The condition.
        condition: NodeId,
        /// The value when it holds.
        then: NodeId,
        /// The value when it does not.
        otherwise: NodeId,
    },
    /// An expression in parentheses; kept so that a formatter need not guess.
    Group(NodeId),
}

/// A literal value.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `-1`, `0x2a`
    Int(i64),
    /// `1u`
    Uint(u64),
    /// `1.5`, `1e3`
    Double(f64),
    /// A string, unescaped.
    String(Box<str>),
    /// Bytes, unescaped.
    Bytes(Box<[u8]>),
}

/// An element of a list literal.
#[derive(Debug, Clone, Copy)]
pub struct Element {
    /// The value.
    pub value: NodeId,
    /// Whether `?` stands before it: an optional, left out when empty.
    pub optional: bool,
}

/// An entry of a map literal.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The key.
    pub key: NodeId,
    /// The value.
    pub value: NodeId,
    /// Whether `?` stands before the key: the value is an optional, the entry left out when empty.
    pub optional: bool,
}

/// Operators with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// Operators with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `in`
    In,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

/// A dotted name as the source spells it: `.a.b.c`.
pub(crate) struct Dotted<'a> {
    pub absolute: bool,
    /// Each part with the node that ends with it.
    pub parts: Vec<(&'a str, NodeId)>,
}

impl Ast {
    /// The text that was parsed.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The whole expression.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// The node with this index. Indices of another tree give an error node.
    pub fn node(&self, id: NodeId) -> &Node {
        const MISSING: &Node = &Node {
            kind: NodeKind::Error,
            span: Span { start: 0, end: 0 },
        };
        self.nodes.get(id.0 as usize).unwrap_or(MISSING)
    }

    /// The dotted name a node spells, if it is nothing but names and dots.
    pub(crate) fn dotted(&self, id: NodeId) -> Option<Dotted<'_>> {
        let mut parts = Vec::new();
        let mut at = id;
        loop {
            match &self.node(at).kind {
                NodeKind::Ident { name, absolute } => {
                    parts.push((&**name, at));
                    parts.reverse();
                    return Some(Dotted {
                        absolute: *absolute,
                        parts,
                    });
                }
                NodeKind::Select {
                    operand,
                    field,
                    optional: false,
                } => {
                    parts.push((&*field.text, at));
                    at = *operand;
                }
                _ => return None,
            }
        }
    }

    /// Every node, children before their parents.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        (0u32..).map(NodeId).zip(&self.nodes)
    }

    /// The comments in source order.
    pub fn comments(&self) -> &[Span] {
        &self.comments
    }

    /// The source a span covers.
    pub fn text(&self, span: Span) -> &str {
        self.source
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }

    /// The node inside any parentheses.
    pub fn ungrouped(&self, id: NodeId) -> NodeId {
        let mut at = id;
        while let NodeKind::Group(inner) = self.node(at).kind {
            at = inner;
        }
        at
    }
}

impl BinaryOperator {
    /// How it is written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::In => "in",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }

    /// How tightly it binds: a higher number binds tighter.
    pub const fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessEqual
            | Self::Greater
            | Self::GreaterEqual
            | Self::In => 3,
            Self::Add | Self::Subtract => 4,
            Self::Multiply | Self::Divide | Self::Remainder => 5,
        }
    }
}
