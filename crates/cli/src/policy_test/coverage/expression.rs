//! Coverage of expressions: every condition of every decision.

use std::collections::BTreeSet;
use std::rc::Rc;

use callgate_cel::conditions::{Condition, Conditions, Truth};
use callgate_engine::environment;
use callgate_model::{Explanation, Limits};
use callgate_release::AllowCombining;

use super::{Gap, PolicyCoverage};
use crate::project::{Project, Written};

/// The enabled CEL policies, ready to be watched.
pub fn watched(project: &Project) -> Vec<Watched<'_>> {
    let mut watched = Vec::new();
    for (place, written) in project.policies.iter().enumerate() {
        let policy = &written.located.policy;
        if policy.enabled
            && let Some(cel) = policy.spec.cel()
            && let Ok(conditions) =
                Conditions::new(&cel.expression, environment(), &Limits::default())
        {
            watched.push(Watched::new(place, written, conditions));
        }
    }
    watched
}

/// The CEL policies that are evaluated without an explanation: up to the one that settles it.
pub fn reached<'e>(explanation: &'e Explanation<'_>, combining: AllowCombining) -> Vec<&'e str> {
    let mut names = Vec::new();
    for policy in &explanation.policies {
        names.push(policy.policy.name);
        let truth = match &policy.outcome {
            Some(Ok(json)) => Some(json == "true"),
            Some(Err(_)) | None => None,
        };
        let any = combining == AllowCombining::Any;
        let settled = match (policy.effect, truth) {
            ("deny", Some(truth)) => truth,
            ("deny", None) => true,
            (_, Some(truth)) => truth == any,
            (_, None) => !any,
        };
        if settled {
            break;
        }
    }
    names
}

/// A policy while tests run.
pub struct Watched<'p> {
    /// Its place in the project.
    place: usize,
    written: &'p Written,
    conditions: Conditions,
    /// By decision and condition: the truths with which it decided, and to which outcome.
    decided: Vec<Vec<BTreeSet<(bool, Truth)>>>,
}

impl<'p> Watched<'p> {
    fn new(place: usize, written: &'p Written, conditions: Conditions) -> Self {
        let decided = conditions
            .decisions()
            .map(|decision| vec![BTreeSet::new(); decision.conditions.len()])
            .collect();
        Self {
            place,
            written,
            conditions,
            decided,
        }
    }

    /// The policy's name.
    pub fn name(&self) -> &str {
        &self.written.located.policy.name
    }

    /// Notes what decides on these values.
    pub fn watch(&mut self, values: &callgate_cel::Activation<'_>) {
        let decisions: Vec<_> = self.conditions.decisions().collect();
        for seen in self.conditions.watch(values) {
            let Some(decision) = decisions.get(seen.decision) else {
                continue;
            };
            let outcome = decision.outcome(&seen.truths);
            for (index, truth) in seen.truths.iter().enumerate() {
                let sets = self.decided.get_mut(seen.decision);
                if let Some(truth) = truth
                    && decision.decides(&seen.truths, index)
                    && let Some(set) = sets.and_then(|sets| sets.get_mut(index))
                {
                    set.insert((*truth, outcome));
                }
            }
        }
    }

    /// What is covered, with the policy's place in the project.
    pub fn finish(self) -> (usize, PolicyCoverage) {
        let policy = &self.written.located.policy;
        let source = policy.spec.cel().map_or("", |cel| &cel.expression);
        let conditions = self.conditions.decisions().flat_map(|d| &d.conditions);
        let sets = self.decided.iter().flatten();
        let (mut total, mut gaps) = (0usize, Vec::new());
        for (Condition { span, .. }, set) in conditions.zip(sets) {
            total = total.saturating_add(1);
            if let Some(missing) = missing(set) {
                let text = source.get(span.start as usize..span.end as usize);
                gaps.push(Gap {
                    place: self.written.located.expression.locate(*span),
                    text: text.unwrap_or_default().to_owned(),
                    missing,
                });
            }
        }
        let coverage = PolicyCoverage {
            policy: policy.name.clone(),
            file: Rc::clone(&self.written.file),
            total,
            gaps,
        };
        (self.place, coverage)
    }
}

/// What is missing for a condition that decided in these ways.
fn missing(decided: &BTreeSet<(bool, Truth)>) -> Option<&'static str> {
    let outcomes = |wanted: bool| {
        let of = decided.iter().filter(move |(truth, _)| *truth == wanted);
        of.map(|(_, outcome)| outcome)
    };
    let differ = outcomes(true).any(|left| outcomes(false).any(|right| left != right));
    match (outcomes(true).next(), outcomes(false).next()) {
        (Some(_), Some(_)) if differ => None,
        (Some(_), Some(_)) => Some("decides as true and as false, but to the same outcome"),
        (None, Some(_)) => Some("never decides as true"),
        (Some(_), None) => Some("never decides as false"),
        (None, None) => Some("never decides"),
    }
}
