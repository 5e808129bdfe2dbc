//! What each operation costs, and how large its value can be.

use core::num::Saturating;

use super::size::{Amount, Count, NONE, ONE, Size, blocks_of};
use super::{Analysis, steps};
use crate::environment::{Entity, SlotId, StructId};
use crate::program::{Arithmetic, Op, OpId, Operands, PoolId, TextTest};
use crate::value::{SCANNED_KEYS, Value};

/// Entries are charged as two values when maps are compared.
const ENTRY: Count = Saturating(2);

impl<'p> Analysis<'p> {
    pub(super) fn op(&self, id: OpId) -> Option<Op> {
        self.program.ops.get(id.0 as usize).copied()
    }

    /// Charges for an operation and all it needs; the bounds on its value.
    pub(super) fn value(&mut self, id: OpId) -> Size {
        self.charge_each(ONE);
        let Some(op) = self.op(id) else {
            return self.scalar();
        };
        match op {
            Op::Fail(_) | Op::Scalar(_) | Op::HasSlot(_) | Op::HasStruct(_) => self.scalar(),
            Op::Text(text) => {
                let length = self.program.text(text).len() as u64;
                Size::text(self.constant(length), self.visits)
            }
            Op::Bytes(bytes) => {
                let bytes = self.program.bytes.get(bytes as usize);
                let length = bytes.map_or(0, |bytes| bytes.len()) as u64;
                Size::text(self.constant(length), self.visits)
            }
            Op::Slot(slot) => self.slot(slot),
            Op::Path(path) => self.path(path),
            Op::Struct(structure) => self.structure(structure),
            Op::Local(local) => self.local(local),
            Op::Field { operand, key } => {
                let target = self.value(operand);
                self.key_search(target, self.program.text(key).len());
                target.part(self.visits)
            }
            Op::OptionalField { operand, key } => {
                let target = self.value(operand);
                self.key_search(target, self.program.text(key).len());
                target.part(self.visits).wrapped(self.visits)
            }
            Op::Index { operand, index } => self.index(operand, index),
            Op::OptionalIndex { operand, index } => self.index(operand, index).wrapped(self.visits),
            Op::Conditional(operands) => self.conditional(operands),
            Op::Arithmetic(operator, left, right) => self.arithmetic(operator, left, right),
            Op::Call {
                function,
                arguments,
            } => self.call(function, self.program.operands_of(arguments)),
            Op::List(operands) => self.list(operands, 1),
            Op::OptionalList(operands) => self.list(operands, 2),
            Op::Map(operands) => self.map(operands, 2),
            Op::OptionalMap(operands) => self.map(operands, 3),
            Op::Loop(number) => self.visit(id, number),
            Op::Bind { local, value, body } => {
                let size = self.value(value);
                self.set_local(local, size);
                self.value(body)
            }
            Op::OptionalOr(operand, alternative) | Op::OptionalOrValue(operand, alternative) => {
                let (found, alternative) = (self.value(operand), self.value(alternative));
                found.either(alternative, self.visits)
            }
            Op::OptionalMapping { local, value, body }
            | Op::OptionalFlatMapping { local, value, body } => {
                let size = self.value(value);
                self.set_local(local, size);
                self.value(body).wrapped(self.visits)
            }
            _ => {
                self.truth(op);
                self.scalar()
            }
        }
    }

