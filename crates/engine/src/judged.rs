//! The long answer of the families that have no expressions: every rule, condition and field by itself.
//!
//! Each is judged once more by the very code that decides, on a verdict of its own, so that an
//! explanation cannot tell another story than the decision.

mod control;
mod dlp;
mod matching;
mod ruleset;

use callgate_cel::Gas;
use callgate_json::Writer;
use callgate_model::{Check, CheckOutcome, Judged, Standing};
use callgate_release::Policy;

use crate::asked::{Asked, reference};
use crate::scope::Coverage;
use crate::scratch::ExplainLimits;
use crate::verdict::Verdict;

/// What every policy that is no expression makes of the call. `denied` tells that nobody is asked
/// for an approval any more.
pub(crate) fn judged<'r>(
    asked: &Asked<'_, 'r>,
    decided: &Verdict<'r>,
    gas: &mut Gas,
    limits: ExplainLimits,
) -> Vec<Judged<'r>> {
    let mut explaining = Explaining { gas, limits };
    let mut judged = ruleset::judged(asked, &mut explaining);
    judged.extend(matching::judged(asked, &mut explaining));
    judged.extend(control::judged(asked, decided, &mut explaining));
    judged.extend(dlp::judged(asked, &mut explaining));
    judged
}

/// What explaining may take.
struct Explaining<'g> {
    gas: &'g mut Gas,
    limits: ExplainLimits,
}

/// Why a policy does not judge the call, if it does not.
fn aside(asked: &Asked<'_, '_>, index: usize, policy: &Policy) -> Option<Standing> {
    if asked.coverage(&policy.scope) == Coverage::NotCovered {
        Some(Standing::NotCovered)
    } else if asked.is_lifted(index) {
        Some(Standing::Lifted)
    } else {
        None
    }
}

fn entry<'r>(policy: &'r Policy, standing: Standing, checks: Vec<Check<'r>>) -> Judged<'r> {
    Judged {
        policy: reference(policy),
        kind: policy.spec.family().kind(),
        standing,
        checks,
    }
}

/// Whether something in a policy stands against the call.
fn standing(checks: &[Check<'_>]) -> Standing {
    let fails = |check: &Check<'_>| matches!(check.outcome, CheckOutcome::Fails(_));
    match checks.iter().any(fails) {
        true => Standing::Fails,
        false => Standing::Holds,
    }
}

/// What a verdict says of the only check it was made by.
fn outcome(verdict: &Verdict<'_>) -> CheckOutcome {
    match verdict.deciding {
        Some(deciding) => CheckOutcome::Fails(Some(deciding.code)),
        None => CheckOutcome::Holds,
    }
}

/// Values by name, as JSON.
#[derive(Default)]
struct Values(Vec<(&'static str, String)>);

impl Values {
    fn text(&mut self, name: &'static str, text: &str, limits: ExplainLimits) {
        let mut out = Vec::new();
        Writer::new(&mut out).str(text);
        self.json(name, String::from_utf8(out).unwrap_or_default(), limits);
    }

    /// Larger values than an explanation may show are left out.
    fn json(&mut self, name: &'static str, json: String, limits: ExplainLimits) {
        if json.len() <= limits.value_bytes {
            self.0.push((name, json));
        }
    }

    fn number(&mut self, name: &'static str, number: u64) {
        self.0.push((name, number.to_string()));
    }
}
