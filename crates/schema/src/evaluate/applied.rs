//! Schemas applied to the same value: references, combinations, conditions.

use super::{At, Entered, Run, Seen, Verdict, message};
use crate::Refusal;
use crate::node::{Apply, NodeId, ResourceId};

impl Run<'_, '_> {
    pub(super) fn apply(
        &mut self,
        id: NodeId,
        apply: &Apply,
        at: At<'_, '_>,
        mut seen: Option<&mut Seen>,
    ) -> Verdict {
        match apply {
            Apply::Reference(target) | Apply::Dynamic(target, None) => self.node(*target, at, seen),
            Apply::Dynamic(target, Some(name)) => {
                let target = self.outermost(name, at.entered)?.unwrap_or(*target);
                self.node(target, at, seen)
            }
            Apply::All(schemas) => {
                let mut valid = true;
                for schema in schemas {
                    valid &= self.node(*schema, at, seen.as_deref_mut())?;
                    if !valid && !self.lists_more() {
                        return Ok(false);
                    }
                }
                Ok(valid)
            }
            Apply::Any(schemas) => {
                // Once one holds, the others matter only for what they have seen.
                let most = if seen.is_some() { u64::MAX } else { 1 };
                let held = self.count_holding(schemas, most, at, seen)?;
                Ok(held > 0 || self.broken(id, "anyOf", at, || message::any(schemas.len())))
            }
            Apply::One(schemas) => {
                let held = self.count_holding(schemas, 2, at, seen)?;
                Ok(held == 1 || self.broken(id, "oneOf", at, || message::one(schemas.len(), held)))
            }
            Apply::Not(schema) => {
                let holds = self.holds(*schema, at, None)?;
                Ok(!holds || self.broken(id, "not", at, message::not))
            }
            Apply::If {
                condition,
                then,
                otherwise,
            } => {
                let branch = match self.holds(*condition, at, seen.as_deref_mut())? {
                    true => then,
                    false => otherwise,
                };
                branch.map_or(Ok(true), |branch| self.node(branch, at, seen))
            }
            Apply::Dependent(schemas) => self.dependent(schemas, at, seen),
        }
    }

    /// How many schemas hold, counting up to `most`.
    fn count_holding(
        &mut self,
        schemas: &[NodeId],
        most: u64,
        at: At<'_, '_>,
        mut seen: Option<&mut Seen>,
    ) -> Result<u64, Refusal> {
        let mut held = 0u64;
        for schema in schemas {
            if self.holds(*schema, at, seen.as_deref_mut())? {
                held = held.saturating_add(1);
                if held >= most {
                    break;
                }
            }
        }
        Ok(held)
    }

    /// Whether a schema holds; a schema that does not has seen nothing and violates nothing.
    fn holds(&mut self, schema: NodeId, at: At<'_, '_>, seen: Option<&mut Seen>) -> Verdict {
        self.quiet = self.quiet.saturating_add(1);
        let holds = match seen {
            None => self.node(schema, at, None)?,
            Some(seen) => {
                let mut own = Seen::default();
                let holds = self.node(schema, at, Some(&mut own))?;
                if holds {
                    self.budget.charge(own.weight())?;
                    seen.add_all(&own);
                }
                holds
            }
        };
        self.quiet = self.quiet.saturating_sub(1);
        Ok(holds)
    }

    fn dependent(
        &mut self,
        schemas: &[(Box<str>, NodeId)],
        at: At<'_, '_>,
        mut seen: Option<&mut Seen>,
    ) -> Verdict {
        let Some(object) = at.value.as_object() else {
            return Ok(true);
        };
        let mut valid = true;
        for (name, schema) in schemas {
            self.budget.charge(1)?;
            if object.contains(name) {
                valid &= self.node(*schema, at, seen.as_deref_mut())?;
                if !valid && !self.lists_more() {
                    return Ok(false);
                }
            }
        }
        Ok(valid)
    }

    /// The schema that the outermost entered resource with a `$dynamicAnchor` of this name gives it.
    fn outermost(&mut self, name: &str, entered: &Entered<'_>) -> Result<Option<NodeId>, Refusal> {
        let mut found = None;
        let mut here = Some(entered);
        while let Some(Entered { resource, before }) = here {
            self.budget.charge(1)?;
            found = self.dynamic_anchor(*resource, name).or(found);
            here = *before;
        }
        Ok(found)
    }

    fn dynamic_anchor(&self, resource: ResourceId, name: &str) -> Option<NodeId> {
        let anchors = &self.schema.dynamic_anchors;
        let order = |(other, anchor, _): &(ResourceId, Box<str>, NodeId)| {
            other.cmp(&resource).then_with(|| anchor.as_ref().cmp(name))
        };
        let found = anchors.binary_search_by(order).ok()?;
        anchors.get(found).map(|(_, _, node)| *node)
    }
}
