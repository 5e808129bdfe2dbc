//! Controls over actions: lists, constraints, evidence, grounding, rates, budgets, and approval last.

use callgate_cel::{ErrorCode, Gas};
use callgate_json::Document;
use callgate_model::{Code, Glob, Kind, MicroUsd, Reason};
use callgate_release::spec::{ApprovalRule, ControlPolicy};
use callgate_release::{Policy, Spec, Uncovered};
use callgate_schema::{Budget, Refusal, Schema};

use super::count::{self, key};
use super::{approval, evidence};
use crate::asked::{Asked, pay, reference};
use crate::scope::Coverage;
use crate::verdict::{Origin, Verdict};

/// A control with its schemas.
#[derive(Debug)]
pub(crate) struct CompiledControl {
    /// Index of its policy in the release.
    pub(crate) policy: usize,
    /// Of its `argument_constraints`, in order.
    pub(crate) schemas: Vec<Schema>,
}

/// One control that covers the call.
#[derive(Clone, Copy)]
pub(crate) struct Control<'r> {
    pub(crate) policy: &'r Policy,
    pub(crate) spec: &'r ControlPolicy,
    pub(crate) schemas: &'r [Schema],
}

impl<'r> Control<'r> {
    pub(crate) fn origin(self, rule: &'r str) -> Origin<'r> {
        Origin {
            policy: reference(self.policy),
            rule: Some(rule),
            message: self.spec.message.as_deref(),
        }
    }
}

/// Judges the call by every control that covers it: each of them has to hold.
///
/// # Errors
/// Gas that runs out.
pub(crate) fn judge<'r>(
    asked: &Asked<'_, 'r>,
    gas: &mut Gas,
    verdict: &mut Verdict<'r>,
) -> Result<(), ErrorCode> {
    let mut controls = Vec::new();
    let mut covered = false;
    for compiled in &asked.release.controls {
        gas.charge(1)?;
        let index = compiled.policy;
        let Some((policy, spec)) = asked
            .release
            .release()
            .policies
            .get(index)
            .and_then(control)
        else {
            continue;
        };
        covered |= asked.coverage(&policy.scope) == Coverage::Covered;
        if asked.restricts(index, policy) {
            let schemas = &compiled.schemas;
            controls.push(Control {
                policy,
                spec,
                schemas,
            });
        }
    }
    if !covered {
        uncovered(asked, verdict);
    }
    let action = asked.action();
    let before = verdict.reasons.len();
    for control in &controls {
        lists(*control, action, gas, verdict)?;
    }
    if verdict.reasons.len() > before && asked.release.release().settings.disclose_alternatives {
        verdict.remediation.safe_alternatives = Some(alternatives(&controls, gas)?);
    }
    for control in &controls {
        constraints(asked, *control, action, gas, verdict)?;
    }
    evidence::judge(asked, &controls, action, gas, verdict)?;
    for control in &controls {
        rates(asked, *control, action, gas, verdict)?;
    }
    for control in &controls {
        budgets(asked, *control, action, gas, verdict)?;
    }
    // Nobody is asked to approve what is refused anyway.
    if verdict.is_denied() {
        return Ok(());
    }
    for control in &controls {
        approval::judge(asked, *control, action, gas, verdict)?;
    }
    Ok(())
}

pub(crate) fn control(policy: &Policy) -> Option<(&Policy, &ControlPolicy)> {
    match &policy.spec {
        Spec::Control(written) => Some((policy, &written.spec)),
        _ => None,
    }
}

/// The controls that judge the call.
pub(crate) fn covering<'r>(asked: &Asked<'_, 'r>) -> Vec<Control<'r>> {
    let policies = &asked.release.release().policies;
    let compiled = asked.release.controls.iter();
    let controls = compiled.filter_map(|compiled| {
        let (policy, spec) = policies.get(compiled.policy).and_then(control)?;
        let schemas = &compiled.schemas;
        asked.restricts(compiled.policy, policy).then_some(Control {
            policy,
            spec,
            schemas,
        })
    });
    controls.collect()
}

