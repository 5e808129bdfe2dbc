//! Evaluates the conditions of an expression on a call, and tells which of them decided.

use callgate_model::{Diagnostic, Limits};

use super::tree::decisions;
use super::{Decision, Truth, Visits};
use crate::arena::Arena;
use crate::environment::{Activation, Environment, SlotId};
use crate::gas::Gas;
use crate::program::Program;
use crate::syntax::ast::{Ast, NodeId};
use crate::value::Value;

/// The decisions of one expression, ready to be watched.
#[derive(Debug)]
pub struct Conditions {
    decisions: Vec<Watched>,
    limits: Limits,
}

/// The truths of a decision's conditions in one evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The number of the decision.
    pub decision: usize,
    /// In the order of its conditions.
    pub truths: Vec<Truth>,
}

/// A decision with a program for each of its parts.
#[derive(Debug)]
struct Watched {
    decision: Decision,
    conditions: Vec<Program>,
    /// What is gone through for it, innermost last.
    ranges: Vec<Opened>,
    /// How many places an activation has there.
    places: usize,
}

/// What a macro goes through, and the places of its variables.
#[derive(Debug)]
struct Opened {
    program: Program,
    places: Vec<usize>,
    visits: Visits,
}

impl Conditions {
    /// Takes an expression apart.
    ///
    /// # Errors
    /// What the parser or the compiler has to say about it.
    pub fn new(
        source: &str,
        environment: &Environment,
        limits: &Limits,
    ) -> Result<Self, Vec<Diagnostic>> {
        let ast = crate::parse(source, limits)?;
        let mut watched: Vec<(Watched, Environment)> = Vec::new();
        for decision in decisions(&ast) {
            let outer = decision.within.and_then(|(outer, _)| watched.get(outer));
            let mut environment = outer.map_or(environment, |(_, inner)| inner).clone();
            let mut ranges = Vec::with_capacity(decision.ranges.len());
            for range in &decision.ranges {
                let program = part(&ast, range.node, &environment, limits)?;
                for name in &range.variables {
                    environment = environment.with_variable(name);
                }
                let names = range.variables.iter().map(|name| &**name);
                let places = names.filter_map(|name| environment.slot(name).map(SlotId::index));
                ranges.push(Opened {
                    program,
                    places: places.collect(),
                    visits: range.visits,
                });
            }
            let conditions = decision.conditions.iter();
            let conditions: Result<Vec<Program>, _> = conditions
                .map(|condition| part(&ast, condition.node, &environment, limits))
                .collect();
            let places = environment.declarations().len();
            let conditions = conditions?;
            let own = Watched {
                decision,
                conditions,
                ranges,
                places,
            };
            watched.push((own, environment));
        }
        Ok(Self {
            decisions: watched.into_iter().map(|(own, _)| own).collect(),
            limits: limits.clone(),
        })
    }

    /// The decisions, outer ones before those within them.
    pub fn decisions(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().map(|watched| &watched.decision)
    }

    /// What every decision saw on these values. One within another is looked at only where the
    /// condition that holds it decided; the body of a macro once an element.
    pub fn watch(&self, values: &Activation<'_>) -> Vec<Seen> {
        let arena = Arena::new(self.limits.arena_bytes);
        let mut watch = Watch {
            conditions: self,
            arena: &arena,
            gas: Gas::new(self.limits.gas),
            seen: Vec::new(),
        };
        watch.decision(0, values);
        watch.seen
    }
}

/// The program of a part; it reads what the whole can read there.
fn part(
    ast: &Ast,
    id: NodeId,
    environment: &Environment,
    limits: &Limits,
) -> Result<Program, Vec<Diagnostic>> {
    let ast = crate::parse(ast.text(ast.node(ast.ungrouped(id)).span), limits)?;
    crate::compile(&ast, environment, limits)
}

struct Watch<'c> {
    conditions: &'c Conditions,
    arena: &'c Arena,
    gas: Gas,
    seen: Vec<Seen>,
}

impl Watch<'_> {
    /// Sees the decision with this number, and those within it.
    fn decision(&mut self, number: usize, values: &Activation<'_>) {
        let conditions = self.conditions;
        let Some(watched) = conditions.decisions.get(number) else {
            return;
        };
        let mut truths: Vec<Truth> = Vec::with_capacity(watched.conditions.len());
        for program in &watched.conditions {
            let value = program.eval(values, self.arena, &mut self.gas);
            truths.push(value.ok().and_then(Value::as_bool));
        }
        self.seen.push(Seen {
            decision: number,
            truths: truths.clone(),
        });
        let all = conditions.decisions.iter().enumerate();
        for (inner, below) in all.skip(number.saturating_add(1)) {
            if let Some((outer, condition)) = below.decision.within
                && outer == number
                && watched.decision.decides(&truths, condition)
            {
                let mut values = values.to_vec();
                values.resize(below.places, None);
                self.visit(inner, &below.ranges, &values);
            }
        }
    }

    /// Goes through the ranges that are left, and sees the decision with every choice of values.
    fn visit(&mut self, number: usize, ranges: &[Opened], values: &Activation<'_>) {
        let Some((opened, rest)) = ranges.split_first() else {
            self.decision(number, values);
            return;
        };
        let Ok(range) = opened.program.eval(values, self.arena, &mut self.gas) else {
            return;
        };
        for (key, value) in visited(range, opened.visits) {
            let single = match opened.visits == Visits::Elements && range.is_map() {
                true => key,
                false => value,
            };
            let bound = match opened.places.as_slice() {
                [place] => vec![(*place, single)],
                [first, second] => vec![(*first, key), (*second, value)],
                _ => Vec::new(),
            };
            let mut inner = values.to_vec();
            for (place, value) in bound {
                if let Some(slot) = inner.get_mut(place) {
                    *slot = Some(value);
                }
            }
            self.visit(number, rest, &inner);
        }
    }
}

/// What a macro's variables stand for, one after the other: place or key, and value.
fn visited(range: Value<'_>, visits: Visits) -> Vec<(Value<'_>, Value<'_>)> {
    match visits {
        Visits::Value => vec![(range, range)],
        Visits::Optional => match range {
            Value::Optional(Some(value)) => vec![(*value, *value)],
            _ => Vec::new(),
        },
        Visits::Elements => {
            if let Some(entries) = range.as_map() {
                return entries
                    .filter_map(|(key, value)| Some((key, value.ok()?)))
                    .collect();
            }
            let elements = range.as_list().into_iter().flatten().filter_map(Result::ok);
            (0i64..).map(Value::Int).zip(elements).collect()
        }
    }
}
