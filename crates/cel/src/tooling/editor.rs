//! A source text under an editor's cursor: parsed and checked as far as it can be read.

use callgate_model::{Limits, Span};

use crate::check::{Checked, Context, check};
use crate::syntax;
use crate::syntax::ast::{Ast, NodeId, NodeKind};

/// A source with all that is known of it, errors or not.
pub(super) struct Reading {
    pub ast: Ast,
    pub checked: Checked,
}

impl Reading {
    pub(super) fn of(source: &str, context: Context<'_>, limits: &Limits) -> Self {
        let ast = syntax::parse(source, limits, &mut Vec::new());
        let checked = check(&ast, context, limits);
        Self { ast, checked }
    }

    /// The nodes whose source covers an offset, the smallest first.
    pub(super) fn at(&self, offset: u32) -> Vec<NodeId> {
        let covering = self
            .ast
            .nodes()
            .filter(|(_, node)| covers(node.span, offset));
        let mut found: Vec<NodeId> = covering.map(|(id, _)| id).collect();
        let length = |id: &NodeId| {
            let span = self.ast.node(*id).span;
            span.end.saturating_sub(span.start)
        };
        callgate_json::sort_by(&mut found, |a, b| length(a).cmp(&length(b)));
        found
    }

    /// The dotted name a node spells, if it is nothing but names and dots.
    pub(super) fn dotted(&self, id: NodeId) -> Option<String> {
        let mut parts = Vec::new();
        let mut at = id;
        loop {
            match &self.ast.node(at).kind {
                NodeKind::Ident { name, .. } => {
                    parts.push(&**name);
                    parts.reverse();
                    return Some(parts.join("."));
                }
                NodeKind::Select {
                    operand,
                    field,
                    optional: false,
                } => {
                    parts.push(&*field.text);
                    at = *operand;
                }
                _ => return None,
            }
        }
    }
}

pub(super) fn covers(span: Span, offset: u32) -> bool {
    span.start <= offset && offset <= span.end
}
