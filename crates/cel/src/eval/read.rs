//! Reading attributes, paths and variables without building values that are only looked at.

use callgate_json as json;

use super::{Evaluation, Outcome};
use crate::error::{ErrorCode, EvalError};
use crate::program::{Op, OpId, Path, PoolId};
use crate::value::{Lookup, Value};

/// What a path leads to.
enum Found<'a> {
    Json(json::Value<'a>),
    Value(Value<'a>),
}

impl<'a> Evaluation<'a, '_> {
    /// The value of an operation that is likely a literal, a variable or a path.
    #[inline(always)]
    pub(super) fn operand(&mut self, id: OpId) -> Outcome<'a> {
        match *self.op(id) {
            Op::Text(text) => {
                self.charge(id, 1)?;
                Ok(Value::String(self.program.text(text)))
            }
            Op::Local(local) => {
                self.charge(id, 1)?;
                Ok(self.local(local))
            }
            Op::Path(path) => {
                self.charge(id, 1)?;
                self.path(id, path)
            }
            _ => self.value(id),
        }
    }

    /// The text of an operation; `None` when its value is no string.
    #[inline(always)]
    pub(super) fn text(&mut self, id: OpId) -> Result<Option<&'a str>, EvalError> {
        let value = match *self.op(id) {
            Op::Text(text) => {
                self.charge(id, 1)?;
                return Ok(Some(self.program.text(text)));
            }
            Op::Path(path) => {
                self.charge(id, 1)?;
                match self.find(id, path)? {
                    Found::Value(value) => value,
                    Found::Json(value) => match value.view() {
                        json::View::String(text) => return Ok(Some(text)),
                        json::View::Number(_) => {
                            Value::from_json(value).map_err(|code| self.fail(id, code))?
                        }
                        _ => return Ok(None),
                    },
                }
            }
            Op::Slot(slot) => {
                self.charge(id, 1)?;
                self.slot(slot)
                    .ok_or_else(|| self.fail(id, ErrorCode::NoSuchKey))?
            }
            Op::Local(local) => {
                self.charge(id, 1)?;
                self.local(local)
            }
            _ => self.value(id)?,
        };
        Ok(value.as_str())
    }

    /// An attribute and the fields that lead on from it.
    #[inline(always)]
    pub(super) fn path(&mut self, id: OpId, path: PoolId) -> Outcome<'a> {
        match self.find(id, path)? {
            Found::Value(value) => Ok(value),
            Found::Json(value) => Value::from_json(value).map_err(|code| self.fail(id, code)),
        }
    }

    /// Whether the fields of a path are there, all but the last being objects.
    #[inline(always)]
    fn find(&mut self, id: OpId, path: PoolId) -> Result<Found<'a>, EvalError> {
        let Some(path) = self.program.paths.get(path as usize) else {
            return Err(self.fail(id, ErrorCode::InvalidArgument));
        };
        self.charge(id, path.keys.len() as u64)?;
        let (Some(Value::JsonMap(mut object)), Some(((last, span), keys))) =
            (self.slot(path.slot), path.keys.split_last())
        else {
            return self.walk(id, path).map(Found::Value);
        };
        for (key, _) in keys {
            match object.get(key).and_then(json::Value::as_object) {
                Some(inner) => object = inner,
                None => return self.walk(id, path).map(Found::Value),
            }
        }
        match object.get(last) {
            Some(value) => Ok(Found::Json(value)),
            None => Err(EvalError {
                code: ErrorCode::NoSuchKey,
                span: *span,
            }),
        }
    }

    /// A path step by step, through whatever values there are.
    #[inline(never)]
    fn walk(&mut self, id: OpId, path: &'a Path) -> Outcome<'a> {
        let fail = |code, span| EvalError { code, span };
        let slot = self.slot(path.slot);
        let mut value = slot.ok_or_else(|| fail(ErrorCode::NoSuchKey, path.slot_span))?;
        for (key, span) in &path.keys {
            if let Value::Optional(inner) = value {
                value = self.through_optional(id, inner, Value::String(key))?;
                continue;
            }
            value = match value.field(key) {
                Ok(Lookup::Found(value)) => value,
                Ok(Lookup::Absent) => return Err(fail(ErrorCode::NoSuchKey, *span)),
                Err(code) => return Err(fail(code, *span)),
            };
        }
        Ok(value)
    }
}
