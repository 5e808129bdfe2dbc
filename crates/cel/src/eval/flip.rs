//! The smallest change that flips an expression: the conditions in it that would have to come out otherwise.

use callgate_model::Span;

use super::{Activation, Evaluation};
use crate::arena::Arena;
use crate::gas::Gas;
use crate::program::{Op, OpId, Operands, Program};
use crate::shared::same_computation;

/// A condition in an expression, and what it would have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Where the condition stands in the source.
    pub span: Span,
    /// Its truth after the change.
    pub truth: bool,
}

impl Program {
    /// The fewest conditions that make the expression `wanted` when each of them comes out as stated
    /// and all others as they do now; in source order, each computation once.
    ///
    /// Where a condition stands in several places there may be fewer; where none does, there are not.
    /// Conditions are the operands of `&&`, `||`, `!` and `?:` that are none of these themselves, and
    /// stand for each other where they are the same computation; what else one has to do with
    /// another, such as two equalities of one attribute, is not looked into. `None` if what a call
    /// says cannot change it, or when `gas` runs out. A macro is one condition.
    pub fn flip<'a>(
        &'a self,
        wanted: bool,
        activation: &'a Activation<'a>,
        arena: &'a Arena,
        gas: &mut Gas,
    ) -> Option<Vec<Change>> {
        let mut evaluation = Evaluation::new(self, activation, arena, gas).ok()?;
        let changes = evaluation.flip(self.root, wanted)?;
        // The same condition in two places may have been wanted both ways.
        let holds = evaluation.changed(self.root, &changes) == Some(wanted);
        if evaluation.gas.left() == 0 || !holds {
            return None;
        }
        let changes = changes.into_iter().map(|(id, truth)| Change {
            span: self.span(id),
            truth,
        });
        Some(changes.collect())
    }
}

/// Conditions and what they would have to be.
type Changes = Vec<(OpId, bool)>;

impl Evaluation<'_, '_> {
    fn now(&mut self, id: OpId) -> Option<bool> {
        self.truth(id).ok()
    }

    fn flip(&mut self, id: OpId, wanted: bool) -> Option<Changes> {
        if self.now(id) == Some(wanted) {
            return Some(Changes::new());
        }
        match *self.op(id) {
            Op::Not(operand) => self.flip(operand, !wanted),
            Op::And(operands) if wanted => self.flip_all(operands, true),
            Op::Or(operands) if !wanted => self.flip_all(operands, false),
            Op::And(operands) | Op::Or(operands) => self.flip_one(operands, wanted),
            Op::Conditional(operands) => self.flip_conditional(operands, wanted),
            op if reads_call(self.program, op) => Some(vec![(id, wanted)]),
            _ => None,
        }
    }

    fn flip_all(&mut self, operands: Operands, wanted: bool) -> Option<Changes> {
        let mut changes = Changes::new();
        for operand in self.program.operands_of(operands) {
            for change in self.flip(*operand, wanted)? {
                let same = |(known, truth): &(OpId, bool)| {
                    *truth == change.1 && same_computation(self.program, *known, change.0)
                };
                if !changes.iter().any(same) {
                    changes.push(change);
                }
            }
        }
        Some(changes)
    }

    /// The operand that takes least; the first of those that take the same.
    fn flip_one(&mut self, operands: Operands, wanted: bool) -> Option<Changes> {
        let operands = self.program.operands_of(operands).iter();
        let changes = operands.filter_map(|operand| self.flip(*operand, wanted));
        changes.min_by_key(Vec::len)
    }

    fn flip_conditional(&mut self, operands: Operands, wanted: bool) -> Option<Changes> {
        let [condition, then, otherwise] = self.program.operands_of(operands) else {
            return None;
        };
        let branches = [(true, then), (false, otherwise)].into_iter();
        let changes = branches.filter_map(|(truth, branch)| {
            let mut changes = self.flip(*condition, truth)?;
            changes.append(&mut self.flip(*branch, wanted)?);
            Some(changes)
        });
        changes.min_by_key(Vec::len)
    }

    /// What an operation comes to once `changes` are made.
    fn changed(&mut self, id: OpId, changes: &Changes) -> Option<bool> {
        let same = |(known, _): &&(OpId, bool)| same_computation(self.program, *known, id);
        if let Some((_, truth)) = changes.iter().find(same) {
            return Some(*truth);
        }
        match *self.op(id) {
            Op::Not(operand) => self.changed(operand, changes).map(|truth| !truth),
            Op::And(operands) => self.changed_until(operands, false, changes),
            Op::Or(operands) => self.changed_until(operands, true, changes),
            Op::Conditional(operands) => {
                let [condition, then, otherwise] = self.program.operands_of(operands) else {
                    return None;
                };
                let branch = match self.changed(*condition, changes)? {
                    true => then,
                    false => otherwise,
                };
                self.changed(*branch, changes)
            }
            _ => self.now(id),
        }
    }

    /// `&&` and `||`: one decisive operand is enough, whatever the others fail with.
    fn changed_until(
        &mut self,
        operands: Operands,
        decisive: bool,
        changes: &Changes,
    ) -> Option<bool> {
        let mut fails = false;
        for operand in self.program.operands_of(operands) {
            match self.changed(*operand, changes) {
                Some(truth) if truth == decisive => return Some(decisive),
                Some(_) => {}
                None => fails = true,
            }
        }
        (!fails).then_some(!decisive)
    }
}

/// Whether an operation reads something of the call: what does not comes out the same every time.
fn reads_call(program: &Program, op: Op) -> bool {
    match op {
        Op::Slot(_) | Op::Path(_) | Op::Struct(_) | Op::HasSlot(_) | Op::HasStruct(_) => true,
        op => !program.all_operands(op, |operand| {
            let operand = program.ops.get(operand.0 as usize);
            operand.is_none_or(|operand| !reads_call(program, *operand))
        }),
    }
}
