//! The value of every part of an expression, for explanations.

use callgate_model::Span;

use super::{Activation, Evaluation};
use crate::arena::Arena;
use crate::error::EvalError;
use crate::gas::Gas;
use crate::program::{Op, OpId, Operands, Program};
use crate::value::Value;

/// One part of an expression and what it came to.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Where the part stands in the source.
    pub span: Span,
    /// Its value or error; `None` if the result did not need it.
    pub outcome: Option<Result<Value<'a>, EvalError>>,
}

impl Program {
    /// Evaluates every part of the expression that its result needs; outermost first, in source
    /// order. The body of a macro has one value per element and is not taken apart.
    pub fn trace<'a>(
        &'a self,
        activation: &'a Activation<'a>,
        arena: &'a Arena,
        gas: &mut Gas,
    ) -> Vec<Step<'a>> {
        let mut steps = Vec::new();
        if let Ok(mut evaluation) = Evaluation::new(self, activation, arena, gas) {
            evaluation.trace(self.root, true, &mut steps);
        }
        steps
    }
}

impl<'a> Evaluation<'a, '_> {
    fn trace(&mut self, id: OpId, needed: bool, steps: &mut Vec<Step<'a>>) {
        let op = *self.op(id);
        if matches!(op, Op::Scalar(_) | Op::Text(_) | Op::Bytes(_)) {
            return;
        }
        let outcome = needed.then(|| self.value(id));
        let span = self.program.span(id);
        steps.push(Step { span, outcome });
        match op {
            Op::And(operands) => self.trace_until(operands, false, needed, steps),
            Op::Or(operands) => self.trace_until(operands, true, needed, steps),
            Op::Conditional(operands) => self.trace_conditional(operands, needed, steps),
            Op::Not(operand) | Op::Negate(operand) => self.trace(operand, needed, steps),
            Op::Equal(left, right)
            | Op::NotEqual(left, right)
            | Op::Order(_, left, right)
            | Op::Arithmetic(_, left, right)
            | Op::In(left, right)
            | Op::Index {
                operand: left,
                index: right,
            }
            | Op::OptionalIndex {
                operand: left,
                index: right,
            } => {
                self.trace(left, needed, steps);
                self.trace(right, needed, steps);
            }
            Op::TextTest(_, left, right) => {
                self.trace(left, needed, steps);
                self.trace(right, needed, steps);
            }
            Op::EqualText(operand, _)
            | Op::NotEqualText(operand, _)
            | Op::InSet { operand, .. }
            | Op::Matches { operand, .. } => {
                self.trace(operand, needed, steps);
            }
            Op::Call {
                arguments: operands,
                ..
            }
            | Op::List(operands)
            | Op::Map(operands) => {
                for operand in self.program.operands_of(operands) {
                    self.trace(*operand, needed, steps);
                }
            }
            Op::Loop(number) => {
                if let Some(range) = self.program.loops.get(number as usize).map(|l| l.range) {
                    self.trace(range, needed, steps);
                }
            }
            Op::Bind { value, .. }
            | Op::OptionalOr(value, _)
            | Op::OptionalOrValue(value, _)
            | Op::OptionalMapping { value, .. }
            | Op::OptionalFlatMapping { value, .. } => self.trace(value, needed, steps),
            // A path reads as one part; its prefixes would only repeat it.
            Op::Field { .. }
            | Op::OptionalField { .. }
            | Op::HasField { .. }
            | Op::HasSlot(_)
            | Op::HasStruct(_)
            | Op::Slot(_)
            | Op::Path(_)
            | Op::Struct(_)
            | Op::Local(_)
            | Op::OptionalList(_)
            | Op::OptionalMap(_)
            | Op::Fail(_)
            | Op::Scalar(_)
            | Op::Text(_)
            | Op::Bytes(_) => {}
        }
    }

    /// The operands of `&&` or `||`: none is needed after the first that decides.
    fn trace_until(
        &mut self,
        operands: Operands,
        decisive: bool,
        mut needed: bool,
        steps: &mut Vec<Step<'a>>,
    ) {
        for operand in self.program.operands_of(operands) {
            self.trace(*operand, needed, steps);
            needed = needed && !matches!(self.truth(*operand), Ok(truth) if truth == decisive);
        }
    }

    fn trace_conditional(&mut self, operands: Operands, needed: bool, steps: &mut Vec<Step<'a>>) {
        let [condition, then, otherwise] = self.program.operands_of(operands) else {
            return;
        };
        self.trace(*condition, needed, steps);
        let chosen = if needed {
            self.truth(*condition).ok()
        } else {
            None
        };
        self.trace(*then, chosen == Some(true), steps);
        self.trace(*otherwise, chosen == Some(false), steps);
    }
}
