//! Macros that visit the elements of a list or the entries of a map.

use super::{Evaluation, Outcome};
use crate::error::{ErrorCode, EvalError};
use crate::functions;
use crate::program::{Loop, LoopKind, OpId, PoolId};
use crate::value::{Elements, Entries, Value};

/// What a macro visits: with one variable, elements or keys.
enum Visit<'a> {
    List(Elements<'a>, i64),
    Map(Entries<'a>),
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
        let range = self.value(task.range)?;
        let visit =
            Visit::of(range).ok_or_else(|| self.fail(task.range, ErrorCode::NoMatchingOverload))?;
        match task.kind {
            LoopKind::All => self.quantify(id, task, visit, false).map(Value::Bool),
            LoopKind::Exists => self.quantify(id, task, visit, true).map(Value::Bool),
            LoopKind::ExistsOne => self.exactly_one(id, task, visit).map(Value::Bool),
            LoopKind::Filter | LoopKind::Transform => self.collect(id, task, visit),
            LoopKind::SortBy => self.sort_by(id, task, visit),
            LoopKind::TransformMap => self.collect_map(id, task, visit),
            LoopKind::TransformMapEntry => self.collect_entries(id, task, visit),
        }
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
            let entries = self.value(task.body)?.as_map();
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
