//! Conditions that several programs have in common: decided once for all of them.

use std::collections::BTreeMap;

use crate::program::{Fused, Op, OpId, Path, PoolId, Program};
use crate::value::Value;

/// What the conditions that programs [`share`] came to in one round of evaluations.
#[derive(Debug, Clone, Default)]
pub struct Memo {
    /// Entries of earlier rounds count for nothing.
    round: u32,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    round: u32,
    truth: bool,
    gas: u64,
}

impl Memo {
    /// Begins a round: evaluations with the same activation. `places` is what [`share`] gave.
    pub fn begin(&mut self, places: usize) {
        self.round = self.round.wrapping_add(1);
        if self.round == 0 || self.entries.len() != places {
            self.entries.clear();
            self.entries.resize(places, Entry::default());
            self.round = 1;
        }
    }

    /// What a condition came to, and the gas it takes.
    pub(crate) fn get(&self, place: u32) -> Option<(bool, u64)> {
        let entry = self.entries.get(place as usize)?;
        (entry.round == self.round).then_some((entry.truth, entry.gas))
    }

    pub(crate) fn put(&mut self, place: u32, truth: bool, gas: u64) {
        if let Some(entry) = self.entries.get_mut(place as usize) {
            *entry = Entry {
                round: self.round,
                truth,
                gas,
            };
        }
    }
}

/// Operations from which on a condition is worth a place in a [`Memo`], unless it searches a text.
const WORTH_OPERATIONS: usize = 6;

/// Finds the conditions that stand more than once in programs of one environment, so that
/// [`Program::test_with`] decides each once a round. Gives the number of them.
///
/// A condition is the whole expression or an operand of `&&`, `||`, `!` and `?:` in it. Its gas is
/// spent every time, so that what an expression costs does not depend on its neighbours.
pub fn share<'p>(programs: impl IntoIterator<Item = &'p mut Program>) -> usize {
    let mut programs: Vec<&mut Program> = programs.into_iter().collect();
    let mut seen: BTreeMap<Vec<u8>, Vec<(usize, OpId)>> = BTreeMap::new();
    for (number, program) in programs.iter().enumerate() {
        for condition in conditions(program) {
            let mut key = Key::of(program);
            if key.closed(condition) && key.is_worth_it() {
                let places = seen.entry(key.bytes).or_default();
                places.push((number, condition));
            }
        }
    }
    let repeated = seen.into_values().filter(|places| places.len() > 1);
    let mut count = 0usize;
    for (place, places) in (0u32..).zip(repeated) {
        for (number, condition) in places {
            let program = programs.get_mut(number);
            let fused = program.and_then(|p| p.fused.get_mut(condition.0 as usize));
            if let Some(fused) = fused {
                *fused = Fused::Shared(place);
            }
        }
        count = count.saturating_add(1);
    }
    count
}

/// Whether two operations of a program compute the same.
pub(crate) fn same_computation(program: &Program, one: OpId, other: OpId) -> bool {
    let key = |id| {
        let mut key = Key::of(program);
        key.closed(id).then_some(key.bytes)
    };
    one == other || key(one).is_some_and(|one| key(other) == Some(one))
}

/// The conditions of an expression that are not done in one step.
fn conditions(program: &Program) -> Vec<OpId> {
    let mut found = Vec::new();
    let mut open = vec![program.root];
    while let Some(id) = open.pop() {
        match program.ops.get(id.0 as usize) {
            Some(Op::Not(operand)) => open.push(*operand),
            Some(Op::And(operands) | Op::Or(operands) | Op::Conditional(operands)) => {
                open.extend(program.operands_of(*operands));
            }
            _ => {}
        }
        if let Some(Fused::No) = program.fused.get(id.0 as usize) {
            found.push(id);
        }
    }
    found
}

/// An operation and all below it as bytes: the same for the same computation, whatever the program.
struct Key<'p> {
    program: &'p Program,
    bytes: Vec<u8>,
    operations: usize,
    /// Whether something is searched or visited.
    searches: bool,
    /// The variables of the macros around the place that is written.
    bound: Vec<u32>,
}

