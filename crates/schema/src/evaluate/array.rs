//! Arrays: how many elements, which ones, and what each is.

use callgate_json::Array;

use super::place::{Place, Step};
use super::{At, Run, Seen, Verdict, message};
use crate::node::{ArrayRule, NodeId};
use crate::{Refusal, key};

impl Run<'_, '_> {
    pub(super) fn array(
        &mut self,
        id: NodeId,
        rule: &ArrayRule,
        array: Array<'_>,
        at: At<'_, '_>,
        seen: Option<&mut Seen>,
    ) -> Verdict {
        let size = array.len() as u64;
        Ok(match rule {
            ArrayRule::MinItems(least) => {
                size >= *least
                    || self.broken(id, "minItems", at, || message::shorter(*least, "items"))
            }
            ArrayRule::MaxItems(most) => {
                size <= *most || self.broken(id, "maxItems", at, || message::longer(*most, "items"))
            }
            ArrayRule::Unique => {
                self.are_unique(array)? || self.broken(id, "uniqueItems", at, message::not_unique)
            }
            ArrayRule::Items { prefix, rest } => self.items(prefix, *rest, array, at, seen)?,
            ArrayRule::Contains {
                schema,
                least,
                most,
            } => {
                let count = self.count_matching(*schema, array, at, seen)?;
                let few = count < *least;
                let many = most.is_some_and(|most| count > most);
                let keyword = if many { "maxContains" } else { "contains" };
                !(few || many) || self.broken(id, keyword, at, || message::contains(*least, *most))
            }
        })
    }

    fn items(
        &mut self,
        prefix: &[NodeId],
        rest: Option<NodeId>,
        array: Array<'_>,
        at: At<'_, '_>,
        seen: Option<&mut Seen>,
    ) -> Verdict {
        let mut valid = true;
        let mut elements = array.iter().enumerate();
        let schemas = prefix
            .iter()
            .copied()
            .map(Some)
            .chain(core::iter::repeat(rest));
        let mut judged = 0usize;
        for ((index, element), schema) in elements.by_ref().zip(schemas) {
            let Some(schema) = schema else { break };
            let place = Place {
                outer: Some(at.place),
                step: Step::Element(index),
            };
            valid &= self.node(schema, at.part(element, &place), None)?;
            if !valid && !self.lists_more() {
                return Ok(false);
            }
            judged = index.saturating_add(1);
        }
        if let Some(seen) = seen {
            if judged == array.len() {
                seen.add_everything();
            } else {
                (0..judged).for_each(|index| seen.add(index));
            }
        }
        Ok(valid)
    }

    fn count_matching(
        &mut self,
        schema: NodeId,
        array: Array<'_>,
        at: At<'_, '_>,
        mut seen: Option<&mut Seen>,
    ) -> Result<u64, Refusal> {
        let mut count = 0u64;
        self.quiet = self.quiet.saturating_add(1);
        for (index, element) in array.iter().enumerate() {
            if self.node(schema, at.part(element, at.place), None)? {
                count = count.saturating_add(1);
                if let Some(seen) = &mut seen {
                    seen.add(index);
                }
            }
        }
        self.quiet = self.quiet.saturating_sub(1);
        Ok(count)
    }

    /// Writes the key of every element and sorts the keys.
    fn are_unique(&mut self, array: Array<'_>) -> Verdict {
        if array.len() < 2 {
            return Ok(true);
        }
        let mut keys = Vec::new();
        let mut ends = Vec::with_capacity(array.len());
        for element in array.iter() {
            key::write(element, &mut keys, self.budget)?;
            ends.push(keys.len());
        }
        let steps = u64::from(ends.len().ilog2()).saturating_add(1);
        let once = (keys.len() as u64 / 16).saturating_add(ends.len() as u64);
        self.budget.charge(once.saturating_mul(steps))?;
        let mut start = 0;
        let cut = ends.into_iter().map(|end| {
            let key = keys.get(start..end).unwrap_or_default();
            start = end;
            key
        });
        let mut sorted: Vec<&[u8]> = cut.collect();
        callgate_json::sort_by(&mut sorted, Ord::cmp);
        Ok(!sorted
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if a == b)))
    }

    pub(super) fn unevaluated_items(
        &mut self,
        rest: NodeId,
        array: Array<'_>,
        at: At<'_, '_>,
        seen: Option<&mut Seen>,
    ) -> Verdict {
        let mut valid = true;
        for (index, element) in array.iter().enumerate() {
            self.budget.charge(1)?;
            if seen.as_ref().is_some_and(|seen| seen.has(index)) {
                continue;
            }
            let place = Place {
                outer: Some(at.place),
                step: Step::Element(index),
            };
            valid &= self.node(rest, at.part(element, &place), None)?;
            if !valid && !self.lists_more() {
                return Ok(false);
            }
        }
        if let Some(seen) = seen {
            seen.add_everything();
        }
        Ok(valid)
    }
}
