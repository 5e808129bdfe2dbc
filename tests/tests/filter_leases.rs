//! What all gateways share: the control plane lends units, and no limit is ever exceeded, whatever happens.

use anyhow::{Result, ensure};
use callgate_host_test::{CalloutAnswer, Upstream};
use callgate_tests::approving::{close, passes, questions, reason, written};
use callgate_tests::filter::policy;
use callgate_tests::lender::Lender;
use callgate_tests::lending::{
    budget, gateway, lent, passing, pay, plugin, rate, refused, sent, sent_to, serve, three, wait,
};
use serde_json::{Value, json};
use std::time::Duration;

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