impl<'p> Key<'p> {
    fn of(program: &'p Program) -> Self {
        Self {
            program,
            bytes: Vec::new(),
            operations: 0,
            searches: false,
            bound: Vec::new(),
        }
    }

    fn is_worth_it(&self) -> bool {
        self.searches || self.operations >= WORTH_OPERATIONS
    }

    /// Adds an operation; false if it reads a variable of a macro around the whole.
    fn closed(&mut self, id: OpId) -> bool {
        let Some(op) = self.program.ops.get(id.0 as usize).copied() else {
            return false;
        };
        self.operations = self.operations.saturating_add(1);
        self.bytes.push(tag(op));
        match op {
            Op::Fail(code) => self.text(code.as_str()),
            Op::Scalar(scalar) => self.scalar(scalar),
            Op::Text(text) => self.text(self.program.text(text)),
            Op::Bytes(bytes) => self.pooled_bytes(bytes),
            Op::Slot(slot) | Op::HasSlot(slot) => self.number(slot.0),
            Op::Path(path) => self.path(path),
            Op::Struct(structure) | Op::HasStruct(structure) => self.number(structure.0),
            Op::Local(local) => {
                self.number(local);
                self.bound.contains(&local)
            }
            Op::Field { key, .. }
            | Op::OptionalField { key, .. }
            | Op::HasField { key, .. }
            | Op::EqualText(_, key)
            | Op::NotEqualText(_, key) => self.text(self.program.text(key)) && self.operands(op),
            Op::Order(relation, ..) => self.number(relation as u32) && self.operands(op),
            Op::Arithmetic(operator, ..) => self.number(operator as u32) && self.operands(op),
            Op::TextTest(test, ..) => {
                self.searches = true;
                self.number(test as u32) && self.operands(op)
            }
            Op::And(operands)
            | Op::Or(operands)
            | Op::Conditional(operands)
            | Op::List(operands)
            | Op::OptionalList(operands)
            | Op::Map(operands)
            | Op::OptionalMap(operands) => self.number(operands.count) && self.operands(op),
            Op::InSet { set, .. } => self.set(set) && self.operands(op),
            Op::Call {
                function,
                arguments,
            } => {
                self.searches = true;
                self.number(function as u32) && self.number(arguments.count) && self.operands(op)
            }
            Op::Matches { regex, .. } => {
                self.searches = true;
                self.pattern(regex) && self.operands(op)
            }
            Op::Loop(number) => self.whole_loop(number),
            Op::Bind { local, value, body }
            | Op::OptionalMapping { local, value, body }
            | Op::OptionalFlatMapping { local, value, body } => {
                self.closed(value) && self.below(&[local], |key| key.closed(body))
            }
            Op::Index { .. }
            | Op::OptionalIndex { .. }
            | Op::Equal(..)
            | Op::NotEqual(..)
            | Op::In(..)
            | Op::OptionalOr(..)
            | Op::OptionalOrValue(..)
            | Op::Not(_)
            | Op::Negate(_) => self.operands(op),
        }
    }

    fn operands(&mut self, op: Op) -> bool {
        self.program
            .all_operands(op, |operand| self.closed(operand))
    }

    fn whole_loop(&mut self, number: PoolId) -> bool {
        self.searches = true;
        let Some(task) = self.program.loops.get(number as usize).copied() else {
            return false;
        };
        let second = task.second.unwrap_or(u32::MAX);
        self.number(task.kind as u32)
            && self.closed(task.range)
            && self.number(u32::from(task.filter.is_some()))
            && self.below(&[task.first, second], |key| {
                task.filter.is_none_or(|filter| key.closed(filter)) && key.closed(task.body)
            })
    }

    /// Adds what stands below a macro with these variables.
    fn below(&mut self, variables: &[u32], add: impl FnOnce(&mut Self) -> bool) -> bool {
        let outside = self.bound.len();
        for variable in variables {
            self.number(*variable);
        }
        self.bound.extend_from_slice(variables);
        let closed = add(self);
        self.bound.truncate(outside);
        closed
    }

