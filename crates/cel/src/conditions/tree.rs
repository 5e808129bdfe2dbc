//! The decisions of an expression, as trees over their conditions.

use super::{Condition, Decision, Range, Truth, Visits};
use crate::syntax::ast::{Ast, BinaryOperator, Literal, NodeId, NodeKind, UnaryOperator};

/// How conditions make an outcome.
#[derive(Debug, Clone)]
pub(super) enum Tree {
    /// The condition with this number.
    Condition(usize),
    /// A literal; nothing to cover.
    Constant(bool),
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Choice(Box<Self>, Box<Self>, Box<Self>),
}

impl Tree {
    pub(super) fn outcome(&self, truths: &[Truth]) -> Truth {
        match self {
            Self::Condition(number) => truths.get(*number).copied().flatten(),
            Self::Constant(truth) => Some(*truth),
            Self::Not(operand) => operand.outcome(truths).map(|truth| !truth),
            Self::And(left, right) => junction([left, right], false, truths),
            Self::Or(left, right) => junction([left, right], true, truths),
            Self::Choice(condition, then, otherwise) => match condition.outcome(truths)? {
                true => then.outcome(truths),
                false => otherwise.outcome(truths),
            },
        }
    }
}

/// `&&` and `||`: a decisive operand settles it, whatever the other does.
fn junction(operands: [&Tree; 2], decisive: bool, truths: &[Truth]) -> Truth {
    let outcomes = operands.map(|operand| operand.outcome(truths));
    if outcomes.contains(&Some(decisive)) {
        return Some(decisive);
    }
    let [left, right] = outcomes;
    left.and(right)
}

/// Every decision of the expression, outer ones before those within them.
pub(super) fn decisions(ast: &Ast) -> Vec<Decision> {
    let mut finder = Finder {
        ast,
        found: Vec::new(),
    };
    finder.decision(ast.root(), None, &[]);
    finder.found
}

struct Finder<'a> {
    ast: &'a Ast,
    found: Vec<Decision>,
}

