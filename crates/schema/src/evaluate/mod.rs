//! Judges a value: walks the rules of a schema and the value together, and pays for each step.

use callgate_json::{Value, View};

use crate::node::{NodeId, ResourceId, Rule, Types};
use crate::{Budget, Outcome, Refusal, Schema, Violation, key};

mod applied;
mod array;
mod message;
mod number;
mod object;
mod place;
mod seen;
mod text;

use place::Place;
use seen::Seen;

/// What one run needs beside the place it is at.
struct Run<'s, 'b> {
    schema: &'s Schema,
    budget: &'b mut Budget,
    /// `None` when nobody asks for the violations.
    violations: Option<Vec<Violation>>,
    /// How many schemas are open whose violations do not count, as within `not`.
    quiet: u32,
    /// Where keys of values are written; kept for its room.
    key: Vec<u8>,
}

/// Where a run is: the part of the value, and how it got there.
#[derive(Clone, Copy)]
struct At<'p, 'd> {
    value: Value<'d>,
    place: &'p Place<'p>,
    entered: &'p Entered<'p>,
    depth: u32,
}

/// The resources that were entered, innermost first: the dynamic scope.
#[derive(Clone, Copy)]
struct Entered<'p> {
    resource: ResourceId,
    before: Option<&'p Entered<'p>>,
}

/// Whether a value is valid, or why that cannot be told.
type Verdict = Result<bool, Refusal>;

impl Schema {
    /// Whether `value` is valid. Stops at the first violation.
    ///
    /// # Errors
    /// A [`Refusal`] when the value cannot be judged within `budget` and the limits; treat it as
    /// "not valid".
    pub fn is_valid(&self, value: Value<'_>, budget: &mut Budget) -> Result<bool, Refusal> {
        self.run(value, budget, None).map(|outcome| outcome.valid)
    }

    /// Judges `value` and lists what is wrong with it.
    ///
    /// # Errors
    /// As [`is_valid`](Self::is_valid).
    pub fn validate(&self, value: Value<'_>, budget: &mut Budget) -> Result<Outcome, Refusal> {
        self.run(value, budget, Some(Vec::new()))
    }

    fn run(
        &self,
        value: Value<'_>,
        budget: &mut Budget,
        violations: Option<Vec<Violation>>,
    ) -> Result<Outcome, Refusal> {
        let mut run = Run {
            schema: self,
            budget,
            violations,
            quiet: 0,
            key: Vec::new(),
        };
        let entered = Entered {
            resource: 0,
            before: None,
        };
        let at = At {
            value,
            place: &Place::ROOT,
            entered: &entered,
            depth: 0,
        };
        let valid = run.node(0, at, None)?;
        let violations = run.violations.unwrap_or_default();
        Ok(Outcome { valid, violations })
    }
}

impl<'d> At<'_, 'd> {
    /// A part of the value, one step further.
    fn part<'q>(&'q self, value: Value<'d>, place: &'q Place<'q>) -> At<'q, 'd> {
        At {
            value,
            place,
            entered: self.entered,
            depth: self.depth,
        }
    }
}

impl Run<'_, '_> {
    /// Judges a value by one schema. `seen` gathers the parts of the value that were judged, if
    /// somebody asks.
    fn node(&mut self, id: NodeId, at: At<'_, '_>, seen: Option<&mut Seen>) -> Verdict {
        self.budget.charge(1)?;
        let Some(node) = self.schema.nodes.get(id as usize) else {
            return Ok(false);
        };
        let depth = at.depth.saturating_add(1);
        if depth > self.schema.limits.depth {
            return Err(Refusal::TooDeep);
        }
        let entered = Entered {
            resource: node.resource,
            before: Some(at.entered),
        };
        let enters = self.schema.dynamic && node.resource != at.entered.resource;
        let entered = if enters { &entered } else { at.entered };
        let at = At {
            depth,
            entered,
            ..at
        };
        if matches!(
            node.rules.last(),
            Some(Rule::UnevaluatedItems(_) | Rule::UnevaluatedProperties(_))
        ) {
            return self.with_own_seen(id, at, seen);
        }
        self.rules(id, at, seen)
    }

    /// What the rest of the value was judged by is known within this schema only.
    fn with_own_seen(&mut self, id: NodeId, at: At<'_, '_>, seen: Option<&mut Seen>) -> Verdict {
        let mut own = Seen::default();
        let valid = self.rules(id, at, Some(&mut own))?;
        if let Some(seen) = seen {
            self.budget.charge(own.weight())?;
            seen.add_all(&own);
        }
        Ok(valid)
    }

