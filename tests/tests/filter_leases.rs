//! What all gateways share: the control plane lends units, and no limit is ever exceeded, whatever happens.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{Callout, CalloutAnswer, Exchange, Process, Upstream, Vm};
use callgate_tests::approving::{
    self, call, close, passes, questions, reason, start_with, written,
};
use callgate_tests::desk::Desk;
use callgate_tests::filter::policy;
use callgate_tests::lender::Lender;
use serde_json::{Value, json};
use std::time::Duration;

const LEASES: &str = "/api/v1/leases";

fn rate(max: u64, window: u64) -> Value {
    let limit = json!({ "pay": { "max_count": max, "window_seconds": window } });
    policy("ControlPolicy", json!({ "rate_limits": limit }))
}

fn budget(usd: f64) -> Value {
    policy("ControlPolicy", json!({ "run_budget": usd }))
}

fn plugin(policies: &[Value], state: &str, usd: f64) -> Result<Value> {
    let mut plugin = approving::plugin(policies, 0)?;
    plugin["state"] = json!(state);
    plugin["routes"][0]["cost"] = json!({ "usd": usd, "header": "x-cost-usd" });
    Ok(plugin)
}

/// A worker of a process of its own.
fn gateway(policies: &[Value], state: &str, usd: f64) -> Result<Vm> {
    start_with(&Process::new(), &plugin(policies, state, usd)?)
}

fn pay() -> Exchange {
    call("ann", "pay", 1)
}

