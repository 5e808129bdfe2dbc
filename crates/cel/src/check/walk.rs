//! The walk over the tree: one type for every node, one complaint for every mistake.

use callgate_model::{Diagnostic, Limits, Span};

use super::narrow::Facts;
use super::types::Type;
use super::unify::Unifier;
use super::{Checked, Context, Reference, start};
use crate::syntax::MOST_DIAGNOSTICS;
use crate::syntax::ast::{
    Ast, BinaryOperator, Element, Entry, Literal, Name, NodeId, NodeKind, UnaryOperator,
};
use crate::value::Kind;

pub(super) fn check(ast: &Ast, context: Context<'_>, limits: &Limits) -> Checked {
    let count = ast.nodes().count();
    let mut checker = Checker {
        ast,
        context,
        limits,
        unifier: Unifier::new(),
        scope: Vec::new(),
        facts: Facts::default(),
        types: vec![None; count],
        references: vec![None; count],
        diagnostics: Vec::new(),
    };
    checker.node(ast.root());
    let Checker {
        unifier,
        types,
        references,
        mut diagnostics,
        ..
    } = checker;
    callgate_json::sort_by(&mut diagnostics, |a, b| start(a).cmp(&start(b)));
    let types = types.into_iter();
    Checked {
        diagnostics,
        types: types
            .map(|found| found.map(|found| unifier.finish(&found)))
            .collect(),
        references,
    }
}

pub(super) struct Checker<'c> {
    pub ast: &'c Ast,
    pub context: Context<'c>,
    pub limits: &'c Limits,
    pub unifier: Unifier,
    /// The macro variables in scope, with their types and the nodes that introduce them.
    pub scope: Vec<(&'c str, Type, NodeId)>,
    /// What is known about the call where the walk is.
    pub facts: Facts,
    types: Vec<Option<Type>>,
    references: Vec<Option<Reference>>,
    diagnostics: Vec<Diagnostic>,
}

impl<'c> Checker<'c> {
    /// The type of a node, after everything below it was looked at.
    pub(super) fn node(&mut self, id: NodeId) -> Type {
        let found = self.found(id);
        if let Some(place) = self.types.get_mut(id.0 as usize) {
            *place = Some(found.clone());
        }
        found
    }

    fn found(&mut self, id: NodeId) -> Type {
        let ast = self.ast;
        match &ast.node(id).kind {
            NodeKind::Error => Type::Dyn,
            NodeKind::Group(inner) => self.node(*inner),
            NodeKind::Literal(literal) => of_literal(literal),
            NodeKind::Ident { .. } => self.ident(id),
            NodeKind::Select {
                operand,
                field,
                optional,
            } => self.select(id, *operand, field, *optional),
            NodeKind::Index {
                operand,
                index,
                optional,
            } => self.index(id, (*operand, *index), *optional),
            NodeKind::Call { .. } => self.call(id),
            NodeKind::List(elements) => self.list(elements),
            NodeKind::Map(entries) => self.map(entries),
            NodeKind::Message { type_name, fields } => self.message(type_name, fields),
            NodeKind::Unary { operator, operand } => self.unary(id, *operator, *operand),
            NodeKind::Binary {
                operator: operator @ (BinaryOperator::And | BinaryOperator::Or),
                ..
            } => self.logic(id, *operator),
            NodeKind::Binary { .. } => self.binary(id),
            NodeKind::Conditional {
                condition,
                then,
                otherwise,
            } => self.conditional(*condition, *then, *otherwise),
        }
    }

    /// The type of a node with what is known of its variables.
    pub(super) fn resolved(&mut self, id: NodeId) -> Type {
        let found = self.node(id);
        self.unifier.resolve(&found)
    }

    /// Looks at a node that has to be a boolean.
    pub(super) fn truth(&mut self, id: NodeId, what: &str) {
        let found = self.resolved(id);
        if !self.unifier.fits(&found, &Type::BOOL) {
            let message = format!("{what} is true or false, and this is `{found}`");
            let span = self.span(id);
            self.report(Diagnostic::error("cel.not_boolean", span, message));
        }
    }

