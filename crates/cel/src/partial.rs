//! Partial evaluation: what an expression comes to when some attributes are known and the rest is not.
//!
//! A fact about an expression holds for every completion: whatever the unknown attributes turn out
//! to be, absent included, evaluation gives that result (or ends because a budget does).

use crate::arena::Arena;
use crate::environment::{Entity, SlotId, StructId};
use crate::error::{ErrorCode, EvalError};
use crate::eval::evaluate_op;
use crate::gas::Gas;
use crate::program::{Op, OpId, Operands, Program};
use crate::value::Value;

/// What is known of an attribute.
#[derive(Debug, Clone, Copy, Default)]
pub enum Known<'a> {
    /// Nothing: it may be absent, too.
    #[default]
    Unknown,
    /// It is absent.
    Absent,
    /// It has this value.
    Value(Value<'a>),
    /// It is a text that the expression compares with nowhere ([`Program::compared_texts`]).
    OtherText,
}

/// What an expression comes to.
#[derive(Debug, Clone)]
pub enum Reduced {
    /// It is this, whatever the rest is.
    Always(bool),
    /// It fails so, whatever the rest is; a result that is no boolean counts as failed.
    Fails(EvalError),
    /// It depends on the rest; for every completion this program gives what the original gives.
    Residual(Box<Program>),
}

/// What holds for a part of an expression as a condition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fact {
    Is(bool),
    Fails(EvalError),
    Depends,
}

/// What a known part may cost to evaluate ahead.
const AHEAD_GAS: u64 = 10_000;
const AHEAD_BYTES: u32 = 65_536;

