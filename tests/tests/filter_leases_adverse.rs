//! Leases where something is wrong: clocks, answers, late refunds, roots that go, names that clients choose.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{Exchange, Process, Upstream, Vm};
use callgate_tests::approving::{self, call, close, passes, questions, reason, written};
use callgate_tests::desk::Desk;
use callgate_tests::filter::worker;
use callgate_tests::lender::Lender;
use callgate_tests::lending::{LEASES, budget, gateway, lent, pay, plugin, rate, sent, wait};
use serde_json::{Value, json};
use std::time::Duration;

/// The first root context of a VM.
const FIRST: u32 = 1;

#[test]
fn a_clock_that_is_set_back_does_not_prolong_what_was_lent() -> Result<()> {
    for state in ["fleet", "strict"] {
        let mut vm = gateway(&[rate(160, 60)], state, 0.0)?;
        let mut lender = Lender::default();
        ensure!(sent(&mut vm, &mut lender, pay())?.is_none(), "refused");
        let now = vm.process().now();
        vm.process().set_now(now - 3_600_000_000_000);
        // By now others have been lent what this one had.
        vm.process().advance(Duration::from_secs(120));
        let outcome = vm.exchange(pay())?;
        ensure!(
            outcome.forwarded.is_none(),
            "{state}: it went on with old units"
        );
        // By the new clock it goes on as before.
        wait(std::slice::from_mut(&mut vm), &mut Lender::default(), 12)?;
        let mut lender = Lender::default();
        for call in 0..5 {
            let why = sent(&mut vm, &mut lender, pay())?;
            ensure!(why.is_none(), "{state}: {call}: {why:?}");
        }
        let outcome = vm.exchange(pay())?;
        ensure!(
            outcome.forwarded.is_some() == (state == "fleet"),
            "{state}: it asks"
        );
    }
    Ok(())
}

#[test]
fn what_is_owed_is_told_whatever_the_control_plane_says_meanwhile() -> Result<()> {
    for status in [0, 400, 401, 404, 408, 429, 500, 503] {
        let mut vm = gateway(&[budget(1.0)], "fleet", 0.01)?;
        let mut lender = Lender::default();
        let dear = pay().upstream(Upstream::json("{}").header("x-cost-usd", "0.9"));
        ensure!(sent(&mut vm, &mut lender, dear)?.is_none(), "refused");
        vm.process().advance(Duration::from_millis(250));
        vm.run_due()?;
        let mut told = 0;
        for batch in questions(&mut vm)? {
            let owed = &serde_json::from_slice::<Value>(&batch.body)?["leases"][0]["owed"];
            told += usize::from(owed.as_u64() > Some(0));
            vm.answer(batch.token, written((status, String::new())))?;
        }
        ensure!(told == 1, "{status}: it was told {told} times");
        wait(std::slice::from_mut(&mut vm), &mut lender, 10)?;
        ensure!(lender.lent() >= 900_000, "{status}: {}", lender.lent());
    }
    Ok(())
}

/// Answers what is asked; questions about approvals are granted, redemptions only if that is so.
fn granted(vm: &mut Vm, lender: &mut Lender, desk: &mut Desk, redeems: bool) -> Result<usize> {
    let mut lent_for = 0;
    loop {
        let asked = questions(vm)?.into_iter().find(|callout| {
            let path = callout.headers.text(":path").unwrap_or_default();
            redeems || !path.ends_with("/redeem")
        });
        let Some(callout) = asked else {
            return Ok(lent_for);
        };
        let answer = match callout.headers.text(":path").as_deref() == Some(LEASES) {
            true => {
                lent_for += 1;
                lent(lender, vm, &callout)?
            }
            false => approving::said(desk, &callout),
        };
        vm.answer(callout.token, answer)?;
    }
}

