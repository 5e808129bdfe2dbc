//! Comparisons of attributes with literals, done in one step.

use callgate_json as json;

use super::Evaluation;
use crate::gas::BYTES_PER_UNIT;
use crate::program::{Fused, Path, PoolId, TextTest};
use crate::value::Value;

/// What an operation costs itself, and each operand that is no path.
const UNIT: u64 = 1;

impl<'a> Evaluation<'a, '_> {
    /// The truth of an operation, for the gas that it costs. `None` when an attribute is absent, of
    /// another kind than the literal beside it, or more than is left has to be spent: then the
    /// operation itself decides, or finds the error.
    #[inline(never)]
    pub(super) fn fused(&mut self, fused: &Fused) -> Option<bool> {
        let program = self.program;
        let (truth, cost) = match *fused {
            Fused::No | Fused::Shared(_) => return None,
            Fused::SlotText { slot, text, equal } => {
                let Some(Value::String(found)) = self.slots.get(slot.index())? else {
                    return None;
                };
                let (same, cost) = same(found.as_bytes(), program.text(text).as_bytes());
                (same == equal, UNIT.wrapping_add(cost))
            }
            Fused::SlotSet { slot, set } => {
                let Some(Value::String(found)) = self.slots.get(slot.index())? else {
                    return None;
                };
                (program.sets.get(set as usize)?.has(found), UNIT)
            }
            Fused::PathText { path, text, equal } => {
                let (found, cost) = self.look(path)?;
                let (same, more) = same(found.as_bytes()?, program.text(text).as_bytes());
                (same == equal, cost.wrapping_add(more))
            }
            Fused::PathSet { path, set } => {
                let (found, cost) = self.look(path)?;
                (program.sets.get(set as usize)?.has(found.as_str()?), cost)
            }
            Fused::PathInt {
                relation,
                path,
                literal,
            } => {
                let (found, cost) = self.look(path)?;
                let order = found.as_small_integer()?.cmp(&literal);
                (relation.holds(order), cost.wrapping_add(UNIT))
            }
            Fused::Paths { left, right, equal } => {
                let (left, left_cost) = self.look(left)?;
                let (right, right_cost) = self.look(right)?;
                let (same, cost) = same(left.as_bytes()?, right.as_bytes()?);
                let operands = left_cost.wrapping_add(right_cost);
                (same == equal, operands.wrapping_add(cost))
            }
            Fused::PathTest { test, path, text } => {
                let (found, cost) = self.look(path)?;
                let (truth, more) = self.fused_test(test, found, text)?;
                (truth, cost.wrapping_add(more))
            }
            Fused::PathMatches { path, regex } => {
                let (found, cost) = self.look(path)?;
                let found = found.as_str()?;
                self.gas.spend(UNIT.wrapping_add(cost))?;
                let pattern = program.regexes.get(regex as usize)?;
                return pattern.matches(found, self.gas).ok();
            }
        };
        self.gas.spend(UNIT.wrapping_add(cost))?;
        Some(truth)
    }

    #[inline(never)]
    fn fused_test(
        &self,
        test: TextTest,
        found: json::Value<'a>,
        part: PoolId,
    ) -> Option<(bool, u64)> {
        let part = self.program.text(part);
        let (truth, bytes) = match test {
            TextTest::Contains => {
                let found = found.as_str()?;
                let looked_at = found.len().wrapping_add(part.len());
                // What cannot be paid for is not done.
                if self.gas.left() < (looked_at / BYTES_PER_UNIT) as u64 {
                    return None;
                }
                (found.contains(part), looked_at)
            }
            TextTest::StartsWith => (
                json::starts_with(found.as_bytes()?, part.as_bytes()),
                part.len(),
            ),
            TextTest::EndsWith => (
                json::ends_with(found.as_bytes()?, part.as_bytes()),
                part.len(),
            ),
        };
        Some((truth, UNIT.wrapping_add((bytes / BYTES_PER_UNIT) as u64)))
    }

    /// Where a path leads through JSON objects, and what reading it costs.
    #[inline(always)]
    fn look(&mut self, path: PoolId) -> Option<(json::Value<'a>, u64)> {
        let path = self.program.paths.get(path as usize)?;
        let cost = UNIT.wrapping_add(path.keys.len() as u64);
        match self.kept.get(usize::from(path.kept)) {
            Some(Some(found)) => Some((*found, cost)),
            Some(None) => Some((self.follow_and_keep(path)?, cost)),
            None => Some((self.follow(path)?, cost)),
        }
    }

    fn follow_and_keep(&mut self, path: &Path) -> Option<json::Value<'a>> {
        let found = self.follow(path)?;
        let place = self.kept.get_mut(usize::from(path.kept))?;
        *place = Some(found);
        Some(found)
    }

    #[inline]
    fn follow(&self, path: &Path) -> Option<json::Value<'a>> {
        let Some(Value::JsonMap(object)) = self.slots.get(path.slot.index())? else {
            return None;
        };
        let mut object = *object;
        let ((last, _), keys) = path.keys.split_last()?;
        for (key, _) in keys {
            object = object.get(key)?.as_object()?;
        }
        object.get(last)
    }
}

/// Whether two texts are the same, and what finding out costs.
#[inline(always)]
fn same(left: &[u8], right: &[u8]) -> (bool, u64) {
    if left.len() != right.len() {
        return (false, 0);
    }
    (
        json::same_bytes(left, right),
        (left.len() / BYTES_PER_UNIT) as u64,
    )
}

#[cfg(test)]
mod tests;
