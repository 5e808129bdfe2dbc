//! `&&` and `||` with error absorption, equality and membership.

use super::Evaluation;
use crate::error::{ErrorCode, EvalError};
use crate::program::{OpId, Operands, PoolId, TextTest};
use crate::value::{Lookup, Value};

impl<'a> Evaluation<'a, '_> {
    /// `&&`: one false operand decides, whatever the others fail with.
    pub(super) fn all_hold(&mut self, operands: Operands) -> Result<bool, EvalError> {
        self.settle(operands, false)
    }

    /// `||`: one true operand decides, whatever the others fail with.
    pub(super) fn any_holds(&mut self, operands: Operands) -> Result<bool, EvalError> {
        self.settle(operands, true)
    }

    fn settle(&mut self, operands: Operands, decisive: bool) -> Result<bool, EvalError> {
        let mut operands = self.program.operands_of(operands).iter();
        while let Some(operand) = operands.next() {
            match self.truth(*operand) {
                Ok(truth) if truth == decisive => return Ok(decisive),
                Ok(_) => {}
                Err(error) => return self.absorb(error, operands.as_slice(), decisive),
            }
        }
        Ok(!decisive)
    }

    /// After an operand has failed: one that decides makes up for it.
    #[cold]
    fn absorb(
        &mut self,
        failure: EvalError,
        operands: &[OpId],
        decisive: bool,
    ) -> Result<bool, EvalError> {
        if failure.is_fatal() {
            return Err(failure);
        }
        for operand in operands {
            match self.truth(*operand) {
                Ok(truth) if truth == decisive => return Ok(decisive),
                Err(error) if error.is_fatal() => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        Err(failure)
    }

    pub(super) fn equal(&mut self, id: OpId, left: OpId, right: OpId) -> Result<bool, EvalError> {
        let (left, right) = (self.operand(left)?, self.operand(right)?);
        if let (Value::String(left), Value::String(right)) = (left, right) {
            return self.same_text(id, left, right);
        }
        left.equals(right, self.gas)
            .map_err(|code| self.fail(id, code))
    }

    /// `operand == "literal"`; what is no text is not equal to one.
    #[inline(always)]
    pub(super) fn equal_text(&mut self, operand: OpId, text: PoolId) -> Result<bool, EvalError> {
        match self.text(operand)? {
            Some(found) => self.same_text(operand, found, self.program.text(text)),
            None => Ok(false),
        }
    }

    #[inline(always)]
    pub(super) fn same_text(
        &mut self,
        id: OpId,
        left: &str,
        right: &str,
    ) -> Result<bool, EvalError> {
        if left.len() != right.len() {
            return Ok(false);
        }
        self.gas
            .charge_bytes(left.len())
            .map_err(|code| self.fail(id, code))?;
        Ok(left == right)
    }

    /// `element in container`
    pub(super) fn membership(
        &mut self,
        id: OpId,
        element: OpId,
        container: OpId,
    ) -> Result<bool, EvalError> {
        let (element, container) = (self.value(element)?, self.value(container)?);
        if container.is_map() {
            self.charge(id, container.search_gas(element))?;
        }
        let found = match container {
            Value::JsonMap(object) => match element {
                Value::String(key) => Ok(object.contains(key)),
                _ => Ok(false),
            },
            Value::Map(_) => container
                .at(element)
                .map(|found| matches!(found, Lookup::Found(_))),
            _ => self.contains(container, element),
        };
        found.map_err(|code| self.fail(id, code))
    }

    /// Whether a list has an element equal to `element`.
    pub(crate) fn contains(
        &mut self,
        list: Value<'a>,
        element: Value<'a>,
    ) -> Result<bool, ErrorCode> {
        for candidate in list.as_list().ok_or(ErrorCode::NoMatchingOverload)? {
            self.gas.charge(1)?;
            if candidate?.equals(element, self.gas)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `operand in [constants]`
    pub(super) fn constant_membership(
        &mut self,
        id: OpId,
        operand: OpId,
        set: PoolId,
    ) -> Result<bool, EvalError> {
        let Some(set) = self.program.sets.get(set as usize) else {
            return Err(self.fail(id, ErrorCode::InvalidArgument));
        };
        if set.others.is_empty() {
            return Ok(self.text(operand)?.is_some_and(|text| set.has(text)));
        }
        let element = self.operand(operand)?;
        if let Value::String(text) = element {
            return Ok(set.has(text));
        }
        for candidate in &set.others {
            self.charge(id, 1)?;
            let candidate: Value<'a> = *candidate;
            if candidate
                .equals(element, self.gas)
                .map_err(|code| self.fail(id, code))?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `text.contains(part)` and its kin.
    pub(super) fn text_test(
        &mut self,
        id: OpId,
        test: TextTest,
        text: OpId,
        part: OpId,
    ) -> Result<bool, EvalError> {
        let (Some(text), Some(part)) = (self.text(text)?, self.text(part)?) else {
            return Err(self.fail(id, ErrorCode::NoMatchingOverload));
        };
        self.place(id, test, text, part)
    }

    /// Whether `part` stands in `text` where the test wants it.
    #[inline(always)]
    pub(super) fn place(
        &mut self,
        id: OpId,
        test: TextTest,
        text: &str,
        part: &str,
    ) -> Result<bool, EvalError> {
        let looked_at = match test {
            TextTest::Contains => text.len().saturating_add(part.len()),
            TextTest::StartsWith | TextTest::EndsWith => part.len(),
        };
        self.gas
            .charge_bytes(looked_at)
            .map_err(|code| self.fail(id, code))?;
        Ok(match test {
            TextTest::Contains => text.contains(part),
            TextTest::StartsWith => text.as_bytes().starts_with(part.as_bytes()),
            TextTest::EndsWith => text.as_bytes().ends_with(part.as_bytes()),
        })
    }

    /// `operand.matches("literal")`
    pub(super) fn literal_match(
        &mut self,
        id: OpId,
        operand: OpId,
        regex: PoolId,
    ) -> Result<bool, EvalError> {
        match self.text(operand)? {
            Some(text) => self.search(id, regex, text),
            None => Err(self.fail(id, ErrorCode::NoMatchingOverload)),
        }
    }

    /// Whether a literal pattern matches anywhere in `text`.
    pub(super) fn search(
        &mut self,
        id: OpId,
        regex: PoolId,
        text: &str,
    ) -> Result<bool, EvalError> {
        let Some(pattern) = self.program.regexes.get(regex as usize) else {
            return Err(self.fail(id, ErrorCode::InvalidArgument));
        };
        pattern
            .matches(text, self.gas)
            .map_err(|code| self.fail(id, code))
    }
}