    fn list(&mut self, elements: &[Element]) -> Type {
        let mut joined = None;
        for element in elements {
            let found = self.element(element.value, element.optional);
            joined = Some(match joined {
                None => found,
                Some(before) => self.unifier.join(&before, &found),
            });
        }
        Type::list(joined.unwrap_or_else(|| self.unifier.fresh()))
    }

    /// What `value` or `?value` adds to a literal.
    fn element(&mut self, value: NodeId, optional: bool) -> Type {
        let found = self.resolved(value);
        if !optional {
            return found;
        }
        let inner = self.unifier.fresh();
        if self.unifier.fits(&found, &Type::optional(inner.clone())) {
            return inner;
        }
        let message = format!("`?` takes an optional, and this is `{found}`");
        let diagnostic = Diagnostic::error("cel.not_optional", self.span(value), message)
            .with_help("leave the `?` out, or write `optional.of(…)`");
        self.report(diagnostic);
        Type::Dyn
    }

    fn map(&mut self, entries: &[Entry]) -> Type {
        let mut joined: Option<(Type, Type)> = None;
        for entry in entries {
            let key = self.key(entry.key);
            let value = self.element(entry.value, entry.optional);
            joined = Some(match joined {
                None => (key, value),
                Some((keys, values)) => (
                    self.unifier.join(&keys, &key),
                    self.unifier.join(&values, &value),
                ),
            });
        }
        let (key, value) = joined.unwrap_or_else(|| (self.unifier.fresh(), self.unifier.fresh()));
        Type::map(key, value)
    }

    fn key(&mut self, id: NodeId) -> Type {
        let found = self.resolved(id);
        match found {
            Type::Dyn
            | Type::Number
            | Type::Variable(_)
            | Type::Parameter(_)
            | Type::Simple(Kind::Bool | Kind::Int | Kind::Uint | Kind::String) => found,
            _ => {
                let message =
                    format!("a map key is a bool, an integer or a string, and this is `{found}`");
                let span = self.span(id);
                self.report(Diagnostic::error("cel.unsupported_key", span, message));
                Type::Dyn
            }
        }
    }

    fn message(&mut self, type_name: &Name, fields: &[(Name, NodeId)]) -> Type {
        for (_, value) in fields {
            self.node(*value);
        }
        let message = format!("there are no message types such as `{}`", type_name.text);
        let diagnostic = Diagnostic::error("cel.message_literal", type_name.span, message)
            .with_help("values are JSON: write a map literal, `{\"field\": value}`");
        self.report(diagnostic);
        Type::Dyn
    }

    fn unary(&mut self, id: NodeId, operator: UnaryOperator, operand: NodeId) -> Type {
        match operator {
            UnaryOperator::Not => {
                self.truth(operand, "what `!` turns around");
                Type::BOOL
            }
            UnaryOperator::Negate => self.negate(id, operand),
        }
    }

    fn conditional(&mut self, condition: NodeId, then: NodeId, otherwise: NodeId) -> Type {
        self.truth(condition, "the condition of `? :`");
        let (holds, fails) = self.learn(&[condition]);
        let then = self.knowing(holds, |checker| checker.resolved(then));
        let otherwise = self.knowing(fails, |checker| checker.resolved(otherwise));
        self.unifier.join(&then, &otherwise)
    }

    pub(super) fn span(&self, id: NodeId) -> Span {
        self.ast.node(id).span
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MOST_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        }
    }

    pub(super) fn refers(&mut self, id: NodeId, to: Reference) {
        if let Some(place) = self.references.get_mut(id.0 as usize) {
            *place = Some(to);
        }
    }

    pub(super) fn note_type(&mut self, id: NodeId, found: &Type) {
        if let Some(place) = self.types.get_mut(id.0 as usize) {
            *place = Some(found.clone());
        }
    }
}

fn of_literal(literal: &Literal) -> Type {
    Type::Simple(match literal {
        Literal::Null => Kind::Null,
        Literal::Bool(_) => Kind::Bool,
        Literal::Int(_) => Kind::Int,
        Literal::Uint(_) => Kind::Uint,
        Literal::Double(_) => Kind::Double,
        Literal::String(_) => Kind::String,
        Literal::Bytes(_) => Kind::Bytes,
    })
}
