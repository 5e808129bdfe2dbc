//! Evaluation: a walk over the operations that allocates nothing unless a value has to be built.

use callgate_json as json;

use crate::arena::Arena;
use crate::environment::{Activation, Entity, SlotId, StructId};
use crate::error::{ErrorCode, EvalError};
use crate::functions;
use crate::gas::Gas;
use crate::program::{Fused, KEPT_PATHS, Op, OpId, Operands, PoolId, Program, Relation};
use crate::shared::Memo;
use crate::value::{Lookup, Value};

mod arithmetic;
mod build;
mod flip;
mod fused;
mod logic;
mod loops;
mod read;
mod trace;

pub use flip::Change;
pub use trace::Step;

impl Program {
    /// Evaluates the expression. Everything it spends comes out of `gas`; what it builds lives in `arena`.
    ///
    /// # Errors
    /// What the expression fails with, and where; [`ErrorCode::GasExhausted`] and
    /// [`ErrorCode::MemoryExhausted`] when a budget ends.
    pub fn eval<'a>(
        &'a self,
        activation: &'a Activation<'a>,
        arena: &'a Arena,
        gas: &mut Gas,
    ) -> Result<Value<'a>, EvalError> {
        evaluate_op(self, self.root, activation, arena, gas)
    }

    /// Evaluates the expression as a condition: a value that is no boolean is an error.
    ///
    /// # Errors
    /// As [`eval`](Self::eval), and [`ErrorCode::NoMatchingOverload`] for a value that is no boolean.
    pub fn test<'a>(
        &'a self,
        activation: &'a Activation<'a>,
        arena: &'a Arena,
        gas: &mut Gas,
    ) -> Result<bool, EvalError> {
        Evaluation::new(self, activation, arena, gas)?.truth(self.root)
    }

    /// As [`test`](Self::test), for one of the programs that [`share`](crate::share) conditions: those
    /// that another has decided in this round of `memo` are not evaluated again.
    ///
    /// # Errors
    /// As [`test`](Self::test).
    pub fn test_with<'a>(
        &'a self,
        activation: &'a Activation<'a>,
        arena: &'a Arena,
        gas: &mut Gas,
        memo: &mut Memo,
    ) -> Result<bool, EvalError> {
        let mut evaluation = Evaluation::new(self, activation, arena, gas)?;
        evaluation.memo = Some(memo);
        evaluation.truth(self.root)
    }
}

/// Evaluates one operation of a program that need not be whole yet.
pub(crate) fn evaluate_op<'a>(
    program: &'a Program,
    id: OpId,
    activation: &'a Activation<'a>,
    arena: &'a Arena,
    gas: &mut Gas,
) -> Result<Value<'a>, EvalError> {
    Evaluation::new(program, activation, arena, gas)?.value(id)
}