    fn rules(&mut self, id: NodeId, at: At<'_, '_>, mut seen: Option<&mut Seen>) -> Verdict {
        let schema = self.schema;
        let rules = schema
            .nodes
            .get(id as usize)
            .map(|node| node.rules.as_slice());
        let view = at.value.view();
        let mut valid = true;
        for rule in rules.unwrap_or_default() {
            self.budget.charge(1)?;
            valid &= match (rule, view) {
                (Rule::Never, _) => self.broken(id, "", at, message::never),
                (Rule::Type(types), view) => self.has_type(id, *types, view, at)?,
                (
                    Rule::OneOfValues {
                        keyword,
                        texts,
                        keys,
                    },
                    view,
                ) => {
                    self.is_one_of(view, at.value, texts, keys)?
                        || self.broken(id, keyword, at, || message::value(keyword))
                }
                (Rule::Number(rule), View::Number(number)) => self.number(id, rule, number, at)?,
                (Rule::Text(rule), View::String(text)) => self.text(id, rule, text, at)?,
                (Rule::Array(rule), View::Array(array)) => {
                    self.array(id, rule, array, at, seen.as_deref_mut())?
                }
                (Rule::Object(rule), View::Object(object)) => {
                    self.object(id, rule, object, at, seen.as_deref_mut())?
                }
                (Rule::Number(_) | Rule::Text(_) | Rule::Array(_) | Rule::Object(_), _) => true,
                (Rule::Apply(apply), _) => self.apply(id, apply, at, seen.as_deref_mut())?,
                (Rule::UnevaluatedItems(rest), View::Array(array)) => {
                    self.unevaluated_items(*rest, array, at, seen.as_deref_mut())?
                }
                (Rule::UnevaluatedProperties(rest), View::Object(object)) => {
                    self.unevaluated_properties(*rest, object, at, seen.as_deref_mut())?
                }
                (Rule::UnevaluatedItems(_) | Rule::UnevaluatedProperties(_), _) => true,
            };
            if !valid && !self.lists_more() {
                return Ok(false);
            }
        }
        Ok(valid)
    }

    fn has_type(&mut self, id: NodeId, types: Types, view: View<'_>, at: At<'_, '_>) -> Verdict {
        let holds = match view {
            View::Null => types.has(Types::NULL),
            View::Bool(_) => types.has(Types::BOOLEAN),
            View::Object(_) => types.has(Types::OBJECT),
            View::Array(_) => types.has(Types::ARRAY),
            View::String(_) => types.has(Types::STRING),
            View::Number(_) if types.has(Types::NUMBER) => true,
            View::Number(number) => types.has(Types::INTEGER) && number::is_integer(number)?,
        };
        Ok(holds || self.broken(id, "type", at, || message::types(types)))
    }

    fn is_one_of(
        &mut self,
        view: View<'_>,
        value: Value<'_>,
        texts: &[Box<str>],
        keys: &[Box<[u8]>],
    ) -> Verdict {
        if let View::String(text) = view {
            self.budget.charge_bytes(text.len())?;
            return Ok(texts
                .binary_search_by(|known| known.as_ref().cmp(text))
                .is_ok());
        }
        if keys.is_empty() {
            return Ok(false);
        }
        self.key.clear();
        key::write(value, &mut self.key, self.budget)?;
        let key = self.key.as_slice();
        Ok(keys
            .binary_search_by(|known| known.as_ref().cmp(key))
            .is_ok())
    }

    /// Whether further violations are wanted after one.
    fn lists_more(&self) -> bool {
        let most = self.schema.limits.violations as usize;
        let listed = self.violations.as_ref().map(Vec::len);
        self.quiet == 0 && listed.is_some_and(|listed| listed < most)
    }

    /// Notes that a rule is broken; always false, so that it can end an expression.
    fn broken(
        &mut self,
        id: NodeId,
        keyword: &'static str,
        at: At<'_, '_>,
        message: impl FnOnce() -> String,
    ) -> bool {
        if !self.lists_more() {
            return false;
        }
        let node = self.schema.nodes.get(id as usize);
        let mut schema = self.schema.location(id);
        if !keyword.is_empty() {
            schema.push('/');
            schema.push_str(keyword);
        }
        let bytes = self.schema.limits.text_bytes;
        let violation = Violation {
            instance: at.place.pointer(bytes),
            schema: crate::pointer::cut(schema, bytes),
            keyword: if keyword.is_empty() {
                node.map_or("", |node| node.keyword)
            } else {
                keyword
            },
            message: crate::pointer::cut(message(), bytes),
        };
        if let Some(violations) = &mut self.violations {
            violations.push(violation);
        }
        false
    }
}
