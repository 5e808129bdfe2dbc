//! Syntax tree to operations: names become slots, macros become loops, constants are folded.

use std::collections::BTreeMap;
use std::sync::Arc;

use callgate_model::{Diagnostic, Limits, Span};

use crate::environment::{Environment, Undeclared};
use crate::error::ErrorCode;
use crate::program::{Op, OpId, Operands, Path, PoolId, Program};
use crate::syntax::MOST_DIAGNOSTICS;
use crate::syntax::ast::{
    Ast, BinaryOperator, Element, Entry, Literal, NodeId, NodeKind, UnaryOperator,
};
use crate::value::Value;

mod call;
mod fold;
mod fuse;
mod macros;
mod names;

/// Compiles a whole tree against an environment.
///
/// # Errors
/// Every problem found: undeclared names, unknown functions, malformed macros, invalid literal
/// patterns, and anything the parser could not read.
pub fn compile(
    ast: &Ast,
    environment: &Environment,
    limits: &Limits,
) -> Result<Program, Vec<Diagnostic>> {
    let mut compiler = Compiler {
        ast,
        environment,
        limits,
        program: Program {
            ops: Vec::with_capacity(ast.nodes.len()),
            spans: Vec::with_capacity(ast.nodes.len()),
            ..Program::default()
        },
        texts: BTreeMap::new(),
        scope: Vec::new(),
        diagnostics: Vec::new(),
    };
    let root = compiler.node(ast.root());
    if compiler.program.ops.len() > limits.expression_nodes as usize {
        let message = format!(
            "the expression has more than {} nodes",
            limits.expression_nodes
        );
        let span = ast.node(ast.root()).span;
        compiler
            .diagnostics
            .push(Diagnostic::error("cel.node_limit", span, message));
    }
    compiler.program.root = root;
    compiler.program.structs = Arc::clone(environment.structs());
    if compiler.diagnostics.is_empty() {
        let mut program = compiler.program;
        fuse::fuse(&mut program);
        Ok(program)
    } else {
        Err(compiler.diagnostics)
    }
}

pub(crate) struct Compiler<'c> {
    ast: &'c Ast,
    environment: &'c Environment,
    limits: &'c Limits,
    program: Program,
    texts: BTreeMap<&'c str, PoolId>,
    /// Names of the macro variables in scope; the place is the number of the local.
    scope: Vec<&'c str>,
    diagnostics: Vec<Diagnostic>,
}

