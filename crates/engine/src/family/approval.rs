//! Approvals: a person is asked once for one call; the ticket is good for that call and once.

use callgate_cel::{ErrorCode, Gas};
use callgate_json::{Value, canonical};
use callgate_model::{Code, Digest, Effect, Obligation};

use super::control::{Control, asks};
use crate::asked::Asked;
use crate::verdict::Verdict;

/// Asks for an approval if a rule of the control wants one and there is no ticket.
///
/// # Errors
/// Gas that runs out.
pub(crate) fn judge<'r>(
    asked: &Asked<'_, 'r>,
    control: Control<'r>,
    action: &str,
    gas: &mut Gas,
    verdict: &mut Verdict<'r>,
) -> Result<(), ErrorCode> {
    let mut wanted = None;
    let mut approvers: Vec<&str> = Vec::new();
    for rule in &control.spec.approval {
        gas.charge(1)?;
        if asks(asked, rule, action, gas)? {
            wanted = wanted.or(Some(rule.name.as_str()));
            approvers.extend(rule.approvers.iter().map(String::as_str));
        }
    }
    let Some(rule) = wanted else {
        return Ok(());
    };
    let origin = control.origin(rule);
    // Where no ticket can ever be, a person would be asked for ever.
    let Some(tickets) = asked.state.approvals() else {
        verdict.add(origin.reason(Code::StateUnavailable));
        return Ok(());
    };
    let args = digest(asked.call.request.tool.args, gas)?;
    let ticket = tickets.iter().find(|ticket| {
        ticket.policy == origin.policy.key()
            && ticket.identity == asked.agent()
            && ticket.tool == action
            && ticket.args == args
            && ticket.expires_at > asked.now
    });
    if let Some(ticket) = ticket {
        verdict.delta.approvals.push(ticket.id.to_owned());
        return Ok(());
    }
    callgate_json::sort_by(&mut approvers, Ord::cmp);
    approvers.dedup();
    verdict.obligations.push(Obligation::Approval {
        policy: origin.policy,
        args,
        approvers,
        timeout_seconds: control.spec.approval_timeout_seconds,
    });
    verdict.raise(
        Effect::RequireApproval,
        origin.reason(Code::ApprovalRequired),
    );
    Ok(())
}

/// SHA-256 of the canonical arguments; absent ones are the empty object.
fn digest(args: Option<Value<'_>>, gas: &mut Gas) -> Result<Digest, ErrorCode> {
    let Some(args) = args else {
        return Ok(Digest::of(b"{}"));
    };
    // Written and hashed: twice what reading costs.
    gas.charge_bytes(args.raw().len().saturating_mul(2))?;
    Ok(Digest::of(canonical::to_string(args).as_bytes()))
}
