//! Evidence and grounding: what has to have happened in the run, and where arguments come from.

use callgate_cel::{ErrorCode, Gas, Value as CelValue};
use callgate_json::Value;
use callgate_model::{Code, Evidence, Glob, Timestamp};
use callgate_release::spec::{Grounding, Origin as From};

use super::control::{Control, named};
use crate::asked::{Asked, pay};
use crate::past;
use crate::verdict::Verdict;

/// What is known of the run, and how old it may be.
struct Past<'a, 'q> {
    records: Vec<&'a Evidence<'q>>,
    /// Records from here on are fresh.
    fresh_from: Option<Timestamp>,
}

/// Judges the call by the evidence and grounding rules of all controls together: the smallest age
/// of any of them holds for all.
///
/// # Errors
/// Gas that runs out.
pub(crate) fn judge<'r>(
    asked: &Asked<'_, 'r>,
    controls: &[Control<'r>],
    action: &str,
    gas: &mut Gas,
    verdict: &mut Verdict<'r>,
) -> Result<(), ErrorCode> {
    let ages = controls
        .iter()
        .filter_map(|c| c.spec.evidence.max_age_seconds);
    let run = asked.call.run.id;
    let past = Past {
        records: run.map_or_else(Vec::new, |run| asked.state.evidence(run).collect()),
        fresh_from: ages.min().map(|age| Timestamp {
            seconds: asked
                .now
                .seconds
                .saturating_sub(i64::try_from(age).unwrap_or(i64::MAX)),
            nanos: asked.now.nanos,
        }),
    };
    for control in controls {
        required(asked, &past, *control, action, gas, verdict)?;
    }
    for control in controls {
        grounded(asked, &past, *control, action, gas, verdict)?;
    }
    Ok(())
}

fn required<'r>(
    asked: &Asked<'_, 'r>,
    past: &Past<'_, '_>,
    control: Control<'r>,
    action: &str,
    gas: &mut Gas,
    verdict: &mut Verdict<'r>,
) -> Result<(), ErrorCode> {
    let evidence = &control.spec.evidence;
    let mut own = false;
    for (pattern, needed) in &evidence.requirements {
        pay(gas, action)?;
        if !pattern.matches(action) {
            continue;
        }
        own = true;
        for needed in needed {
            let needed = core::slice::from_ref(needed);
            if let Some(code) = missing(asked, past, needed, gas)? {
                lack(control, "evidence_requirements", needed, code, verdict);
            }
        }
    }
    if !own && named(&evidence.commit_actions, action, gas)? {
        let any = &evidence.evidence_actions;
        if let Some(code) = missing(asked, past, any, gas)? {
            lack(control, "commit_actions", any, code, verdict);
        }
    }
    Ok(())
}

fn lack<'r>(
    control: Control<'r>,
    rule: &'r str,
    needed: &[Glob],
    code: Code,
    verdict: &mut Verdict<'r>,
) {
    let prior = &mut verdict.remediation.required_prior_actions;
    for pattern in needed {
        if !prior.iter().any(|known| known == pattern.as_str()) {
            prior.push(pattern.as_str().to_owned());
        }
    }
    verdict.add(control.origin(rule).reason(code));
}

/// `None` when a fresh record of any of `actions` is there.
fn missing(
    asked: &Asked<'_, '_>,
    past: &Past<'_, '_>,
    actions: &[Glob],
    gas: &mut Gas,
) -> Result<Option<Code>, ErrorCode> {
    if !asked.state.has_evidence() {
        return Ok(Some(Code::StateUnavailable));
    }
    let mut stale = false;
    for record in &past.records {
        if named(actions, record.action, gas)? {
            if past.is_fresh(record) {
                return Ok(None);
            }
            stale = true;
        }
    }
    Ok(Some(match stale {
        true => Code::StaleEvidence,
        false => Code::MissingEvidence,
    }))
}

impl Past<'_, '_> {
    fn is_fresh(&self, record: &Evidence<'_>) -> bool {
        self.fresh_from.is_none_or(|from| record.at >= from)
    }
}

fn grounded<'r>(
    asked: &Asked<'_, 'r>,
    past: &Past<'_, '_>,
    control: Control<'r>,
    action: &str,
    gas: &mut Gas,
    verdict: &mut Verdict<'r>,
) -> Result<(), ErrorCode> {
    for (pattern, fields) in &control.spec.grounding_rules {
        pay(gas, action)?;
        if !pattern.matches(action) {
            continue;
        }
        for (field, grounding) in fields {
            let argument = asked
                .call
                .request
                .tool
                .args
                .and_then(|args| at(args, field));
            let origin = control.origin("grounding_rules");
            if !asked.state.has_evidence() {
                verdict.add(origin.reason(Code::StateUnavailable));
                continue;
            }
            if !stands(argument, past, grounding, gas)? {
                let message = format!(
                    "must be what `{}` gave as `{}`",
                    grounding.source_action.as_str(),
                    grounding.source_field
                );
                let pointer = format!("/{}", field.replace('.', "/"));
                verdict.violation(&pointer, "grounding", message);
                verdict.add(origin.reason(Code::UngroundedArgument));
            }
        }
    }
    Ok(())
}

/// Whether the argument is there and equals the field of some fresh record.
fn stands(
    argument: Option<Value<'_>>,
    past: &Past<'_, '_>,
    grounding: &Grounding,
    gas: &mut Gas,
) -> Result<bool, ErrorCode> {
    let Some(argument) = argument else {
        return Ok(false);
    };
    for record in &past.records {
        pay(gas, record.action)?;
        if !grounding.source_action.matches(record.action) || !past.is_fresh(record) {
            continue;
        }
        let source = match grounding.source_from {
            From::Result => record.result,
            From::Kwargs => record.args,
        };
        let Some(source) = source.and_then(|source| at(source, &grounding.source_field)) else {
            continue;
        };
        if equal(argument, source, gas)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Equal as JSON values, numbers by their value. Numbers of no type equal nothing.
fn equal(left: Value<'_>, right: Value<'_>, gas: &mut Gas) -> Result<bool, ErrorCode> {
    gas.charge(1)?;
    let (Ok(left), Ok(right)) = (CelValue::from_json(left), CelValue::from_json(right)) else {
        return Ok(false);
    };
    match left.equals(right, gas) {
        Err(ErrorCode::GasExhausted) => Err(ErrorCode::GasExhausted),
        found => Ok(found.unwrap_or(false)),
    }
}

/// The member at a dotted path.
fn at<'a>(value: Value<'a>, path: &str) -> Option<Value<'a>> {
    path.split('.').try_fold(value, past::at)
}