impl Program {
    /// Reduces the expression as a condition; `known` is indexed by slot, and what it leaves out is unknown.
    pub fn reduce(&self, known: &[Known<'_>]) -> Reduced {
        let mut decided = Vec::new();
        match (Reduction {
            program: self,
            known,
        })
        .fact(self.root, &mut |id, truth| decided.push((id, truth)))
        {
            Fact::Is(truth) => Reduced::Always(truth),
            Fact::Fails(error) => Reduced::Fails(error),
            Fact::Depends => Reduced::Residual(Box::new(self.with_decided(&decided))),
        }
    }

    /// What the expression comes to as a condition if that does not depend on what is unknown; a result that is
    /// no boolean counts as failed. As [`Program::reduce`], without the rest of the expression.
    pub fn always(&self, known: &[Known<'_>]) -> Option<Result<bool, EvalError>> {
        match self.fact(known) {
            Fact::Is(truth) => Some(Ok(truth)),
            Fact::Fails(error) => Some(Err(error)),
            Fact::Depends => None,
        }
    }

    /// What holds for the whole expression as a condition.
    pub(crate) fn fact(&self, known: &[Known<'_>]) -> Fact {
        Reduction {
            program: self,
            known,
        }
        .fact(self.root, &mut |_, _| {})
    }

    /// The program with decided conditions replaced by their truth.
    fn with_decided(&self, decided: &[(OpId, bool)]) -> Self {
        let mut residual = self.clone();
        let constant = u32::try_from(residual.scalars.len()).unwrap_or(u32::MAX);
        residual
            .scalars
            .extend([Value::Bool(false), Value::Bool(true)]);
        for (id, truth) in decided {
            if let Some(op) = residual.ops.get_mut(id.0 as usize) {
                *op = Op::Scalar(constant.saturating_add(u32::from(*truth)));
            }
        }
        residual
    }

    /// The texts that an attribute is compared with, by `==`, `!=` or `in`.
    pub fn compared_texts(&self, slot: SlotId) -> impl Iterator<Item = &str> {
        let is_slot = move |id: OpId| self.ops.get(id.0 as usize) == Some(&Op::Slot(slot));
        self.ops.iter().flat_map(move |op| {
            let (one, many): (Option<&str>, &[Box<str>]) = match *op {
                Op::EqualText(operand, text) | Op::NotEqualText(operand, text)
                    if is_slot(operand) =>
                {
                    (Some(self.text(text)), &[])
                }
                Op::InSet { operand, set } if is_slot(operand) => (
                    None,
                    self.sets
                        .get(set as usize)
                        .map(|set| &*set.texts)
                        .unwrap_or_default(),
                ),
                _ => (None, &[]),
            };
            one.into_iter().chain(many.iter().map(|text| &**text))
        })
    }
}

struct Reduction<'p, 'k> {
    program: &'p Program,
    known: &'k [Known<'k>],
}

impl Reduction<'_, '_> {
    fn knowledge(&self, slot: SlotId) -> Known<'_> {
        self.known.get(slot.0 as usize).copied().unwrap_or_default()
    }

    fn op(&self, id: OpId) -> Op {
        let op = self.program.ops.get(id.0 as usize).copied();
        op.unwrap_or(Op::Fail(ErrorCode::InvalidArgument))
    }

    /// What holds for an operation; `decided` hears of every condition that is settled.
    fn fact(&self, id: OpId, decided: &mut dyn FnMut(OpId, bool)) -> Fact {
        let fact = match self.op(id) {
            Op::And(operands) => self.junction(operands, false, decided),
            Op::Or(operands) => self.junction(operands, true, decided),
            Op::Not(operand) => match self.fact(operand, decided) {
                Fact::Is(truth) => Fact::Is(!truth),
                other => other,
            },
            Op::Conditional(operands) => self.conditional(operands, decided),
            Op::EqualText(operand, _) | Op::InSet { operand, .. } if self.is_other(operand) => {
                Fact::Is(false)
            }
            Op::NotEqualText(operand, _) if self.is_other(operand) => Fact::Is(true),
            Op::HasSlot(slot) => match self.knowledge(slot) {
                Known::Unknown => Fact::Depends,
                Known::Absent => Fact::Is(false),
                Known::Value(_) | Known::OtherText => Fact::Is(true),
            },
            Op::HasStruct(structure) => self.has_struct(structure).map_or(Fact::Depends, Fact::Is),
            _ if self.is_known(id) => self.evaluate(id),
            _ => Fact::Depends,
        };
        if let Fact::Is(truth) = fact {
            decided(id, truth);
        }
        fact
    }

    /// `&&` and `||`: a decisive operand settles it whatever the others are; an error only when
    /// every operand is settled.
    fn junction(
        &self,
        operands: Operands,
        decisive: bool,
        decided: &mut dyn FnMut(OpId, bool),
    ) -> Fact {
        let (mut depends, mut failure) = (false, None);
        for operand in self.program.operands_of(operands) {
            match self.fact(*operand, decided) {
                Fact::Is(truth) if truth == decisive => return Fact::Is(decisive),
                Fact::Is(_) => {}
                Fact::Fails(error) => {
                    failure.get_or_insert(error);
                }
                Fact::Depends => depends = true,
            }
        }
        match (depends, failure) {
            (true, _) => Fact::Depends,
            (false, Some(error)) => Fact::Fails(error),
            (false, None) => Fact::Is(!decisive),
        }
    }

    fn conditional(&self, operands: Operands, decided: &mut dyn FnMut(OpId, bool)) -> Fact {
        let [condition, then, otherwise] = self.program.operands_of(operands) else {
            return Fact::Depends;
        };
        match self.fact(*condition, decided) {
            Fact::Is(true) => self.fact(*then, decided),
            Fact::Is(false) => self.fact(*otherwise, decided),
            Fact::Fails(error) => Fact::Fails(error),
            // The condition may fail, so that branches that agree settle nothing.
            Fact::Depends => {
                self.fact(*then, decided);
                self.fact(*otherwise, decided);
                Fact::Depends
            }
        }
    }

    fn is_other(&self, id: OpId) -> bool {
        match self.op(id) {
            Op::Slot(slot) => matches!(self.knowledge(slot), Known::OtherText),
            _ => false,
        }
    }

    fn has_struct(&self, structure: StructId) -> Option<bool> {
        let mut all_absent = true;
        let fields = self.program.structure(structure);
        for (_, entity) in fields {
            let present = match entity {
                Entity::Slot(slot) => match self.knowledge(*slot) {
                    Known::Unknown => None,
                    Known::Absent => Some(false),
                    Known::Value(_) | Known::OtherText => Some(true),
                },
                Entity::Struct(inner) => self.has_struct(*inner),
            };
            match present {
                Some(true) => return Some(true),
                Some(false) => {}
                None => all_absent = false,
            }
        }
        all_absent.then_some(false)
    }

    fn is_known_slot(&self, slot: SlotId) -> bool {
        matches!(self.knowledge(slot), Known::Absent | Known::Value(_))
    }

    fn is_known_struct(&self, structure: StructId) -> bool {
        self.program
            .structure(structure)
            .iter()
            .all(|(_, entity)| match entity {
                Entity::Slot(slot) => self.is_known_slot(*slot),
                Entity::Struct(inner) => self.is_known_struct(*inner),
            })
    }

    /// Whether an operation reads nothing but known attributes and variables of its own.
    fn is_known(&self, id: OpId) -> bool {
        match self.op(id) {
            Op::Slot(slot) | Op::HasSlot(slot) => self.is_known_slot(slot),
            Op::Path(path) => {
                let path = self.program.paths.get(path as usize);
                path.is_some_and(|path| self.is_known_slot(path.slot))
            }
            Op::Struct(structure) | Op::HasStruct(structure) => self.is_known_struct(structure),
            // A variable is only reached below the macro that sets it.
            op => (self.program).all_operands(op, |operand| self.is_known(operand)),
        }
    }

    /// The truth of an operation that reads nothing unknown.
    fn evaluate(&self, id: OpId) -> Fact {
        let values = self.known.iter().map(|known| match known {
            Known::Value(value) => Some(*value),
            Known::Unknown | Known::Absent | Known::OtherText => None,
        });
        let activation: Vec<Option<Value<'_>>> = values.collect();
        let arena = Arena::new(AHEAD_BYTES);
        let mut gas = Gas::new(AHEAD_GAS);
        match evaluate_op(self.program, id, &activation, &arena, &mut gas) {
            Ok(Value::Bool(truth)) => Fact::Is(truth),
            Ok(_) => {
                let span = self.program.span(id);
                Fact::Fails(EvalError {
                    code: ErrorCode::NoMatchingOverload,
                    span,
                })
            }
            // More than may be spent ahead is left to the evaluation itself.
            Err(error) if error.is_fatal() => Fact::Depends,
            Err(error) => Fact::Fails(error),
        }
    }
}
