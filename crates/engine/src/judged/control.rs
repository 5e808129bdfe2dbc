//! Controls, field by field.

use callgate_model::{Check, CheckOutcome, Judged};
use callgate_release::spec::{ControlPolicy, PerAction};

use super::ruleset::{calls, money};
use super::{Explaining, Values, aside, entry, standing};
use crate::asked::Asked;
use crate::family::control::{self, Control};
use crate::family::count::key;
use crate::family::{approval, evidence};
use crate::verdict::Verdict;

pub(super) fn judged<'r>(
    asked: &Asked<'_, 'r>,
    decided: &Verdict<'r>,
    explaining: &mut Explaining<'_>,
) -> Vec<Judged<'r>> {
    let action = asked.action();
    let release = asked.release;
    let policies = &release.release().policies;
    let mut judged = Vec::new();
    // The smallest age of evidence of any of them holds for all.
    let all: Vec<Control<'r>> = control::covering(asked);
    for compiled in &release.controls {
        let index = compiled.policy;
        let Some((policy, spec)) = policies.get(index).and_then(control::control) else {
            continue;
        };
        if let Some(aside) = aside(asked, index, policy) {
            judged.push(entry(policy, aside, Vec::new()));
            continue;
        }
        let own = Control {
            policy,
            spec,
            schemas: &compiled.schemas,
        };
        let mut verdict = Verdict::allow();
        let gas = &mut *explaining.gas;
        let whole = control::lists(own, action, gas, &mut verdict)
            .and_then(|()| control::constraints(asked, own, action, gas, &mut verdict))
            .and_then(|()| evidence::judge(asked, &all, action, gas, &mut verdict))
            .and_then(|()| control::rates(asked, own, action, gas, &mut verdict))
            .and_then(|()| control::budgets(asked, own, action, gas, &mut verdict));
        let mut checks = fields(asked, own, action, &verdict, whole.is_ok(), explaining);
        checks.extend(approvals(asked, own, action, decided, explaining));
        judged.push(entry(policy, standing(&checks), checks));
    }
    judged
}

/// The fields that the control has, each with what the verdict says of it.
fn fields<'r>(
    asked: &Asked<'_, 'r>,
    own: Control<'r>,
    action: &str,
    verdict: &Verdict<'r>,
    whole: bool,
    explaining: &Explaining<'_>,
) -> Vec<Check<'r>> {
    let spec = own.spec;
    let mut checks = Vec::new();
    for (rule, given, about) in about(spec, action) {
        if !given {
            continue;
        }
        let mut reasons = verdict.reasons.iter().filter(|reason| {
            let own = reason
                .policy
                .is_some_and(|policy| policy.name == own.policy.name);
            own && reason.rule == Some(rule) && reason.code != callgate_model::Code::BudgetWarning
        });
        let outcome = match reasons.next() {
            Some(reason) => CheckOutcome::Fails(Some(reason.code)),
            None if !whole => CheckOutcome::LeftOut,
            None if about => CheckOutcome::Holds,
            None => CheckOutcome::Idle,
        };
        checks.push(Check {
            pointer: format!("/{rule}"),
            rule,
            outcome,
            values: match outcome {
                CheckOutcome::Idle => Vec::new(),
                _ => values(asked, own, action, rule, explaining).0,
            },
        });
    }
    checks
}