impl<'c> Compiler<'c> {
    fn node(&mut self, id: NodeId) -> OpId {
        let ast = self.ast;
        let node = ast.node(id);
        let span = node.span;
        match &node.kind {
            NodeKind::Error => {
                if self.diagnostics.is_empty() {
                    self.report("cel.syntax", span, "this part could not be read");
                }
                self.emit(Op::Fail(ErrorCode::InvalidArgument), span)
            }
            NodeKind::Group(inner) => self.node(*inner),
            NodeKind::Literal(literal) => self.literal(literal, span),
            NodeKind::Ident { .. } => self.reference(id),
            NodeKind::Select {
                operand,
                field,
                optional,
            } => {
                if !optional && let Some(op) = self.qualified(id).or_else(|| self.type_constant(id))
                {
                    return op;
                }
                let operand = self.node(*operand);
                if *optional {
                    let key = self.text(&field.text);
                    return self.emit(Op::OptionalField { operand, key }, span);
                }
                self.field(operand, &field.text, span)
            }
            NodeKind::Index {
                operand,
                index,
                optional,
            } => {
                let operand = self.node(*operand);
                let index = self.node(*index);
                let op = if *optional {
                    Op::OptionalIndex { operand, index }
                } else {
                    Op::Index { operand, index }
                };
                self.emit(op, span)
            }
            NodeKind::Call { .. } => self.call(id),
            NodeKind::List(elements) => self.list(elements, span),
            NodeKind::Map(entries) => self.map(entries, span),
            NodeKind::Message { type_name, .. } => {
                let message = format!("there are no message types such as `{}`", type_name.text);
                let help = "values are JSON: write a map literal, `{\"field\": value}`";
                self.undeclared("cel.message_literal", type_name.span, message, |_| {
                    Some(help.to_owned())
                });
                self.emit(Op::Fail(ErrorCode::UndeclaredName), span)
            }
            NodeKind::Unary { operator, operand } => {
                let operand = self.node(*operand);
                let op = match operator {
                    UnaryOperator::Not => Op::Not(operand),
                    UnaryOperator::Negate => Op::Negate(operand),
                };
                self.emit_folded(op, span)
            }
            NodeKind::Binary {
                operator,
                left,
                right,
                ..
            } => self.binary(id, *operator, *left, *right),
            NodeKind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                let operands = [*condition, *then, *otherwise].map(|part| self.node(part));
                let operands = self.operands(&operands);
                self.emit(Op::Conditional(operands), span)
            }
        }
    }

    fn binary(
        &mut self,
        id: NodeId,
        operator: BinaryOperator,
        left: NodeId,
        right: NodeId,
    ) -> OpId {
        use crate::program::{Arithmetic, Relation};
        let span = self.ast.node(id).span;
        if matches!(operator, BinaryOperator::And | BinaryOperator::Or) {
            return self.chain(id, operator);
        }
        if operator == BinaryOperator::In
            && let Some(op) = self.constant_membership(left, right, span)
        {
            return op;
        }
        let (a, b) = (self.node(left), self.node(right));
        let op = match operator {
            BinaryOperator::Equal => match self.text_comparison(a, b) {
                Some((operand, text)) => Op::EqualText(operand, text),
                None => Op::Equal(a, b),
            },
            BinaryOperator::NotEqual => match self.text_comparison(a, b) {
                Some((operand, text)) => Op::NotEqualText(operand, text),
                None => Op::NotEqual(a, b),
            },
            BinaryOperator::Less => Op::Order(Relation::Less, a, b),
            BinaryOperator::LessEqual => Op::Order(Relation::LessEqual, a, b),
            BinaryOperator::Greater => Op::Order(Relation::Greater, a, b),
            BinaryOperator::GreaterEqual => Op::Order(Relation::GreaterEqual, a, b),
            BinaryOperator::In => Op::In(a, b),
            BinaryOperator::Add => Op::Arithmetic(Arithmetic::Add, a, b),
            BinaryOperator::Subtract => Op::Arithmetic(Arithmetic::Subtract, a, b),
            BinaryOperator::Multiply => Op::Arithmetic(Arithmetic::Multiply, a, b),
            BinaryOperator::Divide => Op::Arithmetic(Arithmetic::Divide, a, b),
            BinaryOperator::Remainder => Op::Arithmetic(Arithmetic::Remainder, a, b),
            BinaryOperator::And | BinaryOperator::Or => Op::Fail(ErrorCode::InvalidArgument),
        };
        self.emit_folded(op, span)
    }

    /// What is compared with which string literal, if one side is one and the other is not.
    fn text_comparison(&self, a: OpId, b: OpId) -> Option<(OpId, PoolId)> {
        let op = |id: OpId| self.program.ops.get(id.0 as usize);
        match (op(a)?, op(b)?) {
            (Op::Text(_) | Op::Scalar(_) | Op::Bytes(_), _) if self.is_constant(b) => None,
            (_, Op::Text(text)) => Some((a, *text)),
            (Op::Text(text), _) => Some((b, *text)),
            _ => None,
        }
    }

    /// `a && b && c` as one operation, whichever way it is bracketed: the operators are associative.
    fn chain(&mut self, id: NodeId, operator: BinaryOperator) -> OpId {
        let span = self.ast.node(id).span;
        let mut terms = Vec::new();
        self.terms(id, operator, &mut terms);
        let operands: Vec<OpId> = terms.into_iter().map(|term| self.node(term)).collect();
        let operands = self.operands(&operands);
        let op = match operator {
            BinaryOperator::And => Op::And(operands),
            _ => Op::Or(operands),
        };
        self.emit(op, span)
    }

    fn terms(&self, id: NodeId, operator: BinaryOperator, terms: &mut Vec<NodeId>) {
        match self.ast.node(self.ast.ungrouped(id)).kind {
            NodeKind::Binary {
                operator: found,
                left,
                right,
                ..
            } if found == operator => {
                self.terms(left, operator, terms);
                self.terms(right, operator, terms);
            }
            _ => terms.push(id),
        }
    }

    fn literal(&mut self, literal: &'c Literal, span: Span) -> OpId {
        let scalar = match literal {
            Literal::String(text) => {
                let text = self.text(text);
                return self.emit(Op::Text(text), span);
            }
            Literal::Bytes(bytes) => {
                let id = pool_id(self.program.bytes.len());
                self.program.bytes.push(bytes.clone());
                return self.emit(Op::Bytes(id), span);
            }
            Literal::Null => Value::Null,
            Literal::Bool(bool) => Value::Bool(*bool),
            Literal::Int(int) => Value::Int(*int),
            Literal::Uint(uint) => Value::Uint(*uint),
            Literal::Double(double) => Value::Double(*double),
        };
        self.scalar(scalar, span)
    }

    fn scalar(&mut self, value: Value<'static>, span: Span) -> OpId {
        let id = pool_id(self.program.scalars.len());
        self.program.scalars.push(value);
        self.emit(Op::Scalar(id), span)
    }

    fn list(&mut self, elements: &[Element], span: Span) -> OpId {
        let optional = elements.iter().any(|element| element.optional);
        let mut operands = Vec::new();
        for element in elements {
            operands.push(self.node(element.value));
            if optional {
                operands.push(self.scalar(Value::Bool(element.optional), span));
            }
        }
        let operands = self.operands(&operands);
        self.emit(
            if optional {
                Op::OptionalList(operands)
            } else {
                Op::List(operands)
            },
            span,
        )
    }

    fn map(&mut self, entries: &[Entry], span: Span) -> OpId {
        let optional = entries.iter().any(|entry| entry.optional);
        let mut operands = Vec::new();
        for entry in entries {
            operands.push(self.node(entry.key));
            operands.push(self.node(entry.value));
            if optional {
                operands.push(self.scalar(Value::Bool(entry.optional), span));
            }
        }
        let operands = self.operands(&operands);
        self.emit(
            if optional {
                Op::OptionalMap(operands)
            } else {
                Op::Map(operands)
            },
            span,
        )
    }

    /// `operand.key`; from an attribute on, one path.
    fn field(&mut self, operand: OpId, key: &'c str, span: Span) -> OpId {
        let path = match self.program.ops.get(operand.0 as usize) {
            Some(Op::Slot(slot)) => {
                let path = pool_id(self.program.paths.len());
                let slot_span = self.program.span(operand);
                self.program.paths.push(Path {
                    kept: u8::MAX,
                    slot: *slot,
                    slot_span,
                    keys: Vec::new(),
                });
                path
            }
            Some(Op::Path(path)) => *path,
            _ => {
                let key = self.text(key);
                return self.emit(Op::Field { operand, key }, span);
            }
        };
        if let Some(path) = self.program.paths.get_mut(path as usize) {
            path.keys.push((key.into(), span));
        }
        let op = self.program.ops.get_mut(operand.0 as usize);
        if let (Some(op), Some(place)) = (op, self.program.spans.get_mut(operand.0 as usize)) {
            *op = Op::Path(path);
            *place = span;
        }
        operand
    }

    fn emit(&mut self, op: Op, span: Span) -> OpId {
        let id = OpId(pool_id(self.program.ops.len()));
        self.program.ops.push(op);
        self.program.spans.push(span);
        id
    }

    fn operands(&mut self, ids: &[OpId]) -> Operands {
        let from = pool_id(self.program.operands.len());
        self.program.operands.extend_from_slice(ids);
        Operands {
            from,
            count: pool_id(ids.len()),
        }
    }

    fn text(&mut self, text: &'c str) -> PoolId {
        if let Some(id) = self.texts.get(text) {
            return *id;
        }
        let id = pool_id(self.program.texts.len());
        self.program.texts.push(text.into());
        self.texts.insert(text, id);
        id
    }

    fn report(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        if self.diagnostics.len() < MOST_DIAGNOSTICS {
            self.diagnostics
                .push(Diagnostic::error(code, span, message));
        }
    }

    /// Reports something the environment does not know, unless that is to fail only when evaluated.
    fn undeclared(
        &mut self,
        code: &'static str,
        span: Span,
        message: String,
        help: impl FnOnce(&Self) -> Option<String>,
    ) {
        if self.environment.undeclared() == Undeclared::Refuse
            && self.diagnostics.len() < MOST_DIAGNOSTICS
        {
            let diagnostic = Diagnostic::error(code, span, message);
            self.diagnostics.push(match help(self) {
                None => diagnostic,
                Some(help) => diagnostic.with_help(help),
            });
        }
    }
}

fn did_you_mean(near: &str) -> String {
    format!("did you mean `{near}`?")
}

fn pool_id(index: usize) -> PoolId {
    u32::try_from(index).unwrap_or(u32::MAX)
}