#[test]
fn what_is_given_back_is_usable_no_longer_than_it_was() -> Result<()> {
    let mut vm = worker(
        &Process::new(),
        &plugin(&[approving::control()], "fleet", 0.0)?,
    )?;
    let (mut lender, mut desk) = (Lender::default(), Desk::default());
    desk.approve_all();
    let hold = |vm: &mut Vm, lender: &mut Lender, desk: &mut Desk, amount| -> Result<_> {
        let open = vm.open(call("ann", "pay", amount))?;
        while vm.advance(&open)? {}
        granted(vm, lender, desk, false)?;
        Ok(open)
    };
    // Lent until the sixth second, and taken by a call that waits for its redemption.
    let first = hold(&mut vm, &mut lender, &mut desk, 1)?;
    vm.process().advance(Duration::from_secs(5));
    // Lent until the eleventh.
    let second = hold(&mut vm, &mut lender, &mut desk, 2)?;
    vm.process().advance(Duration::from_secs(2));
    drop(vm.close(first)?);
    // What the first has not used is over, and nobody else may use it any more.
    let third = vm.open(call("ann", "pay", 3))?;
    while vm.advance(&third)? {}
    let batches = granted(&mut vm, &mut lender, &mut desk, true)?;
    ensure!(batches > 0, "it went on with a unit that was over");
    drop((vm.close(second)?, vm.close(third)?));
    Ok(())
}

#[test]
fn units_beyond_what_was_asked_for_are_not_used() -> Result<()> {
    let mut vm = gateway(&[rate(32, 60)], "fleet", 0.0)?;
    let open = vm.open(pay())?;
    while vm.advance(&open)? {}
    for batch in questions(&mut vm)? {
        let key = &serde_json::from_slice::<Value>(&batch.body)?["leases"][0]["key"];
        let lease = json!({ "project": "paying", "key": key, "granted": 1_000, "held": [] });
        let answer = json!({ "leases": [lease] }).to_string();
        vm.answer(batch.token, written((200, answer)))?;
    }
    let mut passed = usize::from(passes(&close(&mut vm, open)?)?);
    for _ in 0..40 {
        passed += usize::from(vm.exchange(pay())?.forwarded.is_some());
    }
    ensure!(passed <= 2, "{passed} passed");
    Ok(())
}

#[test]
fn numbers_of_any_size_trap_nothing() -> Result<()> {
    let huge = [0u64, 1, 1 << 31, (1 << 53) - 1, 1 << 53, u64::MAX];
    for (granted, ends) in huge.iter().flat_map(|a| huge.iter().map(move |b| (a, b))) {
        for policies in [rate(160, 60), budget(1.0)] {
            let mut vm = gateway(&[policies], "fleet", 0.01)?;
            for _ in 0..4 {
                let open =
                    vm.open(pay().upstream(Upstream::json("{}").header("x-cost-usd", "9e9")))?;
                while vm.advance(&open)? {}
                for batch in questions(&mut vm)? {
                    let key = &serde_json::from_slice::<Value>(&batch.body)?["leases"][0]["key"];
                    let held = vec![json!({ "units": granted, "ends_in_ms": ends }); 100];
                    let lease = json!({ "project": "paying", "key": key, "granted": granted,
                        "expires_in_ms": ends, "held": held });
                    let answer = json!({ "leases": [lease] }).to_string();
                    vm.answer(batch.token, written((200, answer)))?;
                }
                close(&mut vm, open)?;
                wait(std::slice::from_mut(&mut vm), &mut Lender::default(), 1)?;
            }
            ensure!(!vm.failed(), "{granted} {ends}");
        }
    }
    Ok(())
}