/// Each field with whether the control has it, and whether it speaks of the action.
fn about(spec: &ControlPolicy, action: &str) -> [(&'static str, bool, bool); 10] {
    let evidence = &spec.evidence;
    let own = speaks(&evidence.requirements, action);
    let commits = evidence
        .commit_actions
        .iter()
        .any(|glob| glob.matches(action));
    [
        ("denied_actions", !spec.denied_actions.is_empty(), true),
        ("allowed_actions", spec.allowed_actions.is_some(), true),
        (
            "argument_constraints",
            !spec.argument_constraints.is_empty(),
            speaks(&spec.argument_constraints, action),
        ),
        (
            "evidence_requirements",
            !evidence.requirements.is_empty(),
            own,
        ),
        (
            "commit_actions",
            !evidence.commit_actions.is_empty(),
            commits && !own,
        ),
        (
            "grounding_rules",
            !spec.grounding_rules.is_empty(),
            speaks(&spec.grounding_rules, action),
        ),
        (
            "rate_limits",
            !spec.rate_limits.is_empty(),
            speaks(&spec.rate_limits, action),
        ),
        ("run_budget", spec.run_budget.is_some(), true),
        ("session_budget", spec.session_budget.is_some(), true),
        (
            "action_budgets",
            !spec.action_budgets.is_empty(),
            speaks(&spec.action_budgets, action),
        ),
    ]
}

fn speaks<T>(entries: &PerAction<T>, action: &str) -> bool {
    entries.iter().any(|(pattern, _)| pattern.matches(action))
}

fn values(
    asked: &Asked<'_, '_>,
    own: Control<'_>,
    action: &str,
    rule: &str,
    explaining: &Explaining<'_>,
) -> Values {
    let spec = own.spec;
    let mut values = Values::default();
    let (run, session) = (asked.call.run.id, asked.call.session);
    match rule {
        "run_budget" => {
            if let (Some(run), Some(max)) = (run, spec.run_budget) {
                money(&mut values, asked, &key(&["run", run]), max, explaining);
            }
        }
        "session_budget" => {
            if let (Some(session), Some(max)) = (session, spec.session_budget) {
                money(
                    &mut values,
                    asked,
                    &key(&["session", session]),
                    max,
                    explaining,
                );
            }
        }
        "action_budgets" => {
            let mut about = spec
                .action_budgets
                .iter()
                .filter(|(glob, _)| glob.matches(action));
            if let (Some(run), Some((glob, max))) = (run, about.next()) {
                let key = key(&["run", run, "action", glob.as_str()]);
                money(&mut values, asked, &key, *max, explaining);
            }
        }
        "rate_limits" => {
            let mut about = spec
                .rate_limits
                .iter()
                .filter(|(glob, _)| glob.matches(action));
            if let Some((glob, limit)) = about.next() {
                let policy = own.origin("").policy.key();
                let key = key(&["rate", policy, glob.as_str(), "agent", asked.agent()]);
                let (window, max) = (limit.window_seconds, limit.max_count);
                calls(&mut values, asked, &key, window, max);
            }
        }
        _ => values.text("action", action, explaining.limits),
    }
    values
}

/// The approval rules: one that asks fails until there is a ticket.
fn approvals<'r>(
    asked: &Asked<'_, 'r>,
    own: Control<'r>,
    action: &str,
    decided: &Verdict<'r>,
    explaining: &mut Explaining<'_>,
) -> Vec<Check<'r>> {
    let mut verdict = Verdict::allow();
    let judged = approval::judge(asked, own, action, explaining.gas, &mut verdict);
    // A control that keeps no tickets refuses by itself.
    let refuses = verdict
        .reasons
        .first()
        .is_some_and(|own| decided.reasons.contains(own));
    let asked_for = refuses || !decided.is_denied();
    let rules = own.spec.approval.iter();
    let checks = rules.map(|rule| {
        let asks = control::asks(asked, rule, action, explaining.gas);
        Check {
            pointer: pointer(&rule.name, own.spec),
            rule: &rule.name,
            outcome: match (judged, asks) {
                (_, Ok(false)) => CheckOutcome::Idle,
                (Ok(()), Ok(true)) if asked_for => super::outcome(&verdict),
                // Nobody is asked to approve what is refused anyway.
                _ => CheckOutcome::LeftOut,
            },
            values: Vec::new(),
        }
    });
    checks.collect()
}

/// Where an approval rule stands: a field of the control, or an entry of `approval_rules`.
fn pointer(name: &str, spec: &ControlPolicy) -> String {
    const FIELDS: [&str; 5] = [
        "approval_actions",
        "approval_tags",
        "approval_risk_levels",
        "approval_threshold_usd",
        "require_approval",
    ];
    if FIELDS.contains(&name) {
        return format!("/{name}");
    }
    let listed = spec
        .approval
        .iter()
        .filter(|rule| !FIELDS.contains(&rule.name.as_str()));
    let number = listed.take_while(|rule| rule.name != name).count();
    format!("/approval_rules/{number}")
}