/// What the lender says to a batch.
fn lent(lender: &mut Lender, vm: &Vm, batch: &Callout) -> Result<CalloutAnswer> {
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
fn serve(vm: &mut Vm, lender: &mut Lender) -> Result<usize> {
    let mut served = 0;
    while let Some(batch) = questions(vm)?.pop() {
        let answer = lent(lender, vm, &batch)?;
        vm.answer(batch.token, answer)?;
        served += 1;
    }
    Ok(served)
}

/// Plays a call to its end: `None` if it went on, else why not.
fn sent(vm: &mut Vm, lender: &mut Lender, exchange: Exchange) -> Result<Option<String>> {
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
fn sent_to(vm: &mut Vm, answer: &CalloutAnswer) -> Result<Option<String>> {
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

fn refused(why: &str) -> Option<String> {
    Some(why.to_owned())
}

/// Lets time pass in all processes, and lets them do what is due.
fn wait(gateways: &mut [Vm], lender: &mut Lender, seconds: u64) -> Result<()> {
    for _ in 0..seconds * 4 {
        for vm in &mut *gateways {
            vm.process().advance(Duration::from_millis(250));
            vm.run_due()?;
            serve(vm, lender)?;
        }
    }
    Ok(())
}

fn three(policies: &[Value], state: &str, usd: f64) -> Result<Vec<Vm>> {
    (0..3).map(|_| gateway(policies, state, usd)).collect()
}

/// How many of so many calls go on, one at each gateway in turn; the others are refused for this reason.
fn passing(
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

#[test]
fn three_gateways_share_a_rate_and_never_exceed_it() -> Result<()> {
    let mut gateways = three(&[rate(100, 60)], "fleet", 0.0)?;
    let mut lender = Lender::default();
    let passed = passing(&mut gateways, &mut lender, 150, "42901 RATE_LIMITED")?;
    ensure!(passed == 100, "{passed} passed");
    ensure!(lender.lent() == 100, "{} were lent", lender.lent());
    ensure!(lender.asked.len() < 60, "{} batches", lender.asked.len());
    // No window of a minute has more than a hundred: what was lent counts until it surely is over.
    wait(&mut gateways, &mut lender, 59)?;
    let early = passing(&mut gateways, &mut lender, 30, "42901 RATE_LIMITED")?;
    ensure!(early == 0, "{early} passed too early");
    wait(&mut gateways, &mut lender, 10)?;
    let later = passing(&mut gateways, &mut lender, 150, "42901 RATE_LIMITED")?;
    ensure!(later == 100, "{later} passed later");
    Ok(())
}

#[test]
fn three_gateways_share_a_budget_to_the_last_unit() -> Result<()> {
    for state in ["fleet", "strict"] {
        let mut gateways = three(&[budget(10.0)], state, 0.01)?;
        let mut lender = Lender::default();
        let mut passed = passing(&mut gateways, &mut lender, 1_200, "40301 BUDGET_EXCEEDED")?;
        ensure!((980..=1_000).contains(&passed), "{state}: {passed} passed");
        // What lies idle at one of them is given back, and the others use it.
        wait(&mut gateways, &mut lender, 16)?;
        passed += passing(&mut gateways, &mut lender, 100, "40301 BUDGET_EXCEEDED")?;
        ensure!(passed == 1_000, "{state}: {passed} passed");
        let batches = lender.asked.len();
        ensure!(
            (state == "strict") == (batches >= 1_000),
            "{state}: {batches}"
        );
    }
    Ok(())
}

#[test]
fn a_gateway_is_lent_enough_for_calls_that_do_not_wait() -> Result<()> {
    let mut vm = gateway(&[rate(1_000, 60)], "fleet", 0.0)?;
    let mut lender = Lender::default();
    ensure!(sent(&mut vm, &mut lender, pay())?.is_none(), "refused");
    let mut waited = 0;
    for _ in 0..200 {
        vm.process().advance(Duration::from_millis(20));
        let outcome = vm.exchange(pay())?;
        // It went on before anybody answered: more is asked for ahead of need.
        waited += usize::from(!passes(&outcome)?);
        serve(&mut vm, &mut lender)?;
    }
    ensure!(waited == 0, "{waited} calls waited");
    ensure!(lender.asked.len() > 3, "{} batches", lender.asked.len());
    Ok(())
}

#[test]
fn a_gateway_that_cannot_ask_uses_what_it_has_and_no_more() -> Result<()> {
    let mut vm = gateway(&[rate(160, 60)], "fleet", 0.0)?;
    let mut lender = Lender::default();
    ensure!(sent(&mut vm, &mut lender, pay())?.is_none(), "refused");
    let silent = CalloutAnswer::Failed;
    let mut passed = 1;
    for _ in 0..20 {
        match sent_to(&mut vm, &silent)? {
            None => passed += 1,
            why => ensure!(why == refused("40301 STATE_UNAVAILABLE"), "{why:?}"),
        }
    }
    ensure!(passed == 10, "{passed} passed");
    ensure!(
        vm.process().metric("callgate_lease_failures_total") > Some(0),
        "no alarm"
    );
    // Nobody waits for a control plane that is known to be away.
    let open = vm.open(pay())?;
    while vm.advance(&open)? {}
    ensure!(questions(&mut vm)?.is_empty(), "it was asked at once");
    ensure!(!passes(&close(&mut vm, open)?)?, "it went on");
    // It comes back, and answers what it was asked before.
    wait(std::slice::from_mut(&mut vm), &mut lender, 5)?;
    ensure!(
        sent(&mut vm, &mut lender, pay())?.is_none(),
        "refused for good"
    );
    Ok(())
}

#[test]
fn answers_of_no_use_lend_nothing() -> Result<()> {
    let key = |lease: &Value| {
        let mut whole = json!({ "project": "paying", "key": "?", "granted": 5, "held": [] });
        for (name, value) in lease.as_object().into_iter().flatten() {
            whole[name] = value.clone();
        }
        json!({ "leases": [whole] }).to_string()
    };
    let answers = [
        (200, String::new()),
        (200, "{".to_owned()),
        (200, "{}".to_owned()),
        (200, r#"{"leases":{}}"#.to_owned()),
        (200, key(&json!({}))),
        (200, " ".repeat(2 << 20)),
        (404, String::new()),
        (500, key(&json!({}))),
        (0, String::new()),
    ];
    for (status, body) in answers {
        let mut vm = gateway(&[rate(3, 60)], "fleet", 0.0)?;
        let why = sent_to(&mut vm, &written((status, body.clone())))?;
        let start: String = body.chars().take(40).collect();
        ensure!(
            why == refused("40301 STATE_UNAVAILABLE"),
            "{status} {start}: {why:?}"
        );
    }
    Ok(())
}

#[test]
fn an_answer_that_is_lost_is_asked_for_again_and_not_twice() -> Result<()> {
    let mut gateways = three(&[rate(30, 600)], "fleet", 0.0)?;
    let mut lender = Lender::default();
    for vm in &mut gateways {
        let open = vm.open(pay())?;
        while vm.advance(&open)? {}
        for batch in questions(vm)? {
            // It was lent, and the answer is lost.
            lent(&mut lender, vm, &batch)?;
            vm.answer(batch.token, CalloutAnswer::Failed)?;
        }
        ensure!(!passes(&close(vm, open)?)?, "it went on");
    }
    let batches = lender.asked.len();
    wait(&mut gateways, &mut lender, 5)?;
    ensure!(lender.asked.len() == batches, "it was another question");
    let passed = passing(&mut gateways, &mut lender, 60, "42901 RATE_LIMITED")?;
    ensure!(passed == 30, "{passed} passed");
    Ok(())
}

#[test]
fn who_hangs_up_while_waiting_loses_nothing() -> Result<()> {
    let mut gateways = three(&[rate(5, 600)], "strict", 0.0)?;
    let mut lender = Lender::default();
    let vm = &mut gateways[0];
    let open = vm.open(pay())?;
    while vm.advance(&open)? {}
    drop(vm.close(open)?);
    serve(vm, &mut lender)?;
    let passed = passing(&mut gateways[..1], &mut lender, 9, "42901 RATE_LIMITED")?;
    ensure!(passed == 5, "{passed} passed");
    Ok(())
}

#[test]
fn a_gateway_that_ends_gives_back_what_it_did_not_use() -> Result<()> {
    let mut gateways = three(&[budget(1.0)], "fleet", 0.01)?;
    let mut lender = Lender::default();
    ensure!(
        sent(&mut gateways[0], &mut lender, pay())?.is_none(),
        "refused"
    );
    ensure!(lender.lent() > 10_000, "{}", lender.lent());
    let vm = &mut gateways[0];
    ensure!(!vm.end()?, "it was done at once");
    serve(vm, &mut lender)?;
    ensure!(vm.is_done(), "it stays");
    ensure!(lender.lent() == 10_000, "{} are lent still", lender.lent());
    Ok(())
}

#[test]
fn one_that_follows_another_configuration_goes_on_with_its_units() -> Result<()> {
    let policies = [rate(160, 600)];
    let mut vm = gateway(&policies, "fleet", 0.0)?;
    let mut lender = Lender::default();
    ensure!(sent(&mut vm, &mut lender, pay())?.is_none(), "refused");
    let mut next = plugin(&policies, "fleet", 0.0)?;
    next["response_headers"] = json!(false);
    vm.reconfigure(next.to_string())?;
    let batches = lender.asked.len();
    for _ in 0..3 {
        let outcome = vm.exchange(pay())?;
        ensure!(passes(&outcome)?, "it waited");
    }
    ensure!(lender.asked.len() == batches, "it asked");
    Ok(())
}

#[test]
fn what_a_call_really_cost_is_told_to_all() -> Result<()> {
    let mut gateways = three(&[budget(1.0)], "fleet", 0.01)?;
    let mut lender = Lender::default();
    let dear = pay().upstream(Upstream::json("{}").header("x-cost-usd", "0.9"));
    let outcome = {
        let vm = &mut gateways[0];
        let open = vm.open(dear)?;
        loop {
            while vm.advance(&open)? {}
            if serve(vm, &mut lender)? == 0 {
                break;
            }
        }
        close(vm, open)?
    };
    ensure!(passes(&outcome)?, "refused");
    wait(&mut gateways, &mut lender, 16)?;
    ensure!(lender.lent() == 900_000, "{} are held", lender.lent());
    let passed = passing(&mut gateways, &mut lender, 60, "40301 BUDGET_EXCEEDED")?;
    ensure!((8..=10).contains(&passed), "{passed} passed");
    Ok(())
}

#[test]
fn a_call_that_is_denied_anyway_asks_nobody() -> Result<()> {
    let spec = json!({
        "denied_actions": ["pay"], "rate_limits": { "pay": { "max_count": 5, "window_seconds": 60 } },
    });
    let mut vm = gateway(&[policy("ControlPolicy", spec)], "strict", 0.0)?;
    let open = vm.open(pay())?;
    while vm.advance(&open)? {}
    ensure!(questions(&mut vm)?.is_empty(), "it asked");
    ensure!(
        reason(&close(&mut vm, open)?)? == "40301 DENIED_ACTION",
        "not denied"
    );
    Ok(())
}

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
    let mut vm = start_with(
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
