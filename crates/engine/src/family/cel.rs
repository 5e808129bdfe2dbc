//! CEL policies: every deny policy first, in order; then every allow policy, in order.

use callgate_cel::{Arena, ErrorCode, EvalError, Gas, Memo};
use callgate_model::{Code, Fault, Kind, Reason};
use callgate_release::{AllowCombining, CelEffect};

use crate::asked::Asked;
use crate::attributes::Values;
use crate::compile::{CompiledRelease, Expression};
use crate::explain::Explanations;
use crate::scope::Coverage;
use crate::verdict::Verdict;

/// What one expression came to.
pub(crate) type Outcome = Result<bool, Fault>;

/// Judges `call` by the CEL policies of `release`.
///
/// Without explanations evaluation stops at the first policy that settles the family.
pub(crate) fn judge<'r>(
    asked: &Asked<'_, 'r>,
    values: &Values<'_>,
    arena: &mut Arena,
    memo: &mut Memo,
    gas: &mut Gas,
    explain: &mut Explanations<'r>,
) -> Verdict<'r> {
    let (release, call) = (asked.release, asked.call);
    let combining = release.release().settings.allow_combining;
    let mut relevant = release.relevant(values).peekable();
    // An explanation speaks of every policy, also of those that could not matter.
    let mut every = explain.wanted().then_some(0..release.expressions.len());
    let mut verdict = Verdict::allow();
    let mut granted = None;
    memo.begin(release.shared_conditions());
    loop {
        let settled = verdict.deciding.is_some() || granted == Some(true);
        let (number, matters) = match &mut every {
            None if settled => break,
            None => (relevant.next(), true),
            Some(every) => {
                let number = every.next();
                let matters = number.and_then(|number| relevant.next_if_eq(&number));
                (number, matters.is_some() && !settled)
            }
        };
        let Some(expression) = number.and_then(|number| release.expressions.get(number)) else {
            break;
        };
        if !applies(expression, asked, combining) {
            continue;
        }
        // What is evaluated for the explanation alone is not paid for by the decision.
        let gas = if matters { &mut *gas } else { explain.gas() };
        arena.reset();
        let outcome = expression.evaluate(values, arena, gas, memo);
        if !matters && outcome.is_err_and(is_bound) {
            explain.add(release, expression, None, values);
            continue;
        }
        explain.add(release, expression, Some(outcome), values);
        match weigh(expression.effect, combining, outcome) {
            Weight::Refuses(code) => verdict.add(expression.reason(release, code, outcome)),
            Weight::Grants => granted = Some(true),
            Weight::DoesNotGrant => {
                granted = granted.or(Some(false));
                if outcome.is_err() {
                    verdict.note(expression.reason(release, code_of(outcome), outcome));
                }
            }
            Weight::Nothing => {}
        }
    }
    let protocol = call.request.kind == Kind::McpRequest;
    // Once a deny policy has decided, nobody has asked for a grant.
    let wanted = verdict.deciding.is_none() || explain.wanted();
    if release.needs_grant() && wanted && granted != Some(true) && !protocol {
        verdict.add(Reason::bare(Code::CelNoAllowMatched));
    }
    verdict
}

/// Whether the policy judges this call. A call that hides its run or mission is judged by every
/// policy that restricts, and granted nothing by one that grants.
fn applies(expression: &Expression, asked: &Asked<'_, '_>, combining: AllowCombining) -> bool {
    let grants = expression.effect == CelEffect::Allow && combining == AllowCombining::Any;
    let protocol = asked.call.request.kind == Kind::McpRequest;
    match asked.coverage(expression.scope(asked.release)) {
        // A listed method is granted by its listing; deny policies may still refuse it.
        _ if protocol && expression.effect == CelEffect::Allow => false,
        _ if asked.is_lifted(expression.policy) => false,
        Coverage::Covered => true,
        Coverage::NotCovered => false,
        Coverage::Unknown => !grants,
    }
}

/// What an outcome means for the family.
enum Weight {
    Refuses(Code),
    Grants,
    DoesNotGrant,
    Nothing,
}

/// The whole table of `CelPolicy`: an error refuses, except that under `any` it is only no grant.
fn weigh(effect: CelEffect, combining: AllowCombining, outcome: Outcome) -> Weight {
    match (effect, combining, outcome) {
        (CelEffect::Deny, _, Ok(true)) => Weight::Refuses(Code::CelDenyMatched),
        (CelEffect::Deny, _, Ok(false)) => Weight::Nothing,
        (CelEffect::Deny, _, Err(_)) => Weight::Refuses(code_of(outcome)),
        (CelEffect::Allow, AllowCombining::All, Ok(true)) => Weight::Nothing,
        (CelEffect::Allow, AllowCombining::All, Ok(false)) => Weight::Refuses(Code::CelAllowNotMet),
        (CelEffect::Allow, AllowCombining::All, Err(_)) => Weight::Refuses(code_of(outcome)),
        (CelEffect::Allow, AllowCombining::Any, Ok(true)) => Weight::Grants,
        (CelEffect::Allow, AllowCombining::Any, Ok(false) | Err(_)) => Weight::DoesNotGrant,
    }
}

fn is_spent(fault: Fault) -> bool {
    fault.code == ErrorCode::GasExhausted.as_str()
}

/// What an evaluation that only the explanation wants may run out of, and no other would.
fn is_bound(fault: Fault) -> bool {
    is_spent(fault) || fault.code == ErrorCode::MemoryExhausted.as_str()
}

/// Used-up limits have codes of their own; every other failure is `CEL_ERROR`.
fn code_of(outcome: Outcome) -> Code {
    match outcome {
        Err(fault) if is_spent(fault) => Code::GasExhausted,
        Err(fault) if fault.code == ErrorCode::MemoryExhausted.as_str() => Code::MemoryExhausted,
        Ok(_) | Err(_) => Code::CelError,
    }
}

impl Expression {
    /// The value of the expression if it is boolean.
    fn evaluate(
        &self,
        values: &Values<'_>,
        arena: &Arena,
        gas: &mut Gas,
        memo: &mut Memo,
    ) -> Outcome {
        let truth = self.program.test_with(values, arena, gas, memo);
        truth.map_err(fault)
    }

    fn reason<'r>(&self, release: &'r CompiledRelease, code: Code, outcome: Outcome) -> Reason<'r> {
        Reason {
            policy: Some(self.policy_ref(release)),
            rule: None,
            code,
            message: self.message(release),
            fault: outcome.err(),
        }
    }
}

/// An evaluation error as records carry it.
pub(crate) fn fault(error: EvalError) -> Fault {
    Fault {
        code: error.code.as_str(),
        span: error.span,
    }
}