impl Finder<'_> {
    /// Adds the decision at `id`, and then those within its conditions.
    fn decision(&mut self, id: NodeId, within: Option<(usize, usize)>, ranges: &[Range]) {
        let id = self.ast.ungrouped(id);
        let mut conditions = Vec::new();
        let tree = self.tree(id, &mut conditions);
        let number = self.found.len();
        self.found.push(Decision {
            span: self.ast.node(id).span,
            conditions: conditions.clone(),
            tree,
            within,
            ranges: ranges.to_vec(),
        });
        for (index, condition) in conditions.iter().enumerate() {
            self.inside(condition.node, (number, index), &[]);
        }
    }

    fn tree(&self, id: NodeId, conditions: &mut Vec<Condition>) -> Tree {
        let id = self.ast.ungrouped(id);
        let node = self.ast.node(id);
        let mut boxed = |id: NodeId| Box::new(self.tree(id, conditions));
        match node.kind {
            NodeKind::Literal(Literal::Bool(truth)) => Tree::Constant(truth),
            NodeKind::Unary {
                operator: UnaryOperator::Not,
                operand,
            } => Tree::Not(boxed(operand)),
            NodeKind::Binary {
                operator: BinaryOperator::And,
                left,
                right,
                ..
            } => Tree::And(boxed(left), boxed(right)),
            NodeKind::Binary {
                operator: BinaryOperator::Or,
                left,
                right,
                ..
            } => Tree::Or(boxed(left), boxed(right)),
            NodeKind::Conditional {
                condition,
                then,
                otherwise,
            } => Tree::Choice(boxed(condition), boxed(then), boxed(otherwise)),
            _ => {
                let number = conditions.len();
                conditions.push(Condition {
                    span: node.span,
                    node: id,
                });
                Tree::Condition(number)
            }
        }
    }

    /// Looks for decisions below a condition; `ranges` are the macros between the two.
    fn inside(&mut self, id: NodeId, within: (usize, usize), ranges: &[Range]) {
        let node = self.ast.node(id).clone();
        match node.kind {
            NodeKind::Call {
                target,
                function,
                arguments,
                ..
            } => self.call(target, &function.text, &arguments, within, ranges),
            NodeKind::Binary {
                operator: BinaryOperator::And | BinaryOperator::Or,
                ..
            }
            | NodeKind::Unary {
                operator: UnaryOperator::Not,
                ..
            } => self.decision(id, Some(within), ranges),
            NodeKind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                self.decision(condition, Some(within), ranges);
                self.inside(then, within, ranges);
                self.inside(otherwise, within, ranges);
            }
            kind => {
                for child in children(&kind) {
                    self.inside(child, within, ranges);
                }
            }
        }
    }

    fn call(
        &mut self,
        target: Option<NodeId>,
        function: &str,
        arguments: &[NodeId],
        within: (usize, usize),
        ranges: &[Range],
    ) {
        if let (Some(target), "bind", [variable, value, body]) = (target, function, arguments)
            && self.is_name(target, "cel")
        {
            self.inside(*value, within, ranges);
            let ranges = self.opened(ranges, *value, &[*variable], Visits::Value);
            self.inside(*body, within, &ranges);
            return;
        }
        if let Some(target) = target {
            self.inside(target, within, ranges);
        }
        let Some((range, visits, count, booleans)) = target.and_then(|target| {
            let (visits, count, booleans) = macro_shape(function, arguments.len())?;
            Some((target, visits, count, booleans))
        }) else {
            // What `has` asks for is a name, and selects from a value that may hold decisions.
            for argument in arguments {
                self.inside(*argument, within, ranges);
            }
            return;
        };
        let (variables, bodies) = arguments.split_at_checked(count).unwrap_or_default();
        let ranges = self.opened(ranges, range, variables, visits);
        for (index, body) in bodies.iter().enumerate() {
            match index < booleans {
                true => self.decision(*body, Some(within), &ranges),
                false => self.inside(*body, within, &ranges),
            }
        }
    }

    fn opened(
        &self,
        ranges: &[Range],
        node: NodeId,
        variables: &[NodeId],
        visits: Visits,
    ) -> Vec<Range> {
        let name = |id: &NodeId| match &self.ast.node(*id).kind {
            NodeKind::Ident { name, .. } => name.clone(),
            _ => Box::from(""),
        };
        let variables = variables.iter().map(name).collect();
        let mut ranges = ranges.to_vec();
        ranges.push(Range {
            node,
            variables,
            visits,
        });
        ranges
    }

    fn is_name(&self, id: NodeId, wanted: &str) -> bool {
        matches!(&self.ast.node(id).kind, NodeKind::Ident { name, .. } if **name == *wanted)
    }
}

/// What a macro visits, how many variables it has, and how many of its bodies are truths.
fn macro_shape(function: &str, arguments: usize) -> Option<(Visits, usize, usize)> {
    Some(match (function, arguments) {
        ("all" | "exists" | "exists_one" | "existsOne" | "filter", 2) => (Visits::Elements, 1, 1),
        ("all" | "exists" | "exists_one" | "existsOne", 3) => (Visits::Elements, 2, 1),
        ("map" | "sortBy", 2) => (Visits::Elements, 1, 0),
        ("map", 3) => (Visits::Elements, 1, 1),
        ("transformList" | "transformMap" | "transformMapEntry", 3) => (Visits::Elements, 2, 0),
        ("transformList" | "transformMap" | "transformMapEntry", 4) => (Visits::Elements, 2, 1),
        ("optMap" | "optFlatMap", 2) => (Visits::Optional, 1, 0),
        _ => return None,
    })
}

/// The parts of a node that is neither a call nor an operator on truths.
fn children(kind: &NodeKind) -> Vec<NodeId> {
    match kind {
        NodeKind::Error
        | NodeKind::Literal(_)
        | NodeKind::Ident { .. }
        | NodeKind::Call { .. }
        | NodeKind::Conditional { .. } => Vec::new(),
        NodeKind::Select { operand, .. } | NodeKind::Unary { operand, .. } => vec![*operand],
        NodeKind::Index { operand, index, .. } => vec![*operand, *index],
        NodeKind::List(elements) => elements.iter().map(|element| element.value).collect(),
        NodeKind::Map(entries) => entries.iter().flat_map(|e| [e.key, e.value]).collect(),
        NodeKind::Message { fields, .. } => fields.iter().map(|(_, value)| *value).collect(),
        NodeKind::Binary { left, right, .. } => vec![*left, *right],
        NodeKind::Group(inner) => vec![*inner],
    }
}
