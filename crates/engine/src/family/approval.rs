//! Approvals: a person is asked once for one call; the ticket is good for that call and once.

use callgate_cel::{ErrorCode, Gas};
use callgate_json::{Value, Writer, canonical};
use callgate_model::{Code, Digest, Effect, Obligation, Request};

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
    let args = digest(&asked.call.request, gas)?;
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

/// SHA-256 of the canonical arguments; absent ones are the empty object. A request without a tool asks for
/// more than those say: approved is all of it.
fn digest(request: &Request<'_>, gas: &mut Gas) -> Result<Digest, ErrorCode> {
    if request.tool.name.is_none() {
        return digest_of_all(request, gas);
    }
    let Some(args) = request.tool.args else {
        return Ok(Digest::of(b"{}"));
    };
    Ok(Digest::of(&written(args, gas)?))
}

/// SHA-256 of what a request without a tool asks for, each part under its name. What a message says of itself
/// (`id`, `_meta`) is another one each time.
fn digest_of_all(request: &Request<'_>, gas: &mut Gas) -> Result<Digest, ErrorCode> {
    let mut json = Vec::new();
    let mut w = Writer::new(&mut json);
    w.begin_object();
    if let Some(args) = request.tool.args {
        w.key("args").raw(&written(args, gas)?);
    }
    for (name, text) in [("method", request.method), ("model", request.model)] {
        if let Some(text) = text {
            gas.charge_bytes(text.len())?;
            w.key(name).str(text);
        }
    }
    let message = request.message;
    let params = message.and_then(|message| message.pointer("/params"));
    match (params, params.and_then(Value::as_object)) {
        (_, Some(params)) => {
            w.key("params").begin_object();
            for (name, member) in params.sorted().filter(|(name, _)| *name != "_meta") {
                w.key(name).raw(&written(member, gas)?);
            }
            w.end_object();
        }
        (Some(params), None) if !params.is_null() => {
            w.key("params").raw(&written(params, gas)?);
        }
        (_, None) => {}
    }
    if let Some(path) = request.path {
        gas.charge_bytes(path.len())?;
        w.key("path").str(path);
    }
    if let Some(prompt) = request.prompt {
        w.key("prompt").raw(&written(prompt.value(), gas)?);
    }
    w.end_object();
    Ok(Digest::of(&json))
}

fn written(value: Value<'_>, gas: &mut Gas) -> Result<Vec<u8>, ErrorCode> {
    // Written and hashed: twice what reading costs.
    gas.charge_bytes(value.raw().len().saturating_mul(2))?;
    let mut out = Vec::new();
    canonical::write(value, &mut out);
    Ok(out)
}