    /// Charges for the operations that say yes or no.
    fn truth(&mut self, op: Op) {
        match op {
            Op::Not(operand) | Op::Negate(operand) | Op::HasField { operand, .. } => {
                self.value(operand);
            }
            Op::And(operands) | Op::Or(operands) => {
                self.operands(self.program.operands_of(operands));
            }
            Op::Equal(left, right) | Op::NotEqual(left, right) => {
                let (left, right) = (self.value(left), self.value(right));
                self.equality(left, right);
            }
            Op::EqualText(operand, text) | Op::NotEqualText(operand, text) => {
                let found = self.value(operand);
                let wanted = self.constant(self.program.text(text).len() as u64);
                self.charge_blocks(found.text.smaller(wanted));
            }
            Op::Order(_, left, right) => {
                let (left, right) = (self.value(left), self.value(right));
                self.charge_blocks(left.text.smaller(right.text));
            }
            Op::In(element, container) => {
                let (element, container) = (self.value(element), self.value(container));
                self.charge_search(container, element.text);
                self.contains(container, element);
            }
            Op::InSet { operand, set } => {
                self.value(operand);
                let set = self.program.sets.get(set as usize);
                let others = set.map_or(0, |set| set.others.len()) as u64;
                self.charge_each(Saturating(others));
            }
            Op::TextTest(test, text, part) => {
                let (text, part) = (self.value(text), self.value(part));
                let looked_at = match test {
                    TextTest::Contains => text.text.plus(part.text),
                    TextTest::StartsWith | TextTest::EndsWith => part.text,
                };
                self.charge_blocks(looked_at);
            }
            Op::Matches { operand, regex } => {
                let text = self.value(operand);
                let weight = self.program.regexes.get(regex as usize);
                let weight = weight.map_or(NONE, |pattern| Saturating(pattern.measure.weight));
                self.charge_pattern(text.text, weight);
            }
            _ => {}
        }
    }

