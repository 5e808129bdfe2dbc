//! What macros over lists and maps cost.

use super::size::{Amount, ONE, Size};
use super::{Analysis, LoopCost};
use crate::program::{Loop, LoopKind, OpId, PoolId};

impl Analysis<'_> {
    pub(super) fn visit(&mut self, id: OpId, number: PoolId) -> Size {
        let Some(task) = self.program.loops.get(number as usize).copied() else {
            return self.scalar();
        };
        let range = self.value(task.range);
        let (place, before) = (self.loops.len(), self.total);
        self.loops.push(LoopCost {
            span: self.program.span(id),
            gas: 0,
            depth: self.depth,
            visits: range.len.sum.0,
        });
        self.charge_order(range);
        self.depth = self.depth.saturating_add(1);
        let body = self.inside(range.len, |inner| inner.body(task, range));
        self.depth = self.depth.saturating_sub(1);
        let result = self.result(task, range, body);
        let gas = (self.total - before).0;
        if let Some(cost) = self.loops.get_mut(place) {
            cost.gas = gas;
        }
        result
    }

    /// One visit of an element, in every visit: the value of the body.
    fn body(&mut self, task: Loop, range: Size) -> Size {
        let (element, key) = (range.part(self.visits), range.key(self.visits));
        match task.second {
            // An element of a list, or a key.
            None => self.set_local(task.first, element),
            Some(second) => {
                self.set_local(task.first, key);
                self.set_local(second, element);
            }
        }
        self.charge_each(ONE);
        if let Some(filter) = task.filter {
            self.value(filter);
        }
        let body = self.value(task.body);
        if task.kind == LoopKind::TransformMapEntry {
            self.charge_order(body);
            self.charge(body.len.sum);
        }
        body
    }

    fn result(&mut self, task: Loop, range: Size, body: Size) -> Size {
        let len = self.built_len(range.len);
        let kept = Size {
            text: Amount::default(),
            len,
            ..range
        };
        match task.kind {
            LoopKind::All | LoopKind::Exists | LoopKind::ExistsOne => self.scalar(),
            LoopKind::Filter => kept,
            LoopKind::SortBy => {
                self.charge_sorting(range.len, body.text);
                kept
            }
            LoopKind::Transform => Size::list_of(body, len, self.visits),
            LoopKind::TransformMap => {
                self.charge_sorting(range.len, range.bytes);
                let map = Size::list_of(body, len, self.visits);
                Size {
                    bytes: map.bytes.plus(range.bytes),
                    longest: map.longest.max(range.longest),
                    ..map
                }
            }
            LoopKind::TransformMapEntry => {
                // The entries of all the maps that the bodies are.
                let visits = self.visits;
                let all =
                    |inner: Amount| Amount::new(inner.each * range.len.each, inner.sum, visits);
                let entries = all(body.len);
                self.charge_sorting(entries, all(body.bytes));
                let map = Size::list_of(body, range.len, visits);
                let len = self.built_len(entries);
                Size { len, ..map }
            }
        }
    }
}