/// What happens to a call that no control covers.
fn uncovered(asked: &Asked<'_, '_>, verdict: &mut Verdict<'_>) {
    if asked.call.request.kind == Kind::McpRequest {
        return;
    }
    // What is not known to be harmless may write.
    let writes = asked.call.request.impact != Some("low");
    match asked.release.release().settings.uncovered {
        Uncovered::Deny => verdict.add(Reason::bare(Code::NoPolicy)),
        Uncovered::DenyWrites if writes => verdict.add(Reason::bare(Code::NoPolicyForWrite)),
        Uncovered::Allow | Uncovered::DenyWrites => {}
    }
}

/// Whether one of `patterns` matches the action.
pub(super) fn named(patterns: &[Glob], action: &str, gas: &mut Gas) -> Result<bool, ErrorCode> {
    for _ in patterns {
        pay(gas, action)?;
    }
    Ok(Glob::any(patterns, action))
}

pub(crate) fn lists<'r>(
    control: Control<'r>,
    action: &str,
    gas: &mut Gas,
    verdict: &mut Verdict<'r>,
) -> Result<(), ErrorCode> {
    if named(&control.spec.denied_actions, action, gas)? {
        verdict.add(control.origin("denied_actions").reason(Code::DeniedAction));
    }
    if let Some(allowed) = &control.spec.allowed_actions
        && !named(allowed, action, gas)?
    {
        verdict.add(
            control
                .origin("allowed_actions")
                .reason(Code::NotInAllowlist),
        );
    }
    Ok(())
}

/// Actions that a refused agent is told of.
const MOST_ALTERNATIVES: usize = 16;

