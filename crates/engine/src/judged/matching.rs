//! Match policies, condition by condition, in the order in which they are tried.

use callgate_cel::ErrorCode;
use callgate_model::{Call, Check, CheckOutcome, Judged, Standing};
use callgate_release::spec::{Condition, MatchAction, Subject};

use super::{Explaining, Values, aside, entry};
use crate::asked::Asked;
use crate::family::matching::{self, CompiledMatch, subject};
use crate::scope::Coverage;

pub(super) fn judged<'r>(
    asked: &Asked<'_, 'r>,
    explaining: &mut Explaining<'_>,
) -> Vec<Judged<'r>> {
    let mut judged = Vec::new();
    let mut acted = false;
    for compiled in &asked.release.matches {
        let policies = &asked.release.release().policies;
        let Some((policy, spec)) = policies.get(compiled.policy).and_then(matching::matching)
        else {
            continue;
        };
        // What only grants, and may not be for this call, grants nothing.
        let hidden =
            asked.coverage(&policy.scope) == Coverage::Unknown && spec.action == MatchAction::Allow;
        let hidden = hidden.then_some(Standing::NotCovered);
        if let Some(aside) = aside(asked, compiled.policy, policy).or(hidden) {
            judged.push(entry(policy, aside, Vec::new()));
            continue;
        }
        let checks = checks(asked.call, &spec.conditions, compiled, explaining);
        let matches = checks
            .iter()
            .all(|check| check.outcome == CheckOutcome::Holds);
        let standing = match matches {
            false => Standing::NotMatched,
            true if acted => Standing::Matches,
            true => Standing::Acts,
        };
        acted |= matches;
        judged.push(entry(policy, standing, checks));
    }
    judged
}

fn checks<'r>(
    call: &Call<'_>,
    conditions: &'r [Condition],
    compiled: &CompiledMatch,
    explaining: &mut Explaining<'_>,
) -> Vec<Check<'r>> {
    let mut patterns = compiled.patterns.as_slice();
    let mut checks = Vec::with_capacity(conditions.len());
    for condition in conditions {
        let count = condition.patterns().count();
        let (own, rest) = patterns.split_at_checked(count).unwrap_or_default();
        patterns = rest;
        let outcome = match matching::holds(
            call,
            condition,
            own,
            &matching::Prompts::default(),
            explaining.gas,
        ) {
            Ok(true) => CheckOutcome::Holds,
            Ok(false) => CheckOutcome::Fails(None),
            Err(ErrorCode::GasExhausted) => CheckOutcome::LeftOut,
            Err(_) => CheckOutcome::Fails(None),
        };
        let (pointer, rule) = place(&condition.subject);
        let mut values = Values::default();
        match (&condition.subject, subject(call, &condition.subject)) {
            (_, Some(text)) => values.text("value", text, explaining.limits),
            (Subject::Prompt, None) => {
                if let Some(prompt) = call.request.prompt {
                    let json = prompt.value().raw().to_owned();
                    values.json("value", json, explaining.limits);
                }
            }
            (_, None) => {}
        }
        checks.push(Check {
            pointer,
            rule,
            outcome,
            values: values.0,
        });
    }
    checks
}

/// Where a condition stands, and its name.
fn place(subject: &Subject) -> (String, &str) {
    let name = match subject {
        Subject::Agent => "agent",
        Subject::Kind => "kind",
        Subject::Upstream => "upstream",
        Subject::Prompt => "prompt",
        Subject::Tool => "tool",
        Subject::Model => "model",
        Subject::Header(name) => {
            let escaped = name.replace('~', "~0").replace('/', "~1");
            return (format!("/conditions/headers/{escaped}"), name);
        }
    };
    (format!("/conditions/{name}"), name)
}