    fn slot(&self, slot: SlotId) -> Size {
        let declared = self.environment.declaration(slot);
        declared.map_or_else(Size::default, |found| {
            Size::declared(&found.r#type, &self.hints, self.visits)
        })
    }

    fn path(&mut self, path: PoolId) -> Size {
        let Some(path) = self.program.paths.get(path as usize) else {
            return self.scalar();
        };
        let mut found = self.slot(path.slot);
        for (key, _) in &path.keys {
            self.charge_each(ONE);
            self.key_search(found, key.len());
            found = found.part(self.visits);
        }
        found
    }

    fn structure(&mut self, structure: StructId) -> Size {
        let fields = self.program.structure(structure);
        let count = self.constant(fields.len() as u64);
        let empty = Size {
            len: count,
            ..self.scalar()
        };
        fields.iter().fold(empty, |whole, (name, entity)| {
            self.charge_each(ONE);
            let field = match entity {
                Entity::Slot(slot) => self.slot(*slot),
                Entity::Struct(inner) => self.structure(*inner),
            };
            let name = Size::text(self.constant(name.len() as u64), self.visits);
            whole.with(field).with(name)
        })
    }

    /// What finding a key of `length` bytes costs where it is charged.
    fn key_search(&mut self, target: Size, length: usize) {
        let key = self.constant(length as u64);
        self.charge_search(target, key);
    }

    /// As `Value::search_gas`.
    fn charge_search(&mut self, target: Size, key: Amount) {
        let tries = steps(target.len.each) + ONE;
        let blocks = self.blocks(key);
        self.charge(tries * blocks);
    }

    fn index(&mut self, operand: OpId, index: OpId) -> Size {
        let target = self.value(operand);
        let place = self.value(index);
        self.charge_search(target, place.text);
        // A JSON array is walked from the front.
        let walked = match (self.op(index), self.whole_number(index)) {
            (Some(Op::Text(_)), _) => Amount::default(),
            (_, Some(number)) => target.len.smaller(self.constant(number)),
            (_, None) => target.len,
        };
        self.charge(walked.sum);
        target.part(self.visits)
    }

    fn conditional(&mut self, operands: Operands) -> Size {
        let [condition, then, otherwise] = self.program.operands_of(operands) else {
            return self.scalar();
        };
        self.value(*condition);
        let start = self.total;
        let first = self.value(*then);
        let middle = self.total;
        let second = self.value(*otherwise);
        if self.visits <= ONE {
            // Only one of the two is evaluated. In a loop, some visits may take one and some the other.
            let dearer = (middle - start).max(self.total - middle);
            self.total = start + dearer;
        }
        first.either(second, self.visits)
    }

    fn arithmetic(&mut self, operator: Arithmetic, left: OpId, right: OpId) -> Size {
        let (left, right) = (self.value(left), self.value(right));
        if operator != Arithmetic::Add {
            return self.scalar();
        }
        let text = left.text.plus(right.text);
        let len = left.len.plus(right.len);
        self.charge_blocks(text);
        self.charge(len.sum);
        let built = self.built_text(text);
        Size {
            text: built.text,
            len: self.built_len(len),
            nodes: left.nodes.plus(right.nodes),
            bytes: left.bytes.plus(right.bytes),
            longest: left.longest.max(right.longest),
            widest: left.widest.max(right.widest),
        }
    }

    /// A list literal whose elements are every `stride`th operand.
    fn list(&mut self, operands: Operands, stride: usize) -> Size {
        let operands = self.operands(self.program.operands_of(operands));
        let count = operands.iter().step_by(stride).len() as u64;
        let empty = Size {
            len: self.constant(count),
            ..self.scalar()
        };
        operands
            .iter()
            .step_by(stride)
            .fold(empty, |list, element| list.with(*element))
    }

    /// A map literal whose entries are `stride` operands each.
    fn map(&mut self, operands: Operands, stride: usize) -> Size {
        let operands = self.operands(self.program.operands_of(operands));
        let mut map = self.scalar();
        let mut keys = Amount::default();
        for entry in operands.chunks_exact(stride) {
            let [key, value, ..] = entry else { continue };
            map = map.with(*key).with(*value);
            keys = keys.plus(key.text);
        }
        let entries = operands.chunks_exact(stride).len() as u64;
        let len = self.constant(entries);
        self.charge_sorting(len, keys);
        Size { len, ..map }
    }

    /// As `finish_map` and `sort_by_key`: sorting `len` items with these keys.
    pub(super) fn charge_sorting(&mut self, len: Amount, keys: Amount) {
        self.charge((len.sum + blocks_of(keys.sum)) * steps(len.each));
    }

    /// As `Value::sorting_gas`: bringing a small JSON object into key order.
    pub(super) fn charge_order(&mut self, map: Size) {
        self.charge(order(map));
    }

    /// Whether `list` has `element`, both in terms of the same visits.
    pub(super) fn contains(&mut self, list: Size, element: Size) {
        self.charge(list.len.sum);
        self.inside(list.len, |inner| {
            let candidate = list.part(inner.visits);
            let wanted = element.repeated(list.len.each, inner.visits);
            inner.equality(candidate, wanted);
        });
    }

    /// As `Value::equals`.
    pub(super) fn equality(&mut self, left: Size, right: Size) {
        self.charge(self.equality_of(left, right));
    }

    pub(super) fn equality_of(&self, left: Size, right: Size) -> Count {
        if !left.is_container() || !right.is_container() {
            return self.blocks(left.text.smaller(right.text));
        }
        let nodes = left.nodes.smaller(right.nodes).sum;
        let bytes = blocks_of(left.bytes.smaller(right.bytes).sum);
        nodes * ENTRY + bytes + order(left) + order(right)
    }

    /// The number a literal stands for.
    pub(super) fn whole_number(&self, id: OpId) -> Option<u64> {
        let Op::Scalar(scalar) = self.op(id)? else {
            return None;
        };
        match *self.program.scalars.get(scalar as usize)? {
            Value::Int(int) => u64::try_from(int).ok(),
            Value::Uint(uint) => Some(uint),
            _ => None,
        }
    }

    /// The text a literal stands for.
    pub(super) fn literal(&self, id: OpId) -> Option<&'p str> {
        match self.op(id)? {
            Op::Text(text) => Some(self.program.text(text)),
            _ => None,
        }
    }
}

/// What putting all small objects in a value in order costs, each once.
fn order(value: Size) -> Count {
    if !value.is_container() {
        return NONE;
    }
    blocks_of(value.bytes.sum) * steps(Saturating(SCANNED_KEYS as u64))
}