pub(crate) struct Evaluation<'a, 'g> {
    pub(crate) program: &'a Program,
    slots: &'a Activation<'a>,
    pub(crate) arena: &'a Arena,
    pub(crate) gas: &'g mut Gas,
    locals: &'a mut [Value<'a>],
    /// What conditions came to that other programs share.
    memo: Option<&'g mut Memo>,
    /// What paths led to that are read again.
    kept: [Option<json::Value<'a>>; KEPT_PATHS],
    /// The pattern compiled last that was no literal: a loop tends to ask for the same one again.
    pub(crate) pattern: Option<(&'a str, crate::program::Pattern)>,
}

type Outcome<'a> = Result<Value<'a>, EvalError>;

impl<'a, 'g> Evaluation<'a, 'g> {
    fn new(
        program: &'a Program,
        slots: &'a Activation<'a>,
        arena: &'a Arena,
        gas: &'g mut Gas,
    ) -> Result<Self, EvalError> {
        let locals: &'a mut [Value<'a>] = if program.locals == 0 {
            Default::default()
        } else {
            arena
                .values(program.locals as usize)
                .map_err(|code| EvalError {
                    code,
                    span: program.span(program.root),
                })?
        };
        Ok(Self {
            program,
            slots,
            arena,
            gas,
            locals,
            memo: None,
            kept: [None; KEPT_PATHS],
            pattern: None,
        })
    }

    #[inline(always)]
    fn op(&self, id: OpId) -> &'a Op {
        const NONE: &Op = &Op::Fail(ErrorCode::InvalidArgument);
        self.program.ops.get(id.0 as usize).unwrap_or(NONE)
    }

    /// An error at the place of an operation.
    #[cold]
    #[inline(never)]
    fn fail(&self, id: OpId, code: ErrorCode) -> EvalError {
        EvalError {
            code,
            span: self.program.span(id),
        }
    }

    #[inline(always)]
    fn charge(&mut self, id: OpId, units: u64) -> Result<(), EvalError> {
        self.gas.charge(units).map_err(|code| self.fail(id, code))
    }

    /// The value of an operation.
    pub(crate) fn value(&mut self, id: OpId) -> Outcome<'a> {
        self.charge(id, 1)?;
        self.unpaid_value(id)
    }

    fn unpaid_value(&mut self, id: OpId) -> Outcome<'a> {
        let program = self.program;
        match *self.op(id) {
            Op::Fail(code) => Err(self.fail(id, code)),
            Op::Scalar(scalar) => {
                let value = program.scalars.get(scalar as usize).copied();
                Ok(value.unwrap_or(Value::Null))
            }
            Op::Text(text) => Ok(Value::String(program.text(text))),
            Op::Bytes(bytes) => {
                let bytes = program.bytes.get(bytes as usize);
                Ok(Value::Bytes(
                    bytes.map(|bytes| &**bytes).unwrap_or_default(),
                ))
            }
            Op::Slot(slot) => self
                .slot(slot)
                .ok_or_else(|| self.fail(id, ErrorCode::NoSuchKey)),
            Op::Path(path) => self.path(id, path),
            Op::Local(local) => Ok(self.local(local)),
            Op::Field { operand, key } => self.field(id, operand, key),
            Op::Index { operand, index } => self.index(id, operand, index),
            Op::OptionalField { operand, key } => {
                let target = self.value(operand)?;
                self.optional_at(id, target, Value::String(program.text(key)))
            }
            Op::OptionalIndex { operand, index } => {
                let target = self.value(operand)?;
                let index = self.value(index)?;
                self.optional_at(id, target, index)
            }
            Op::Struct(structure) => self.structure(id, structure),
            Op::Negate(operand) => {
                let value = self.value(operand)?;
                arithmetic::negate(value).map_err(|code| self.fail(id, code))
            }
            Op::Arithmetic(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                arithmetic::apply(operator, left, right, self.arena, self.gas)
                    .map_err(|code| self.fail(id, code))
            }
            Op::Conditional(operands) => {
                let chosen = self.chosen(id, operands)?;
                self.value(chosen)
            }
            Op::Call {
                function,
                arguments,
            } => self.call(id, function, arguments),
            Op::List(operands) => self.list(id, operands),
            Op::OptionalList(operands) => self.optional_list(id, operands),
            Op::Map(operands) => self.map(id, operands),
            Op::OptionalMap(operands) => self.optional_map(id, operands),
            Op::Loop(number) => self.loop_value(id, number),
            Op::Bind { local, value, body } => {
                let value = self.value(value)?;
                self.set_local(local, value);
                self.value(body)
            }
            Op::OptionalOr(operand, alternative) => match self.value(operand)? {
                Value::Optional(None) => match self.value(alternative)? {
                    found @ Value::Optional(_) => Ok(found),
                    _ => Err(self.fail(alternative, ErrorCode::NoMatchingOverload)),
                },
                found @ Value::Optional(_) => Ok(found),
                _ => Err(self.fail(id, ErrorCode::NoMatchingOverload)),
            },
            Op::OptionalOrValue(operand, alternative) => match self.value(operand)? {
                Value::Optional(None) => self.value(alternative),
                Value::Optional(Some(inner)) => Ok(*inner),
                _ => Err(self.fail(id, ErrorCode::NoMatchingOverload)),
            },
            Op::OptionalMapping { local, value, body } => {
                self.map_optional(id, local, value, body, false)
            }
            Op::OptionalFlatMapping { local, value, body } => {
                self.map_optional(id, local, value, body, true)
            }
            Op::Not(_)
            | Op::And(_)
            | Op::Or(_)
            | Op::Equal(..)
            | Op::NotEqual(..)
            | Op::EqualText(..)
            | Op::NotEqualText(..)
            | Op::Order(..)
            | Op::In(..)
            | Op::InSet { .. }
            | Op::Matches { .. }
            | Op::TextTest(..)
            | Op::HasField { .. }
            | Op::HasSlot(_)
            | Op::HasStruct(_) => self.decide(id).map(Value::Bool),
        }
    }

    /// The truth of an operation; a value that is no boolean is an error.
    #[inline]
    pub(crate) fn truth(&mut self, id: OpId) -> Result<bool, EvalError> {
        match self.program.fused.get(id.0 as usize) {
            None | Some(Fused::No) => {}
            Some(Fused::Shared(place)) => return self.shared(id, *place),
            Some(fused) => {
                if let Some(truth) = self.fused(fused) {
                    return Ok(truth);
                }
            }
        }
        self.charge(id, 1)?;
        self.decide(id)
    }

    /// The truth of a condition that is decided once for several programs.
    #[inline(never)]
    fn shared(&mut self, id: OpId, place: u32) -> Result<bool, EvalError> {
        let known = self.memo.as_ref().and_then(|memo| memo.get(place));
        if let Some((truth, cost)) = known
            && self.gas.spend(cost).is_some()
        {
            return Ok(truth);
        }
        let before = self.gas.left();
        self.charge(id, 1)?;
        let truth = self.decide(id)?;
        let cost = before.saturating_sub(self.gas.left());
        if let Some(memo) = &mut self.memo {
            memo.put(place, truth, cost);
        }
        Ok(truth)
    }

    /// The truth of an operation that is paid for.
    fn decide(&mut self, id: OpId) -> Result<bool, EvalError> {
        match *self.op(id) {
            Op::EqualText(operand, text) => self.equal_text(operand, text),
            Op::NotEqualText(operand, text) => self.equal_text(operand, text).map(|equal| !equal),
            Op::InSet { operand, set } => self.constant_membership(id, operand, set),
            Op::And(operands) => self.all_hold(operands),
            Op::Or(operands) => self.any_holds(operands),
            Op::Not(operand) => self.truth(operand).map(|truth| !truth),
            Op::HasSlot(slot) => Ok(self.slot(slot).is_some()),
            Op::HasStruct(structure) => Ok(self.has_struct(structure)),
            Op::HasField { operand, key } => {
                let target = self.operand(operand)?;
                self.presence(id, target, key)
            }
            Op::Equal(left, right) => self.equal(id, left, right),
            Op::NotEqual(left, right) => self.equal(id, left, right).map(|equal| !equal),
            Op::Order(relation, left, right) => self.ordered(id, relation, left, right),
            Op::TextTest(test, text, part) => self.text_test(id, test, text, part),
            Op::Matches { operand, regex } => self.literal_match(id, operand, regex),
            Op::In(element, container) => self.membership(id, element, container),
            Op::Conditional(operands) => {
                let chosen = self.chosen(id, operands)?;
                self.truth(chosen)
            }
            Op::Loop(number) => self.loop_truth(id, number),
            _ => match self.unpaid_value(id)? {
                Value::Bool(bool) => Ok(bool),
                _ => Err(self.fail(id, ErrorCode::NoMatchingOverload)),
            },
        }
    }

    #[inline(always)]
    pub(crate) fn slot(&self, slot: SlotId) -> Option<Value<'a>> {
        self.slots.get(slot.0 as usize).copied().flatten()
    }

    fn local(&self, local: u32) -> Value<'a> {
        self.locals
            .get(local as usize)
            .copied()
            .unwrap_or(Value::Null)
    }

    fn set_local(&mut self, local: u32, value: Value<'a>) {
        if let Some(place) = self.locals.get_mut(local as usize) {
            *place = value;
        }
    }

    fn field(&mut self, id: OpId, operand: OpId, key: PoolId) -> Outcome<'a> {
        let target = self.value(operand)?;
        let key = self.program.text(key);
        if let Value::Optional(inner) = target {
            return self.through_optional(id, inner, Value::String(key));
        }
        match target.field(key) {
            Ok(Lookup::Found(value)) => Ok(value),
            Ok(Lookup::Absent) => Err(self.fail(id, ErrorCode::NoSuchKey)),
            Err(code) => Err(self.fail(id, code)),
        }
    }

    fn index(&mut self, id: OpId, operand: OpId, index: OpId) -> Outcome<'a> {
        let target = self.value(operand)?;
        let index = self.value(index)?;
        if let Value::Optional(inner) = target {
            return self.through_optional(id, inner, index);
        }
        self.charge_walk(id, target, index)?;
        let missing = match target {
            Value::List(_) | Value::JsonList(_) => ErrorCode::IndexOutOfBounds,
            _ => ErrorCode::NoSuchKey,
        };
        match target.at(index) {
            Ok(Lookup::Found(value)) => Ok(value),
            Ok(Lookup::Absent) => Err(self.fail(id, missing)),
            Err(code) => Err(self.fail(id, code)),
        }
    }

    /// A JSON array is walked from the front to reach an element; a long key is compared again and again.
    fn charge_walk(
        &mut self,
        id: OpId,
        target: Value<'a>,
        index: Value<'a>,
    ) -> Result<(), EvalError> {
        if let (Value::JsonList(array), Some(Some(number))) =
            (target, crate::value::index_number(index))
        {
            let steps = u64::try_from(number).unwrap_or(0).min(array.len() as u64);
            self.charge(id, steps)?;
        }
        self.charge(id, target.search_gas(index))
    }

    /// `optional.field`: selects through an optional and stays optional.
    fn through_optional(
        &mut self,
        id: OpId,
        inner: Option<&'a Value<'a>>,
        key: Value<'a>,
    ) -> Outcome<'a> {
        match inner {
            None => Ok(Value::Optional(None)),
            Some(inner) => self.optional_at(id, *inner, key),
        }
    }

    /// `target[?key]`
    fn optional_at(&mut self, id: OpId, target: Value<'a>, key: Value<'a>) -> Outcome<'a> {
        let target = match target {
            Value::Optional(None) => return Ok(Value::Optional(None)),
            Value::Optional(Some(inner)) => *inner,
            value => value,
        };
        self.charge_walk(id, target, key)?;
        match target.at(key) {
            Ok(Lookup::Found(value)) => {
                let value = self
                    .arena
                    .value(value)
                    .map_err(|code| self.fail(id, code))?;
                Ok(Value::Optional(Some(value)))
            }
            Ok(Lookup::Absent) => Ok(Value::Optional(None)),
            Err(code) => Err(self.fail(id, code)),
        }
    }

    fn presence(&mut self, id: OpId, target: Value<'a>, key: PoolId) -> Result<bool, EvalError> {
        let target = match target {
            Value::Optional(None) => return Ok(false),
            Value::Optional(Some(inner)) => *inner,
            value => value,
        };
        match target {
            Value::JsonMap(object) => Ok(object.contains(self.program.text(key))),
            _ => match target.field(self.program.text(key)) {
                Ok(Lookup::Found(_)) => Ok(true),
                Ok(Lookup::Absent) => Ok(false),
                Err(code) => Err(self.fail(id, code)),
            },
        }
    }

    fn has_struct(&self, structure: StructId) -> bool {
        let fields = self.program.structure(structure);
        fields.iter().any(|(_, entity)| match entity {
            Entity::Slot(slot) => self.slot(*slot).is_some(),
            Entity::Struct(inner) => self.has_struct(*inner),
        })
    }

    /// Which branch a conditional takes.
    fn chosen(&mut self, id: OpId, operands: Operands) -> Result<OpId, EvalError> {
        let [condition, then, otherwise] = self.program.operands_of(operands) else {
            return Err(self.fail(id, ErrorCode::InvalidArgument));
        };
        Ok(if self.truth(*condition)? {
            *then
        } else {
            *otherwise
        })
    }

    fn call(&mut self, id: OpId, function: functions::Function, operands: Operands) -> Outcome<'a> {
        const INLINE: usize = 4;
        let operands = self.program.operands_of(operands);
        let result = if operands.len() <= INLINE {
            let mut arguments = [Value::Null; INLINE];
            for (place, operand) in arguments.iter_mut().zip(operands) {
                *place = self.value(*operand)?;
            }
            let arguments = arguments.get(..operands.len()).unwrap_or_default();
            functions::call(self, function, arguments)
        } else {
            let mut arguments = self.arena.list(operands.len());
            for operand in operands {
                let value = self.value(*operand)?;
                arguments.push(value).map_err(|code| self.fail(id, code))?;
            }
            functions::call(self, function, arguments.finish())
        };
        result.map_err(|code| self.fail(id, code))
    }

    fn ordered(
        &mut self,
        id: OpId,
        relation: Relation,
        left: OpId,
        right: OpId,
    ) -> Result<bool, EvalError> {
        let (left, right) = (self.operand(left)?, self.operand(right)?);
        if let (Value::Int(left), Value::Int(right)) = (left, right) {
            return Ok(relation.holds(left.cmp(&right)));
        }
        let order = left
            .compare(right, self.gas)
            .map_err(|code| self.fail(id, code))?;
        Ok(order.is_some_and(|order| relation.holds(order)))
    }
}
