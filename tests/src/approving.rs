//! A filter whose control plane keeps approvals, and the plays of calls that need one.

use crate::desk::Desk;
use crate::filter::{policy, worker};
use crate::releases;
use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{Callout, CalloutAnswer, Exchange, Headers, Open, Outcome, Process, Vm};
use callgate_release::signed::PrivateKey;
use serde_json::{Value, json};

/// A control that wants `pay` and `refund` approved, and lets `pay` pass three times a minute.
#[must_use]
pub fn control() -> Value {
    policy(
        "ControlPolicy",
        json!({
            "require_approval": true,
            "approval_actions": ["pay", "refund"],
            "default_approvers": ["finance"],
            "rate_limits": { "pay": { "max_count": 3, "window_seconds": 60 } },
        }),
    )
}

/// Who signs the releases.
#[must_use]
pub fn key() -> PrivateKey {
    PrivateKey::from_seed(&[5; 32])
}

/// A configuration with these policies that holds a request for so many seconds.
///
/// # Errors
/// The filter is not built, traps, or does what no filter may.
pub fn plugin(policies: &[Value], wait: u64) -> Result<Value> {
    let key = key();
    Ok(json!({
        "identity": { "source": "header", "header": "x-agent" },
        "run": { "source": "header", "header": "x-run" },
        "routes": [{ "path": "/mcp", "kind": "mcp" }],
        "trusted_keys": [key.public().to_pem()],
        "release": serde_json::from_str::<Value>(&releases::signed("paying", 4, policies, &key)?)?,
        "control_plane": { "cluster": "control", "token": "secret", "poll_ms": 1000 },
        "approvals": { "wait_seconds": wait },
    }))
}

/// A VM with [`control`] alone.
///
/// # Errors
/// The filter is not built, traps, or does what no filter may.
pub fn start(wait: u64) -> Result<Vm> {
    worker(&Process::new(), &plugin(&[control()], wait)?)
}

/// A call of `tool` by `agent`, in two pieces.
#[must_use]
pub fn call(agent: &str, tool: &str, amount: u64) -> Exchange {
    let body = json!({
        "jsonrpc": "2.0", "id": "q-1", "method": "tools/call",
        "params": { "name": tool, "arguments": { "to": "ACME", "amount": amount } },
    });
    let body = body.to_string().into_bytes();
    let (first, rest) = body.split_at(body.len() / 2);
    Exchange::post("/mcp")
        .header("mcp-protocol-version", "2025-06-18")
        .header("x-agent", agent)
        .header("x-run", "r-1")
        .chunks(vec![first.to_vec(), rest.to_vec()])
}

/// The call that these tests are about.
#[must_use]
pub fn pay() -> Exchange {
    call("ann", "pay", 5)
}

/// An answer of the control plane.
#[must_use]
pub fn written(answer: (u16, String)) -> CalloutAnswer {
    let (status, body) = answer;
    CalloutAnswer::Response {
        headers: Headers::new().with(":status", status.to_string()),
        body: body.into_bytes(),
        trailers: Headers::new(),
    }
}

/// Questions about approvals that are open; those for releases are answered.
///
/// # Errors
/// The filter is not built, traps, or does what no filter may.
pub fn questions(vm: &mut Vm) -> Result<Vec<Callout>> {
    let (polls, asked): (Vec<_>, Vec<_>) = vm
        .open_callouts()
        .into_iter()
        .partition(|callout| callout.headers.text(":method").as_deref() == Some("GET"));
    for poll in polls {
        vm.answer(poll.token, written((304, String::new())))?;
    }
    Ok(asked)
}

/// What a desk says to an open question.
#[must_use]
pub fn said(desk: &mut Desk, callout: &Callout) -> CalloutAnswer {
    let path = callout.headers.text(":path").unwrap_or_default();
    written(desk.answer(&path, &callout.body))
}

/// Plays an exchange until it neither moves nor asks anything.
///
/// # Errors
/// The filter is not built, traps, or does what no filter may.
pub fn settle(vm: &mut Vm, open: &Open, desk: &mut Desk) -> Result<()> {
    loop {
        while vm.advance(open)? {}
        let Some(callout) = questions(vm)?.pop() else {
            return Ok(());
        };
        vm.answer(callout.token, said(desk, &callout))?;
    }
}

/// Plays a whole exchange.
///
/// # Errors
/// The filter is not built, traps, or does what no filter may.
pub fn exchange(vm: &mut Vm, desk: &mut Desk, exchange: Exchange) -> Result<Outcome> {
    let open = vm.open(exchange)?;
    settle(vm, &open, desk)?;
    close(vm, open)
}

/// Ends an exchange.
///
/// # Errors
/// The filter is not built, traps, or does what no filter may.
pub fn close(vm: &mut Vm, open: Open) -> Result<Outcome> {
    let outcome = vm.close(open)?;
    ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
    Ok(outcome)
}

/// The JSON-RPC code and error of a refusal; `None` of what went on whole.
///
/// # Errors
/// The filter is not built, traps, or does what no filter may.
pub fn refusal(outcome: &Outcome) -> Result<Option<(i64, Value)>> {
    match (&outcome.forwarded, &outcome.reply) {
        (Some(forwarded), None) => {
            ensure!(forwarded.complete, "a part went on");
            serde_json::from_slice::<Value>(&forwarded.body).context("a part went on")?;
            Ok(None)
        }
        (None, Some(reply)) => {
            let answer: Value = serde_json::from_slice(&reply.body)?;
            let code = answer["error"]["code"]
                .as_i64()
                .context(answer.to_string())?;
            Ok(Some((code, answer["error"].clone())))
        }
        other => anyhow::bail!("{other:?}"),
    }
}

/// The JSON-RPC code of a refusal, and why.
///
/// # Errors
/// The filter is not built, traps, or does what no filter may.
pub fn reason(outcome: &Outcome) -> Result<String> {
    let (code, error) = refusal(outcome)?.context("it went on")?;
    let reason = error["data"]["reasons"][0].as_str();
    Ok(format!("{code} {}", reason.context(error.to_string())?))
}

/// Whether it went on.
///
/// # Errors
/// The filter is not built, traps, or does what no filter may.
pub fn passes(outcome: &Outcome) -> Result<bool> {
    Ok(refusal(outcome)?.is_none())
}

/// Everything that is counted, in bytes as shared data has it.
#[must_use]
pub fn counted(vm: &Vm) -> Vec<Option<Vec<u8>>> {
    let slot = |number| {
        vm.process()
            .shared("callgate", format!("callgate.state.{number}"))
    };
    (0..1_024)
        .map(|n| slot(n).map(|(bytes, _)| bytes))
        .collect()
}
