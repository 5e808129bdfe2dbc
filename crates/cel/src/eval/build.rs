//! Values that have to be built: list and map literals, whole structs.

use super::{Evaluation, Outcome};
use crate::environment::{Entity, StructId};
use crate::error::{ErrorCode, EvalError};
use crate::program::{OpId, Operands};
use crate::value::{Kind, Value, blocks, sort_pairs, steps};

type Pair<'a> = (Value<'a>, Value<'a>);

impl<'a> Evaluation<'a, '_> {
    pub(super) fn list(&mut self, id: OpId, operands: Operands) -> Outcome<'a> {
        let operands = self.program.operands_of(operands);
        let mut list = self.arena.list(operands.len());
        for operand in operands {
            let value = self.value(*operand)?;
            list.push(value).map_err(|code| self.fail(id, code))?;
        }
        Ok(Value::List(list.finish()))
    }

    pub(super) fn optional_list(&mut self, id: OpId, operands: Operands) -> Outcome<'a> {
        let operands = self.program.operands_of(operands);
        let mut list = self.arena.list(operands.len());
        for element in operands.chunks_exact(2) {
            let &[value, optional] = element else {
                continue;
            };
            if let Some(value) = self.maybe(id, value, optional)? {
                list.push(value).map_err(|code| self.fail(id, code))?;
            }
        }
        Ok(Value::List(list.finish()))
    }

    /// The value of an element or entry; `None` when it is an empty optional.
    fn maybe(
        &mut self,
        id: OpId,
        value: OpId,
        optional: OpId,
    ) -> Result<Option<Value<'a>>, EvalError> {
        let value = self.value(value)?;
        if !self.truth(optional)? {
            return Ok(Some(value));
        }
        match value {
            Value::Optional(inner) => Ok(inner.copied()),
            _ => Err(self.fail(id, ErrorCode::NoMatchingOverload)),
        }
    }

    pub(super) fn map(&mut self, id: OpId, operands: Operands) -> Outcome<'a> {
        let operands = self.program.operands_of(operands);
        let mut map = self.arena.list(operands.len() / 2);
        for entry in operands.chunks_exact(2) {
            let &[key, value] = entry else { continue };
            let pair = (self.key(key)?, self.value(value)?);
            map.push(pair).map_err(|code| self.fail(id, code))?;
        }
        self.finish_map(id, map)
    }

    pub(super) fn optional_map(&mut self, id: OpId, operands: Operands) -> Outcome<'a> {
        let operands = self.program.operands_of(operands);
        let mut map = self.arena.list(operands.len() / 3);
        for entry in operands.chunks_exact(3) {
            let &[key, value, optional] = entry else {
                continue;
            };
            let key = self.key(key)?;
            if let Some(value) = self.maybe(id, value, optional)? {
                map.push((key, value)).map_err(|code| self.fail(id, code))?;
            }
        }
        self.finish_map(id, map)
    }

    fn key(&mut self, id: OpId) -> Outcome<'a> {
        let key = self.value(id)?;
        match key.kind() {
            Kind::Bool | Kind::Int | Kind::Uint | Kind::String => Ok(key),
            _ => Err(self.fail(id, ErrorCode::UnsupportedKey)),
        }
    }

    pub(super) fn finish_map(
        &mut self,
        id: OpId,
        mut map: crate::arena::Building<'a, Pair<'a>>,
    ) -> Outcome<'a> {
        let pairs = map.items_mut();
        let size = (pairs.len() as u64)
            .saturating_add(blocks(pairs.iter().map(|(key, _)| key.byte_len())));
        self.charge(id, size.saturating_mul(steps(pairs.len())))?;
        sort_pairs(pairs).map_err(|_| self.fail(id, ErrorCode::DuplicateKey))?;
        Ok(Value::Map(map.finish()))
    }

    /// A whole struct as a map of the attributes that are there.
    pub(super) fn structure(&mut self, id: OpId, structure: StructId) -> Outcome<'a> {
        let program = self.program;
        let fields = program.structure(structure);
        let mut map = self.arena.list(fields.len());
        for (name, entity) in fields {
            self.charge(id, 1)?;
            let value = match entity {
                Entity::Slot(slot) => self.slot(*slot),
                Entity::Struct(inner) if self.has_struct(*inner) => {
                    Some(self.structure(id, *inner)?)
                }
                Entity::Struct(_) => None,
            };
            if let Some(value) = value {
                map.push((Value::String(name), value))
                    .map_err(|code| self.fail(id, code))?;
            }
        }
        Ok(Value::Map(map.finish()))
    }
}
