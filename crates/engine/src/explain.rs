//! The long answer: every policy's outcome, and the value of every part of its expression.

use callgate_cel::{Arena, Gas, Value};
use callgate_json::Writer;
use callgate_model::{Explanation, Fault, PolicyOutcome, Span, SubExpression};

use crate::attributes::Values;
use crate::compile::{CompiledRelease, Expression};
use crate::family::cel::{self, Outcome};

/// Whether the record explains itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explain {
    /// The shortest evaluation that decides.
    No,
    /// Every policy is evaluated and reported.
    Yes,
}

/// Explanations being collected, if wanted.
pub(crate) struct Explanations<'r> {
    explanation: Option<Explanation<'r>>,
}

impl<'r> Explanations<'r> {
    pub(crate) fn new(explain: Explain) -> Self {
        let explanation = match explain {
            Explain::No => None,
            Explain::Yes => Some(Explanation::default()),
        };
        Self { explanation }
    }

    pub(crate) fn wanted(&self) -> bool {
        self.explanation.is_some()
    }

    pub(crate) fn add(
        &mut self,
        release: &'r CompiledRelease,
        expression: &Expression,
        outcome: &Outcome,
        values: &Values<'_>,
        arena: &Arena,
    ) {
        let Some(explanation) = &mut self.explanation else {
            return;
        };
        explanation.policies.push(PolicyOutcome {
            policy: expression.policy_ref(release),
            effect: expression.effect.as_str(),
            expression: expression.source(release),
            outcome: outcome.map(|truth| truth.to_string()),
            parts: parts(expression, values, arena),
        });
    }

    pub(crate) fn finish(self) -> Option<Explanation<'r>> {
        self.explanation
    }
}

/// The value of every part that was needed, with a budget of its own: explaining changes no decision.
fn parts(expression: &Expression, values: &Values<'_>, arena: &Arena) -> Vec<SubExpression> {
    let mut gas = Gas::new(EXPLAIN_GAS);
    let steps = expression.program.trace(values, arena, &mut gas);
    let part = |step: callgate_cel::Step<'_>| SubExpression {
        span: step.span,
        outcome: step.outcome.map(|outcome| match outcome {
            Ok(value) => json(value, step.span),
            Err(error) => Err(cel::fault(error)),
        }),
    };
    steps.into_iter().map(part).collect()
}

/// Units of gas that explaining one expression may spend. 1,000,000: as a decision.
const EXPLAIN_GAS: u64 = 1_000_000;

/// A value that holds a number of no type has no JSON form and is reported as that failure.
fn json(value: Value<'_>, span: Span) -> Result<String, Fault> {
    let mut out = Vec::new();
    match callgate_cel::to_json(value, &mut Writer::new(&mut out)) {
        Ok(()) => Ok(String::from_utf8(out).unwrap_or_default()),
        Err(code) => Err(Fault {
            code: code.as_str(),
            span,
        }),
    }
}
