//! The long answer: every policy's outcome, and the value of every part of its expression.

use callgate_cel::{Activation, Arena, ErrorCode, Gas, Program, Value};
use callgate_json::Writer;
use callgate_model::{
    Explanation, Fault, Flip, Limits, PartOutcome, PolicyOutcome, Span, SubExpression,
};
use callgate_release::CelEffect;

use crate::asked::Asked;
use crate::attributes::Values;
use crate::compile::{CompiledRelease, Expression};
use crate::family::cel::{self, Outcome};
use crate::judged::judged;
use crate::scratch::ExplainLimits;
use crate::verdict::Verdict;

/// Whether the record explains itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explain {
    /// The shortest evaluation that decides.
    No,
    /// Every policy is evaluated and reported.
    #[cfg(feature = "explain")]
    Yes,
}

/// Explanations being collected, if wanted.
pub(crate) struct Explanations<'r> {
    explanation: Option<Explanation<'r>>,
    limits: ExplainLimits,
    /// A budget of its own: explaining changes no decision.
    gas: Gas,
}

impl<'r> Explanations<'r> {
    pub(crate) fn new(explain: Explain, limits: ExplainLimits) -> Self {
        let explanation = match explain {
            Explain::No => None,
            #[cfg(feature = "explain")]
            Explain::Yes => Some(Explanation::default()),
        };
        Self {
            explanation,
            limits,
            gas: Gas::new(limits.gas),
        }
    }

    pub(crate) fn wanted(&self) -> bool {
        // Without the feature nothing of this is in the module.
        cfg!(feature = "explain") && self.explanation.is_some()
    }

    /// What is spent on explaining alone.
    pub(crate) fn gas(&mut self) -> &mut Gas {
        &mut self.gas
    }

    pub(crate) fn add(
        &mut self,
        release: &'r CompiledRelease,
        expression: &Expression,
        outcome: Option<Outcome>,
        values: &Values<'_>,
    ) {
        let Some(explanation) = self
            .explanation
            .as_mut()
            .filter(|_| cfg!(feature = "explain"))
        else {
            return;
        };
        explanation.policies.push(PolicyOutcome {
            policy: expression.policy_ref(release),
            effect: expression.effect.as_str(),
            expression: expression.source(release),
            outcome: outcome.map(|outcome| outcome.map(|truth| truth.to_string())),
            parts: parts(&expression.program, values, self.limits, &mut self.gas),
            flip: flip(expression, outcome, values, self.limits, &mut self.gas),
        });
    }

    /// Adds what the policies that are no expressions make of the call.
    pub(crate) fn judge(&mut self, asked: &Asked<'_, 'r>, decided: &Verdict<'r>) {
        if cfg!(feature = "explain")
            && let Some(explanation) = &mut self.explanation
        {
            explanation.judged = judged(asked, decided, &mut self.gas, self.limits);
        }
    }

    pub(crate) fn finish(self) -> Option<Explanation<'r>> {
        self.explanation
    }
}

/// The value of every part of an expression that its result needs, on the values that
/// [`activation`](crate::activation) gives.
pub fn explain_parts(
    program: &Program,
    values: &Activation<'_>,
    limits: &Limits,
) -> Vec<SubExpression> {
    parts(program, values, limits.into(), &mut Gas::new(limits.gas))
}

fn parts(
    program: &Program,
    values: &Activation<'_>,
    limits: ExplainLimits,
    gas: &mut Gas,
) -> Vec<SubExpression> {
    // Memory of its own, too: what a trace builds must not count against the decision.
    let arena = Arena::new(limits.arena_bytes);
    let steps = program.trace(values, &arena, gas);
    let mut parts = Vec::with_capacity(steps.len());
    for step in steps {
        let outcome = match step.outcome {
            None => PartOutcome::NotNeeded,
            Some(Ok(value)) => shown(value, step.span, limits, gas),
            // What the explanation itself uses up is no failure of the part.
            Some(Err(error)) if is_bound(error.code) => PartOutcome::LeftOut,
            Some(Err(error)) => PartOutcome::Failed(cel::fault(error)),
        };
        let span = step.span;
        parts.push(SubExpression { span, outcome });
    }
    parts
}

/// The smallest change with which the policy would say the opposite; a failing one, that it does not refuse.
fn flip(
    expression: &Expression,
    outcome: Option<Outcome>,
    values: &Values<'_>,
    limits: ExplainLimits,
    gas: &mut Gas,
) -> Option<Vec<Flip>> {
    let wanted = match outcome? {
        Ok(truth) => !truth,
        Err(_) => expression.effect == CelEffect::Allow,
    };
    let arena = Arena::new(limits.arena_bytes);
    let changes = expression.program.flip(wanted, values, &arena, gas)?;
    let changes = changes.into_iter().map(|change| Flip {
        span: change.span,
        truth: change.truth,
    });
    Some(changes.collect())
}

fn is_bound(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::GasExhausted | ErrorCode::MemoryExhausted)
}

/// A value that holds a number of no type has no JSON form and is reported as that failure.
fn shown(value: Value<'_>, span: Span, limits: ExplainLimits, gas: &mut Gas) -> PartOutcome {
    if gas.left() == 0 {
        return PartOutcome::LeftOut;
    }
    let mut out = Vec::new();
    let written = callgate_cel::to_json(value, &mut Writer::new(&mut out));
    // Writing is work: large values use the budget up.
    let spent = gas.charge(u64::try_from(out.len()).unwrap_or(u64::MAX) >> 4);
    match written {
        Err(code) => PartOutcome::Failed(Fault {
            code: code.as_str(),
            span,
        }),
        Ok(()) if spent.is_err() || out.len() > limits.value_bytes => PartOutcome::LeftOut,
        Ok(()) => PartOutcome::Value(String::from_utf8(out).unwrap_or_default()),
    }
}
