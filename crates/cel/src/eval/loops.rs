//! Macros that visit the elements of a list or the entries of a map.

use callgate_json as json;

use super::{Evaluation, Outcome};
use crate::error::{ErrorCode, EvalError};
use crate::functions;
use crate::gas::BYTES_PER_UNIT;
use crate::program::{Loop, LoopKind, Op, OpId, PoolId, TextTest};
use crate::value::{Elements, Entries, Value};

/// What a macro visits: with one variable, elements or keys.
enum Visit<'a> {
    List(Elements<'a>, i64),
    Map(Entries<'a>),
}

/// For one element: the step, the test, the element, the literal.
const PLACE_GAS: u64 = 4;
/// As [`PLACE_GAS`]; a literal beside `==` is part of the test.
const EQUAL_GAS: u64 = 3;

/// How an element is compared with a literal.
#[derive(Clone, Copy)]
enum ElementTest {
    Place(TextTest),
    Equal,
}

impl ElementTest {
    /// Whether an element passes, and what finding out costs; `None` for what has to be searched.
    #[inline(always)]
    fn of(self, text: &[u8], part: &str) -> Option<(bool, u64)> {
        let part = part.as_bytes();
        let blocks = (part.len() / BYTES_PER_UNIT) as u64;
        match self {
            Self::Place(TextTest::StartsWith) => Some((
                json::starts_with(text, part),
                PLACE_GAS.wrapping_add(blocks),
            )),
            Self::Place(TextTest::EndsWith) => {
                Some((json::ends_with(text, part), PLACE_GAS.wrapping_add(blocks)))
            }
            Self::Place(TextTest::Contains) => None,
            Self::Equal if text.len() != part.len() => Some((false, EQUAL_GAS)),
            Self::Equal => Some((json::same_bytes(text, part), EQUAL_GAS.wrapping_add(blocks))),
        }
    }
}

impl<'a> Visit<'a> {
    fn of(range: Value<'a>) -> Option<Self> {
        match range {
            Value::Map(_) | Value::JsonMap(_) => range.as_map().map(Visit::Map),
            _ => range.as_list().map(|elements| Visit::List(elements, 0)),
        }
    }
}

impl<'a> Evaluation<'a, '_> {
    pub(super) fn loop_value(&mut self, id: OpId, number: PoolId) -> Outcome<'a> {
        let Some(task) = self.program.loops.get(number as usize).copied() else {
            return Err(self.fail(id, ErrorCode::InvalidArgument));
        };
        match task.kind {
            LoopKind::All | LoopKind::Exists | LoopKind::ExistsOne => {
                self.loop_truth(id, number).map(Value::Bool)
            }
            LoopKind::Filter | LoopKind::Transform => {
                let visit = self.range(task)?;
                self.collect(id, task, visit)
            }
            LoopKind::SortBy => {
                let visit = self.range(task)?;
                self.sort_by(id, task, visit)
            }
            LoopKind::TransformMap => {
                let visit = self.range(task)?;
                self.collect_map(id, task, visit)
            }
            LoopKind::TransformMapEntry => {
                let visit = self.range(task)?;
                self.collect_entries(id, task, visit)
            }
        }
    }

    /// The truth of a macro that gives a boolean.
    pub(super) fn loop_truth(&mut self, id: OpId, number: PoolId) -> Result<bool, EvalError> {
        let Some(task) = self.program.loops.get(number as usize).copied() else {
            return Err(self.fail(id, ErrorCode::InvalidArgument));
        };
        match task.kind {
            LoopKind::All | LoopKind::Exists => {
                let decisive = task.kind == LoopKind::Exists;
                let range = self.operand(task.range)?;
                if let Some(test) = self.element_test(task)
                    && let Value::JsonList(array) = range
                {
                    return self.quantify_text(id, task, array, decisive, test);
                }
                let visit = self.visit(task, range)?;
                self.quantify(id, task, visit, decisive)
            }
            LoopKind::ExistsOne => {
                let visit = self.range(task)?;
                self.exactly_one(id, task, visit)
            }
            _ => match self.loop_value(id, number)? {
                Value::Bool(bool) => Ok(bool),
                _ => Err(self.fail(id, ErrorCode::NoMatchingOverload)),
            },
        }
    }

    fn range(&mut self, task: Loop) -> Result<Visit<'a>, EvalError> {
        let range = self.operand(task.range)?;
        self.visit(task, range)
    }

    fn visit(&mut self, task: Loop, range: Value<'a>) -> Result<Visit<'a>, EvalError> {
        self.charge(task.range, range.sorting_gas())?;
        Visit::of(range).ok_or_else(|| self.fail(task.range, ErrorCode::NoMatchingOverload))
    }

    /// The test of a body that compares the element with a literal and does nothing else.
    fn element_test(&self, task: Loop) -> Option<(ElementTest, &'a str)> {
        let is_element = |id: OpId| *self.op(id) == Op::Local(task.first) && task.second.is_none();
        match *self.op(task.body) {
            Op::TextTest(test, element, part) if is_element(element) => match *self.op(part) {
                Op::Text(text) => Some((ElementTest::Place(test), self.program.text(text))),
                _ => None,
            },
            Op::EqualText(element, text) if is_element(element) => {
                Some((ElementTest::Equal, self.program.text(text)))
            }
            _ => None,
        }
    }

    /// `all` and `exists` of an [`element_test`](Self::element_test) over a JSON array: the same
    /// result and gas as [`quantify`](Self::quantify), element by element without a variable.
    fn quantify_text(
        &mut self,
        id: OpId,
        task: Loop,
        array: json::Array<'a>,
        decisive: bool,
        (test, part): (ElementTest, &'a str),
    ) -> Result<bool, EvalError> {
        let mut failure = None;
        for element in array.iter() {
            if let Some(truth) = element.as_bytes().and_then(|text| test.of(text, part)) {
                // What the steps below come to for the usual element.
                let (truth, cost) = truth;
                self.charge(task.body, cost)?;
                if truth == decisive {
                    return Ok(decisive);
                }
                continue;
            }
            let found = match element.view() {
                json::View::String(text) => Some(text),
                json::View::Number(_) => {
                    Value::from_json(element).map_err(|code| self.fail(task.range, code))?;
                    None
                }
                _ => None,
            };
            let truth = match test {
                ElementTest::Place(test) => {
                    self.charge(task.body, PLACE_GAS)?;
                    match found {
                        Some(text) => self.place(task.body, test, text, part),
                        None => Err(self.fail(task.body, ErrorCode::NoMatchingOverload)),
                    }
                }
                ElementTest::Equal => {
                    self.charge(task.body, EQUAL_GAS)?;
                    match found {
                        Some(text) => self.same_text(id, text, part),
                        None => Ok(false),
                    }
                }
            };
            match truth {
                Ok(truth) if truth == decisive => return Ok(decisive),
                Ok(_) => {}
                Err(error) if error.is_fatal() => return Err(error),
                Err(error) => {
                    failure.get_or_insert(error);
                }
            }
        }
        failure.map_or(Ok(!decisive), Err)
    }

    /// Sets the variables for the next element; `None` at the end, else the element or key.
    fn step(
        &mut self,
        id: OpId,
        task: Loop,
        visit: &mut Visit<'a>,
    ) -> Result<Option<Value<'a>>, EvalError> {
        let visited = match visit {
            Visit::List(elements, position) => {
                let Some(element) = elements.next() else {
                    return Ok(None);
                };
                let element = element.map_err(|code| self.fail(task.range, code))?;
                let index = *position;
                *position = index.saturating_add(1);
                match task.second {
                    None => self.set_local(task.first, element),
                    Some(second) => {
                        self.set_local(task.first, Value::Int(index));
                        self.set_local(second, element);
                    }
                }
                element
            }
            Visit::Map(entries) => {
                let Some((key, value)) = entries.next() else {
                    return Ok(None);
                };
                self.set_local(task.first, key);
                if let Some(second) = task.second {
                    let value = value.map_err(|code| self.fail(task.range, code))?;
                    self.set_local(second, value);
                }
                key
            }
        };
        self.charge(id, 1)?;
        Ok(Some(visited))
    }

    /// `all` and `exists`: the first decisive element ends it, errors before it are forgotten.
    fn quantify(
        &mut self,
        id: OpId,
        task: Loop,
        mut visit: Visit<'a>,
        decisive: bool,
    ) -> Result<bool, EvalError> {
        let mut failure = None;
        while self.step(id, task, &mut visit)?.is_some() {
            match self.truth(task.body) {
                Ok(truth) if truth == decisive => return Ok(decisive),
                Ok(_) => {}
                Err(error) if error.is_fatal() => return Err(error),
                Err(error) => {
                    failure.get_or_insert(error);
                }
            }
        }
        failure.map_or(Ok(!decisive), Err)
    }

    fn exactly_one(
        &mut self,
        id: OpId,
        task: Loop,
        mut visit: Visit<'a>,
    ) -> Result<bool, EvalError> {
        let mut found = 0u64;
        while self.step(id, task, &mut visit)?.is_some() {
            if self.truth(task.body)? {
                found = found.saturating_add(1);
            }
        }
        Ok(found == 1)
    }

    fn passes(&mut self, filter: Option<OpId>) -> Result<bool, EvalError> {
        filter.map_or(Ok(true), |filter| self.truth(filter))
    }

    fn collect(&mut self, id: OpId, task: Loop, mut visit: Visit<'a>) -> Outcome<'a> {
        let mut list = self.arena.list(0);
        while let Some(visited) = self.step(id, task, &mut visit)? {
            let element = if task.kind == LoopKind::Filter {
                self.truth(task.body)?.then_some(visited)
            } else if self.passes(task.filter)? {
                Some(self.value(task.body)?)
            } else {
                None
            };
            if let Some(element) = element {
                list.push(element).map_err(|code| self.fail(id, code))?;
            }
        }
        Ok(Value::List(list.finish()))
    }

    fn sort_by(&mut self, id: OpId, task: Loop, mut visit: Visit<'a>) -> Outcome<'a> {
        let mut keyed = self.arena.list(0);
        while let Some(visited) = self.step(id, task, &mut visit)? {
            let key = self.value(task.body)?;
            keyed
                .push((key, visited))
                .map_err(|code| self.fail(id, code))?;
        }
        functions::sort_by_key(self, keyed.items_mut(), |(key, _)| key)
            .map_err(|code| self.fail(id, code))?;
        let mut list = self.arena.list(0);
        for (_, element) in keyed.finish() {
            list.push(*element).map_err(|code| self.fail(id, code))?;
        }
        Ok(Value::List(list.finish()))
    }

    fn collect_map(&mut self, id: OpId, task: Loop, mut visit: Visit<'a>) -> Outcome<'a> {
        let mut map = self.arena.list(0);
        while self.step(id, task, &mut visit)?.is_some() {
            if self.passes(task.filter)? {
                let key = self.local(task.first);
                let value = self.value(task.body)?;
                map.push((key, value)).map_err(|code| self.fail(id, code))?;
            }
        }
        self.finish_map(id, map)
    }

    fn collect_entries(&mut self, id: OpId, task: Loop, mut visit: Visit<'a>) -> Outcome<'a> {
        let mut map = self.arena.list(0);
        while self.step(id, task, &mut visit)?.is_some() {
            if !self.passes(task.filter)? {
                continue;
            }
            let built = self.value(task.body)?;
            self.charge(task.body, built.sorting_gas())?;
            let entries = built.as_map();
            let entries =
                entries.ok_or_else(|| self.fail(task.body, ErrorCode::NoMatchingOverload))?;
            for (key, value) in entries {
                let value = value.map_err(|code| self.fail(task.body, code))?;
                self.charge(id, 1)?;
                map.push((key, value)).map_err(|code| self.fail(id, code))?;
            }
        }
        self.finish_map(id, map)
    }

    /// `optMap` and, `flat`, `optFlatMap`.
    pub(super) fn map_optional(
        &mut self,
        id: OpId,
        local: u32,
        value: OpId,
        body: OpId,
        flat: bool,
    ) -> Outcome<'a> {
        let inner = match self.value(value)? {
            Value::Optional(None) => return Ok(Value::Optional(None)),
            Value::Optional(Some(inner)) => *inner,
            _ => return Err(self.fail(value, ErrorCode::NoMatchingOverload)),
        };
        self.set_local(local, inner);
        let mapped = self.value(body)?;
        match (flat, mapped) {
            (true, Value::Optional(_)) => Ok(mapped),
            (true, _) => Err(self.fail(body, ErrorCode::NoMatchingOverload)),
            (false, _) => {
                let mapped = self
                    .arena
                    .value(mapped)
                    .map_err(|code| self.fail(id, code))?;
                Ok(Value::Optional(Some(mapped)))
            }
        }
    }
}
