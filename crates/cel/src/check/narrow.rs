//! What conditions say about the tool a call names, and so about the call's arguments.

use std::collections::BTreeSet;

use callgate_model::{Diagnostic, nearest};

use super::tools::{ARGUMENTS_PATH, NAME_PATH};
use super::types::Type;
use super::walk::Checker;
use crate::syntax::ast::{BinaryOperator, Literal, NodeId, NodeKind, UnaryOperator};

/// The tools the call can be of; `None` says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facts {
    tools: Option<BTreeSet<Box<str>>>,
}

impl Facts {
    /// Both are known.
    fn and(self, other: Self) -> Self {
        let tools = match (self.tools, other.tools) {
            (Some(a), Some(b)) => Some(a.intersection(&b).cloned().collect()),
            (a, b) => a.or(b),
        };
        Self { tools }
    }

    /// One of them is known, and not which.
    fn or(self, other: Self) -> Self {
        let tools = match (self.tools, other.tools) {
            (Some(a), Some(b)) => Some(a.union(&b).cloned().collect()),
            _ => None,
        };
        Self { tools }
    }
}

impl Checker<'_> {
    /// `a && b && c` or `a || b || c`. Errors are absorbed on both sides, so each operand matters only
    /// where all the others leave the outcome to it: what they say holds in it, whatever their order.
    pub(super) fn logic(&mut self, id: NodeId, operator: BinaryOperator) -> Type {
        let mut terms = Vec::new();
        self.terms(id, operator, &mut terms);
        let (holds, fails) = self.learn(&terms);
        let known = match operator {
            BinaryOperator::And => holds,
            _ => fails,
        };
        let what = match operator {
            BinaryOperator::And => "an operand of `&&`",
            _ => "an operand of `||`",
        };
        self.knowing(known, |checker| {
            for term in terms {
                checker.truth(term, what);
            }
            Type::BOOL
        })
    }

    fn terms(&mut self, id: NodeId, operator: BinaryOperator, terms: &mut Vec<NodeId>) {
        let inner = self.ast.ungrouped(id);
        match self.ast.node(inner).kind {
            NodeKind::Binary {
                operator: found,
                left,
                right,
                ..
            } if found == operator => {
                for part in [id, inner] {
                    self.note_type(part, &Type::BOOL);
                }
                self.terms(left, operator, terms);
                self.terms(right, operator, terms);
            }
            _ => terms.push(id),
        }
    }

    /// What is known when all of the terms hold, and when none does.
    pub(super) fn learn(&self, terms: &[NodeId]) -> (Facts, Facts) {
        let mut holds = Facts::default();
        let mut fails = Facts::default();
        if self.context.tools.is_some() {
            for term in terms {
                holds = holds.and(self.facts_of(*term, true));
                fails = fails.and(self.facts_of(*term, false));
            }
        }
        (holds, fails)
    }

    /// What a condition's outcome says.
    fn facts_of(&self, id: NodeId, outcome: bool) -> Facts {
        match &self.ast.node(self.ast.ungrouped(id)).kind {
            NodeKind::Unary {
                operator: UnaryOperator::Not,
                operand,
            } => self.facts_of(*operand, !outcome),
            NodeKind::Binary {
                operator,
                left,
                right,
                ..
            } => match (operator, outcome) {
                (BinaryOperator::And, true) | (BinaryOperator::Or, false) => {
                    (self.facts_of(*left, outcome)).and(self.facts_of(*right, outcome))
                }
                (BinaryOperator::And, false) | (BinaryOperator::Or, true) => {
                    (self.facts_of(*left, outcome)).or(self.facts_of(*right, outcome))
                }
                (BinaryOperator::Equal | BinaryOperator::In, true)
                | (BinaryOperator::NotEqual, false) => Facts {
                    tools: self
                        .named_tools(*left, *right)
                        .map(|found| found.into_iter().map(|(name, _)| name.into()).collect()),
                },
                _ => Facts::default(),
            },
            _ => Facts::default(),
        }
    }

    /// The tools that the name of the tool is compared with: one literal, or a list of literals.
    fn named_tools(&self, left: NodeId, right: NodeId) -> Option<Vec<(&str, NodeId)>> {
        let other = match (self.is_tool_name(left), self.is_tool_name(right)) {
            (true, false) => right,
            (false, true) => left,
            _ => return None,
        };
        let text = |id: NodeId| match &self.ast.node(self.ast.ungrouped(id)).kind {
            NodeKind::Literal(Literal::String(text)) => Some((&**text, id)),
            _ => None,
        };
        match &self.ast.node(self.ast.ungrouped(other)).kind {
            NodeKind::List(elements) if other == right => elements
                .iter()
                .map(|element| text(element.value).filter(|_| !element.optional))
                .collect(),
            _ => text(other).map(|found| vec![found]),
        }
    }

    fn is_tool_name(&self, id: NodeId) -> bool {
        let Some(dotted) = self.ast.dotted(self.ast.ungrouped(id)) else {
            return false;
        };
        let parts = dotted.parts.iter().map(|(name, _)| *name);
        let local = |name: &str| self.scope.iter().any(|(known, ..)| *known == name);
        parts.eq(NAME_PATH.split('.')) && !dotted.parts.first().is_some_and(|(name, _)| local(name))
    }

    /// Warns of names that no known tool has.
    pub(super) fn known_tools(&mut self, left: NodeId, right: NodeId) {
        let Some(manifest) = self.context.tools else {
            return;
        };
        let mut unknown = Vec::new();
        for (name, place) in self.named_tools(left, right).unwrap_or_default() {
            if manifest.arguments(name).is_none() {
                let message = format!("no tool is called `{name}`");
                let span = self.span(place);
                let diagnostic = Diagnostic::warning("cel.unknown_tool", span, message);
                unknown.push(match nearest(name, manifest.names()) {
                    Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")),
                    None => diagnostic,
                });
            }
        }
        for diagnostic in unknown {
            self.report(diagnostic);
        }
    }

    /// Looks at something where more is known.
    pub(super) fn knowing<R>(&mut self, facts: Facts, look: impl FnOnce(&mut Self) -> R) -> R {
        let outer = self.facts.clone();
        self.facts = outer.clone().and(facts);
        let result = look(self);
        self.facts = outer;
        result
    }

    /// The type of the arguments of the tools the call can be of, if the path is theirs and they are known.
    pub(super) fn narrowed(&self, path: &str) -> Option<Type> {
        let manifest = self.context.tools?;
        if path != ARGUMENTS_PATH {
            return None;
        }
        let names = self.facts.tools.as_ref()?;
        let types: Option<Vec<&Type>> = names.iter().map(|name| manifest.arguments(name)).collect();
        super::tools::any_of(&types?)
    }
}