    fn number(&mut self, number: u32) -> bool {
        self.bytes.extend_from_slice(&number.to_le_bytes());
        true
    }

    fn length(&mut self, length: usize) {
        self.bytes.extend_from_slice(&(length as u64).to_le_bytes());
    }

    fn text(&mut self, text: &str) -> bool {
        self.length(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
        true
    }

    fn pooled_bytes(&mut self, bytes: PoolId) -> bool {
        let Some(bytes) = self.program.bytes.get(bytes as usize) else {
            return false;
        };
        self.length(bytes.len());
        self.bytes.extend_from_slice(bytes);
        true
    }

    fn scalar(&mut self, scalar: PoolId) -> bool {
        let scalar = self.program.scalars.get(scalar as usize);
        scalar.is_some_and(|value| self.value(*value))
    }

    /// A constant; one of a rare kind makes the whole not worth sharing.
    fn value(&mut self, value: Value<'_>) -> bool {
        let (kind, bits) = match value {
            Value::Null => (0, 0),
            Value::Bool(bool) => (1, u64::from(bool)),
            Value::Int(int) => (2, int.cast_unsigned()),
            Value::Uint(uint) => (3, uint),
            Value::Double(double) => (4, double.to_bits()),
            Value::String(text) => return self.number(5) && self.text(text),
            _ => return false,
        };
        self.bytes.extend_from_slice(&u64::to_le_bytes(bits));
        self.number(kind)
    }

    fn path(&mut self, path: PoolId) -> bool {
        let Some(Path { slot, keys, .. }) = self.program.paths.get(path as usize) else {
            return false;
        };
        self.number(slot.0);
        self.length(keys.len());
        keys.iter().all(|(key, _)| self.text(key))
    }

    fn set(&mut self, set: PoolId) -> bool {
        let Some(set) = self.program.sets.get(set as usize) else {
            return false;
        };
        self.length(set.texts.len());
        set.texts.iter().all(|text| self.text(text)) && {
            self.length(set.others.len());
            set.others.iter().all(|other| self.value(*other))
        }
    }

    fn pattern(&mut self, regex: PoolId) -> bool {
        let pattern = self.program.regexes.get(regex as usize);
        pattern.is_some_and(|pattern| self.text(&pattern.source))
    }
}

/// A number for each kind of operation.
fn tag(op: Op) -> u8 {
    match op {
        Op::Fail(_) => 0,
        Op::Scalar(_) => 1,
        Op::Text(_) => 2,
        Op::Bytes(_) => 3,
        Op::Slot(_) => 4,
        Op::Path(_) => 5,
        Op::Struct(_) => 6,
        Op::Local(_) => 7,
        Op::Field { .. } => 8,
        Op::OptionalField { .. } => 9,
        Op::HasField { .. } => 10,
        Op::HasSlot(_) => 11,
        Op::HasStruct(_) => 12,
        Op::Index { .. } => 13,
        Op::OptionalIndex { .. } => 14,
        Op::Not(_) => 15,
        Op::Negate(_) => 16,
        Op::And(_) => 17,
        Op::Or(_) => 18,
        Op::Conditional(_) => 19,
        Op::Equal(..) => 20,
        Op::EqualText(..) => 21,
        Op::NotEqualText(..) => 22,
        Op::NotEqual(..) => 23,
        Op::Order(..) => 24,
        Op::Arithmetic(..) => 25,
        Op::In(..) => 26,
        Op::InSet { .. } => 27,
        Op::Call { .. } => 28,
        Op::Matches { .. } => 29,
        Op::TextTest(..) => 30,
        Op::List(_) => 31,
        Op::OptionalList(_) => 32,
        Op::Map(_) => 33,
        Op::OptionalMap(_) => 34,
        Op::Loop(_) => 35,
        Op::Bind { .. } => 36,
        Op::OptionalOr(..) => 37,
        Op::OptionalOrValue(..) => 38,
        Op::OptionalMapping { .. } => 39,
        Op::OptionalFlatMapping { .. } => 40,
    }
}

#[cfg(test)]
mod tests;
