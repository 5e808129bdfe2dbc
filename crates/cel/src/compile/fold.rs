//! Constant folding: an operation on literals is done once, at load.

use callgate_model::Span;

use super::Compiler;
use crate::arena::Arena;
use crate::eval::evaluate_op;
use crate::functions::Function;
use crate::gas::Gas;
use crate::program::{Op, OpId};
use crate::value::Value;

/// What folding one operation may cost: enough for a literal, too little to be misused at load.
const FOLD_GAS: u64 = 1_000;
const FOLD_BYTES: u32 = 4_096;

/// A folded value, owned.
enum Folded {
    Scalar(Value<'static>),
    Text(Box<str>),
}

impl Compiler<'_> {
    /// Emits an operation, or its value if its operands are literals. What fails stays to fail at run time.
    pub(super) fn emit_folded(&mut self, op: Op, span: Span) -> OpId {
        let constant = match op {
            Op::Not(a) | Op::Negate(a) => self.is_constant(a),
            Op::Equal(a, b)
            | Op::NotEqual(a, b)
            | Op::TextTest(_, a, b)
            | Op::Order(_, a, b)
            | Op::Arithmetic(_, a, b) => self.is_constant(a) && self.is_constant(b),
            Op::Call {
                function: Function::Matches,
                ..
            } => false,
            Op::Call { arguments, .. } => self
                .program
                .operands_of(arguments)
                .iter()
                .all(|operand| self.is_constant(*operand)),
            _ => false,
        };
        let id = self.emit(op, span);
        if constant && let Some(folded) = self.fold(id) {
            let replacement = match folded {
                Folded::Scalar(value) => {
                    let pool = super::pool_id(self.program.scalars.len());
                    self.program.scalars.push(value);
                    Op::Scalar(pool)
                }
                Folded::Text(text) => {
                    let pool = super::pool_id(self.program.texts.len());
                    self.program.texts.push(text);
                    Op::Text(pool)
                }
            };
            if let Some(op) = self.program.ops.get_mut(id.0 as usize) {
                *op = replacement;
            }
        }
        id
    }

    pub(super) fn is_constant(&self, id: OpId) -> bool {
        let op = self.program.ops.get(id.0 as usize);
        matches!(op, Some(Op::Scalar(_) | Op::Text(_) | Op::Bytes(_)))
    }

    fn fold(&self, id: OpId) -> Option<Folded> {
        let arena = Arena::new(FOLD_BYTES);
        let mut gas = Gas::new(FOLD_GAS);
        let value = evaluate_op(&self.program, id, &[], &arena, &mut gas);
        Some(match value.ok()? {
            Value::String(text) => Folded::Text(text.into()),
            Value::Null => Folded::Scalar(Value::Null),
            Value::Bool(bool) => Folded::Scalar(Value::Bool(bool)),
            Value::Int(int) => Folded::Scalar(Value::Int(int)),
            Value::Uint(uint) => Folded::Scalar(Value::Uint(uint)),
            Value::Double(double) => Folded::Scalar(Value::Double(double)),
            Value::Timestamp(instant) => Folded::Scalar(Value::Timestamp(instant)),
            Value::Duration(duration) => Folded::Scalar(Value::Duration(duration)),
            Value::Type(kind) => Folded::Scalar(Value::Type(kind)),
            Value::Ip(address) => Folded::Scalar(Value::Ip(address)),
            Value::Cidr(network) => Folded::Scalar(Value::Cidr(network)),
            Value::Bytes(_)
            | Value::List(_)
            | Value::JsonList(_)
            | Value::Map(_)
            | Value::JsonMap(_)
            | Value::Optional(_) => return None,
        })
    }
}
