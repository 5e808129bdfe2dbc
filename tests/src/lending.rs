//! Gateways that are lent units by a control plane, and the plays of calls that need some.

use crate::approving::{self, call, close, passes, questions, reason, written};
use crate::filter::{policy, worker};
use crate::lender::Lender;
use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{Callout, CalloutAnswer, Exchange, Process, Vm};
use serde_json::{Value, json};
use std::time::Duration;

/// Where units are asked for.
pub const LEASES: &str = "/api/v1/leases";

/// A policy with a rate of `pay`: so many in so many seconds.
#[must_use]
pub fn rate(max: u64, window: u64) -> Value {
    let limit = json!({ "pay": { "max_count": max, "window_seconds": window } });
    policy("ControlPolicy", json!({ "rate_limits": limit }))
}

/// A policy with a budget of each run.
#[must_use]
pub fn budget(usd: f64) -> Value {
    policy("ControlPolicy", json!({ "run_budget": usd }))
}

/// A configuration with these policies, and what a call costs.
///
/// # Errors
/// A policy is wrong.
pub fn plugin(policies: &[Value], state: &str, usd: f64) -> Result<Value> {
    let mut plugin = approving::plugin(policies, 0)?;
    plugin["state"] = json!(state);
    plugin["routes"][0]["cost"] = json!({ "usd": usd, "header": "x-cost-usd" });
    Ok(plugin)
}

/// A worker of a process of its own.
///
/// # Errors
/// The filter is not built, traps, or does what no filter may.
pub fn gateway(policies: &[Value], state: &str, usd: f64) -> Result<Vm> {
    worker(&Process::new(), &plugin(policies, state, usd)?)
}

/// The call that these tests are about.
#[must_use]
pub fn pay() -> Exchange {
    call("ann", "pay", 1)
}

/// What the lender says to a batch.
///
/// # Errors
/// The filter is not built, traps, or does what no filter may.
pub fn lent(lender: &mut Lender, vm: &Vm, batch: &Callout) -> Result<CalloutAnswer> {
    ensure!(
        batch.headers.text(":path").as_deref() == Some(LEASES),
        "{batch:?}"
    );
    ensure!(
        batch.headers.text("authorization").as_deref() == Some("Bearer secret"),
        "{batch:?}"
    );
    let key = batch.headers.text("idempotency-key");
    let key = key.context("no idempotency key")?;
    let now = vm.process().now() / 1_000_000;
    Ok(written(lender.answer(&key, &batch.body, now)))
}

/// Answers all that is asked.
///
/// # Errors
/// The filter is not built, traps, or does what no filter may.
pub fn serve(vm: &mut Vm, lender: &mut Lender) -> Result<usize> {
    let mut served = 0;
    while let Some(batch) = questions(vm)?.pop() {
        let answer = lent(lender, vm, &batch)?;
        vm.answer(batch.token, answer)?;
        served += 1;
    }
    Ok(served)
}

/// Plays a call to its end: `None` if it went on, else why not.
///
/// # Errors
/// The filter is not built, traps, or does what no filter may.
pub fn sent(vm: &mut Vm, lender: &mut Lender, exchange: Exchange) -> Result<Option<String>> {
    let open = vm.open(exchange)?;
    loop {
        while vm.advance(&open)? {}
        if serve(vm, lender)? == 0 {
            break;
        }
    }
    let outcome = close(vm, open)?;
    match passes(&outcome)? {
        true => Ok(None),
        false => Ok(Some(reason(&outcome)?)),
    }
}

/// Plays a call while the control plane says nothing but this.
///
/// # Errors
/// The filter is not built, traps, or does what no filter may.
pub fn sent_to(vm: &mut Vm, answer: &CalloutAnswer) -> Result<Option<String>> {
    let open = vm.open(pay())?;
    while vm.advance(&open)? {}
    for question in questions(vm)? {
        vm.answer(question.token, answer.clone())?;
    }
    while vm.advance(&open)? {}
    let outcome = close(vm, open)?;
    match passes(&outcome)? {
        true => Ok(None),
        false => Ok(Some(reason(&outcome)?)),
    }
}

/// A refusal with this reason.
#[must_use]
pub fn refused(why: &str) -> Option<String> {
    Some(why.to_owned())
}

/// Lets time pass in all processes, and lets them do what is due.
///
/// # Errors
/// The filter is not built, traps, or does what no filter may.
pub fn wait(gateways: &mut [Vm], lender: &mut Lender, seconds: u64) -> Result<()> {
    for _ in 0..seconds * 4 {
        for vm in &mut *gateways {
            vm.process().advance(Duration::from_millis(250));
            vm.run_due()?;
            serve(vm, lender)?;
        }
    }
    Ok(())
}

/// A worker each of three processes.
///
/// # Errors
/// The filter is not built, traps, or does what no filter may.
pub fn three(policies: &[Value], state: &str, usd: f64) -> Result<Vec<Vm>> {
    (0..3).map(|_| gateway(policies, state, usd)).collect()
}

/// How many of so many calls go on, one at each gateway in turn; the others are refused for this reason.
///
/// # Errors
/// The filter is not built, traps, or does what no filter may.
pub fn passing(
    gateways: &mut [Vm],
    lender: &mut Lender,
    calls: usize,
    otherwise: &str,
) -> Result<usize> {
    let mut passed = 0;
    let count = gateways.len();
    for number in 0..calls {
        let vm = &mut gateways[number % count];
        match sent(vm, lender, pay())? {
            None => passed += 1,
            why => ensure!(why == refused(otherwise), "{why:?}"),
        }
    }
    Ok(passed)
}