/// The actions that every list of the controls lets pass, as far as an allow list names them: a
/// pattern is no name.
fn alternatives(controls: &[Control<'_>], gas: &mut Gas) -> Result<Vec<String>, ErrorCode> {
    let lists = controls
        .iter()
        .filter_map(|c| c.spec.allowed_actions.as_ref());
    let mut names: Vec<String> = Vec::new();
    for name in lists.flatten().map(Glob::as_str) {
        if names.len() == MOST_ALTERNATIVES {
            break;
        }
        let known = name.contains('*') || names.iter().any(|known| known == name);
        if !known && passes(controls, name, gas)? {
            names.push(name.to_owned());
        }
    }
    callgate_json::sort_by(&mut names, Ord::cmp);
    Ok(names)
}

/// Whether no list of the controls refuses `action`.
fn passes(controls: &[Control<'_>], action: &str, gas: &mut Gas) -> Result<bool, ErrorCode> {
    for control in controls {
        let allowed = match &control.spec.allowed_actions {
            Some(allowed) => named(allowed, action, gas)?,
            None => true,
        };
        if !allowed || named(&control.spec.denied_actions, action, gas)? {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(crate) fn rates<'r>(
    asked: &Asked<'_, 'r>,
    control: Control<'r>,
    action: &str,
    gas: &mut Gas,
    verdict: &mut Verdict<'r>,
) -> Result<(), ErrorCode> {
    for (pattern, limit) in &control.spec.rate_limits {
        pay(gas, action)?;
        if !pattern.matches(action) {
            continue;
        }
        let origin = control.origin("rate_limits");
        let policy = origin.policy.key();
        let key = key(&["rate", policy, pattern.as_str(), "agent", asked.agent()]);
        let (max, window) = (limit.max_count, limit.window_seconds);
        count::rate(asked, origin, key, max, window, verdict);
    }
    Ok(())
}

pub(crate) fn budgets<'r>(
    asked: &Asked<'_, 'r>,
    control: Control<'r>,
    action: &str,
    gas: &mut Gas,
    verdict: &mut Verdict<'r>,
) -> Result<(), ErrorCode> {
    let (run, session) = (asked.call.run.id, asked.call.session);
    let spec = control.spec;
    if let Some(max) = spec.run_budget {
        let key = run.map(|run| key(&["run", run]));
        budget(asked, control, "run_budget", key, max, verdict);
    }
    if let Some(max) = spec.session_budget {
        let key = session.map(|session| key(&["session", session]));
        budget(asked, control, "session_budget", key, max, verdict);
    }
    for (pattern, max) in &spec.action_budgets {
        pay(gas, action)?;
        if pattern.matches(action) {
            let key = run.map(|run| key(&["run", run, "action", pattern.as_str()]));
            budget(asked, control, "action_budgets", key, *max, verdict);
        }
    }
    Ok(())
}

fn budget<'r>(
    asked: &Asked<'_, 'r>,
    control: Control<'r>,
    rule: &'r str,
    key: Option<String>,
    max: MicroUsd,
    verdict: &mut Verdict<'r>,
) {
    let origin = control.origin(rule);
    let Some(key) = key else {
        verdict.add(origin.reason(Code::ContextMissing));
        return;
    };
    let crossing = count::spend(asked, origin, key, max, Code::BudgetExceeded, verdict);
    let thresholds = &control.spec.budget_warning_thresholds;
    if crossing.is_some_and(|crossing| thresholds.iter().any(|percent| crossing.crosses(*percent)))
    {
        verdict.note(origin.reason(Code::BudgetWarning));
    }
}

pub(crate) fn constraints<'r>(
    asked: &Asked<'_, 'r>,
    control: Control<'r>,
    action: &str,
    gas: &mut Gas,
    verdict: &mut Verdict<'r>,
) -> Result<(), ErrorCode> {
    let constraints = control.spec.argument_constraints.iter();
    for ((pattern, _), schema) in constraints.zip(control.schemas) {
        pay(gas, action)?;
        if !pattern.matches(action) {
            continue;
        }
        let origin = control.origin("argument_constraints");
        let given = asked.call.request.tool.args;
        let empty = given.is_none().then(empty).flatten();
        let Some(args) = given.or(empty.as_ref().map(Document::root)) else {
            verdict.add(origin.reason(Code::ArgumentConstraintViolated));
            continue;
        };
        let mut budget = Budget::new(gas.left());
        let outcome = schema.validate(args, &mut budget);
        gas.charge(budget.used())?;
        match outcome {
            Ok(outcome) if outcome.valid => {}
            Ok(outcome) => {
                for violation in outcome.violations {
                    let message = violation.message;
                    verdict.violation(&violation.instance, violation.keyword, message);
                }
                verdict.add(origin.reason(Code::ArgumentConstraintViolated));
            }
            Err(Refusal::GasExhausted) => return Err(ErrorCode::GasExhausted),
            Err(_) => verdict.add(origin.reason(Code::ArgumentConstraintViolated)),
        }
    }
    Ok(())
}

/// Absent arguments are the empty object: `required` holds for them, too.
fn empty() -> Option<Document<'static>> {
    Document::parse(b"{}", &callgate_json::Limits::default()).ok()
}

/// Whether an approval rule is about the call: every criterion it names has to hold.
pub(crate) fn asks(
    asked: &Asked<'_, '_>,
    rule: &ApprovalRule,
    action: &str,
    gas: &mut Gas,
) -> Result<bool, ErrorCode> {
    let request = &asked.call.request;
    if let Some(actions) = &rule.actions
        && !named(actions, action, gas)?
    {
        return Ok(false);
    }
    if let Some(tags) = &rule.tags {
        let mut tagged = false;
        for tag in request.tags.into_iter().flat_map(|tags| tags.iter()) {
            tagged = tagged || named(tags, tag.as_str().unwrap_or_default(), gas)?;
        }
        if !tagged {
            return Ok(false);
        }
    }
    if let Some(levels) = &rule.risk_levels {
        let risk = request.risk.unwrap_or_default();
        gas.charge_bytes(risk.len())?;
        if !levels.iter().any(|level| level.eq_ignore_ascii_case(risk)) {
            return Ok(false);
        }
    }
    let cost = request.cost.unwrap_or_default();
    Ok(rule.threshold.is_none_or(|threshold| cost >= threshold))
}