#[test]
fn what_a_long_call_did_not_cost_is_given_back() -> Result<()> {
    let mut vm = gateway(&[budget(1.0)], "strict", 0.9)?;
    let mut lender = Lender::default();
    let cheap = pay().upstream(
        Upstream::json("{}")
            .header("x-cost-usd", "0.1")
            .header("x-slow", "1"),
    );
    let open = vm.open(cheap)?;
    while questions(&mut vm)?.is_empty() && vm.advance(&open)? {}
    // It takes longer than units lie idle.
    let batch = questions(&mut vm)?.pop().context("it asks nothing")?;
    let answer = lent(&mut lender, &vm, &batch)?;
    vm.answer(batch.token, answer)?;
    wait(std::slice::from_mut(&mut vm), &mut lender, 30)?;
    ensure!(passes(&close(&mut vm, open)?)?, "refused");
    wait(std::slice::from_mut(&mut vm), &mut lender, 30)?;
    ensure!(lender.lent() == 100_000, "{} are lent", lender.lent());
    Ok(())
}

#[test]
fn a_root_that_goes_leaves_what_it_asked_to_the_next() -> Result<()> {
    let policies = [rate(5, 600)];
    let mut vm = gateway(&policies, "fleet", 0.0)?;
    let mut lender = Lender::default();
    let open = vm.open(pay())?;
    while vm.advance(&open)? {}
    let lost = questions(&mut vm)?.pop().context("it asks nothing")?;
    let mut next = plugin(&policies, "fleet", 0.0)?;
    next["response_headers"] = json!(false);
    vm.reconfigure(next.to_string())?;
    // The host cancels what a context has asked that is gone.
    lent(&mut lender, &vm, &lost)?;
    vm.callback("proxy_on_done", &[FIRST])?;
    vm.callback("proxy_on_delete", &[FIRST])?;
    for _ in 0..8 {
        vm.process().advance(Duration::from_millis(250));
        vm.run_due()?;
        for batch in questions(&mut vm)? {
            if batch.token != lost.token {
                let answer = lent(&mut lender, &vm, &batch)?;
                vm.answer(batch.token, answer)?;
            }
        }
    }
    ensure!(passes(&close(&mut vm, open)?)?, "refused");
    ensure!(lender.asked.len() == 1, "it was another question");
    Ok(())
}

#[test]
fn names_that_clients_choose_fill_no_memory() -> Result<()> {
    let mut vm = gateway(&[budget(1.0)], "fleet", 0.01)?;
    let mut lender = Lender::default();
    let mut after = 0;
    for run in 0..4_000 {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "pay", "arguments": {} } });
        let exchange = Exchange::post("/mcp")
            .header("mcp-protocol-version", "2025-06-18")
            .header("x-agent", "ann")
            .header("x-run", format!("r-{run}"))
            .body(body.to_string());
        ensure!(
            sent(&mut vm, &mut lender, exchange)?.is_none(),
            "{run}: refused"
        );
        if run == 1_500 {
            after = vm.memory_bytes();
        }
    }
    wait(std::slice::from_mut(&mut vm), &mut lender, 30)?;
    let grown = vm.memory_bytes() - after;
    ensure!(grown <= 1 << 20, "{grown} bytes more");
    Ok(())
}

#[test]
fn a_control_plane_that_is_slow_is_asked_once_for_a_refusal() -> Result<()> {
    let mut vm = gateway(&[rate(1, 600)], "fleet", 0.0)?;
    let mut lender = Lender::default();
    ensure!(sent(&mut vm, &mut lender, pay())?.is_none(), "refused");
    vm.process().advance(Duration::from_secs(5));
    let before = lender.asked.len();
    let open = vm.open(pay())?;
    while vm.advance(&open)? {}
    while let Some(batch) = questions(&mut vm)?.pop() {
        vm.process().advance(Duration::from_secs(3));
        let answer = lent(&mut lender, &vm, &batch)?;
        vm.answer(batch.token, answer)?;
    }
    ensure!(
        reason(&close(&mut vm, open)?)? == "42901 RATE_LIMITED",
        "another reason"
    );
    let asked = lender.asked.len() - before;
    ensure!(asked <= 2, "it asked {asked} times");
    Ok(())
}
