//! Objects: which members there are, and what each is.

use callgate_json::Object;

use super::place::{Place, Step};
use super::{At, Run, Seen, Verdict, message};
use crate::node::{NodeId, ObjectRule};
use crate::pattern::Pattern;

impl Run<'_, '_> {
    pub(super) fn object(
        &mut self,
        id: NodeId,
        rule: &ObjectRule,
        object: Object<'_>,
        at: At<'_, '_>,
        seen: Option<&mut Seen>,
    ) -> Verdict {
        let size = object.len() as u64;
        Ok(match rule {
            ObjectRule::MinProperties(least) => {
                size >= *least
                    || self.broken(id, "minProperties", at, || {
                        message::shorter(*least, "members")
                    })
            }
            ObjectRule::MaxProperties(most) => {
                size <= *most
                    || self.broken(id, "maxProperties", at, || {
                        message::longer(*most, "members")
                    })
            }
            ObjectRule::Required(names) => self.required(id, "required", names, object, at)?,
            ObjectRule::DependentRequired(dependent) => {
                let mut valid = true;
                for (name, names) in dependent {
                    self.budget.charge(1)?;
                    if object.contains(name) {
                        valid &= self.required(id, "dependentRequired", names, object, at)?;
                    }
                }
                valid
            }
            ObjectRule::Names(schema) => self.names(*schema, object, at)?,
            ObjectRule::Members {
                named,
                patterns,
                rest,
            } => self.members(named, patterns, *rest, object, at, seen)?,
        })
    }

    fn required(
        &mut self,
        id: NodeId,
        keyword: &'static str,
        names: &[Box<str>],
        object: Object<'_>,
        at: At<'_, '_>,
    ) -> Verdict {
        let mut valid = true;
        for name in names {
            self.budget.charge(1)?;
            valid &=
                object.contains(name) || self.broken(id, keyword, at, || message::required(name));
            if !valid && !self.lists_more() {
                return Ok(false);
            }
        }
        Ok(valid)
    }

    fn names(&mut self, schema: NodeId, object: Object<'_>, at: At<'_, '_>) -> Verdict {
        let mut valid = true;
        for name in object.keys() {
            let text = name.as_str().unwrap_or_default();
            let place = Place {
                outer: Some(at.place),
                step: Step::Member(text),
            };
            valid &= self.node(schema, at.part(name, &place), None)?;
            if !valid && !self.lists_more() {
                return Ok(false);
            }
        }
        Ok(valid)
    }

    fn members(
        &mut self,
        named: &[(Box<str>, NodeId)],
        patterns: &[(Pattern, NodeId)],
        rest: Option<NodeId>,
        object: Object<'_>,
        at: At<'_, '_>,
        mut seen: Option<&mut Seen>,
    ) -> Verdict {
        let mut valid = true;
        for (index, (name, member)) in object.iter().enumerate() {
            self.budget.charge(1)?;
            self.budget.charge_bytes(name.len())?;
            let place = Place {
                outer: Some(at.place),
                step: Step::Member(name),
            };
            let part = at.part(member, &place);
            let mut judged = false;
            let found = named.binary_search_by(|(known, _)| known.as_ref().cmp(name));
            if let Some((_, schema)) = found.ok().and_then(|found| named.get(found)) {
                judged = true;
                valid &= self.node(*schema, part, None)?;
            }
            for (pattern, schema) in patterns {
                if pattern.matches(name, self.budget)? {
                    judged = true;
                    valid &= self.node(*schema, part, None)?;
                }
            }
            if let Some(rest) = rest.filter(|_| !judged) {
                judged = true;
                valid &= self.node(rest, part, None)?;
            }
            if !valid && !self.lists_more() {
                return Ok(false);
            }
            if let Some(seen) = seen.as_deref_mut().filter(|_| judged) {
                seen.add(index);
            }
        }
        Ok(valid)
    }

    pub(super) fn unevaluated_properties(
        &mut self,
        rest: NodeId,
        object: Object<'_>,
        at: At<'_, '_>,
        seen: Option<&mut Seen>,
    ) -> Verdict {
        let mut valid = true;
        for (index, (name, member)) in object.iter().enumerate() {
            self.budget.charge(1)?;
            if seen.as_ref().is_some_and(|seen| seen.has(index)) {
                continue;
            }
            let place = Place {
                outer: Some(at.place),
                step: Step::Member(name),
            };
            valid &= self.node(rest, at.part(member, &place), None)?;
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
