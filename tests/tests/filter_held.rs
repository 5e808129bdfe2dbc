//! Requests that are held until somebody approves them: resumed, given up, closed, in any order.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{
    CalloutAnswer, End, Fault, HOST_CALLS, Headers, Module, Open, Options, Random, Status, Vm, When,
};
use callgate_tests::approving::{
    call, close, control, exchange, key, passes, pay, plugin, questions, reason, refusal, said,
    settle, start, written,
};
use callgate_tests::desk::{Desk, Verdict};
use callgate_tests::filter::policy;
use callgate_tests::releases;
use serde_json::json;
use std::cell::RefCell;
use std::time::Duration;

#[test]
fn an_answer_that_never_comes_ends_after_some_seconds() -> Result<()> {
    let mut vm = start(0)?;
    let open = vm.open(pay())?;
    while vm.advance(&open)? {}
    vm.process().advance(Duration::from_secs(6));
    vm.run_due()?;
    assert_eq!(reason(&close(&mut vm, open)?)?, "40302 APPROVAL_REQUIRED");
    Ok(())
}

#[test]
fn a_held_call_goes_on_when_it_is_approved() -> Result<()> {
    for trailers in [false, true] {
        let (mut vm, mut desk) = (start(30)?, Desk::default());
        let exchange = match trailers {
            true => pay().trailers(Headers::new().with("x-sum", "1")),
            false => pay(),
        };
        let open = vm.open(exchange)?;
        settle(&mut vm, &open, &mut desk)?;
        for _ in 0..10 {
            vm.process().advance(Duration::from_secs(1));
            vm.run_due()?;
            settle(&mut vm, &open, &mut desk)?;
        }
        ensure!((5..=11).contains(&desk.asked.len()), "{}", desk.asked.len());
        desk.decide("apr_0", Verdict::Approved);
        vm.process().advance(Duration::from_secs(2));
        vm.run_due()?;
        settle(&mut vm, &open, &mut desk)?;
        let outcome = close(&mut vm, open)?;
        ensure!(passes(&outcome)?, "refused");
        let sent = outcome.forwarded.context("forwarded")?;
        ensure!(
            sent.headers.first("x-agent").is_none(),
            "an identity went on"
        );
        ensure!(
            sent.trailers.is_none_or(|lines| lines.is_empty()),
            "trailers went on"
        );
        assert_eq!((desk.last_id().as_str(), desk.redeemed()), ("apr_0", 1));
    }
    Ok(())
}

#[test]
fn a_held_call_that_nobody_approves_ends_with_the_wait() -> Result<()> {
    let (mut vm, mut desk) = (start(5)?, Desk::default());
    let open = vm.open(pay())?;
    settle(&mut vm, &open, &mut desk)?;
    // An outage meanwhile changes nothing.
    vm.process().advance(Duration::from_secs(2));
    vm.run_due()?;
    let asked = questions(&mut vm)?.pop().context("a question")?;
    vm.answer(asked.token, CalloutAnswer::Failed)?;
    for _ in 0..2 {
        vm.process().advance(Duration::from_secs(2));
        vm.run_due()?;
        settle(&mut vm, &open, &mut desk)?;
    }
    let (code, error) = refusal(&close(&mut vm, open)?)?.context("it went on")?;
    assert_eq!(
        (code, &error["data"]["approval"]["id"]),
        (40302, &json!("apr_0"))
    );
    Ok(())
}

#[test]
fn a_stream_that_is_closed_while_held_leaves_nothing_behind() -> Result<()> {
    // Closed at the question, and at the redemption.
    for answered in 0..2 {
        let (mut vm, mut desk) = (start(30)?, Desk::default());
        exchange(&mut vm, &mut Desk::default(), call("ann", "read", 1))?;
        desk.approve_all();
        for _ in 0..5 {
            let open = vm.open(pay())?;
            while vm.advance(&open)? {}
            for _ in 0..answered {
                let asked = questions(&mut vm)?.pop().context("a question")?;
                vm.answer(asked.token, said(&mut desk, &asked))?;
            }
            let late = questions(&mut vm)?.pop().context("a question")?;
            let outcome = close(&mut vm, open)?;
            assert_eq!(outcome.end, End::Held);
            ensure!(outcome.forwarded.is_none(), "it went on");
            vm.answer(late.token, said(&mut desk, &late))?;
            vm.process().advance(Duration::from_secs(1));
            vm.run_due()?;
            ensure!(questions(&mut vm)?.is_empty(), "it asks on");
        }
        // Three a minute: had any been counted, these would not all pass.
        for _ in 0..3 {
            ensure!(passes(&exchange(&mut vm, &mut desk, pay())?)?, "refused");
        }
    }
    Ok(())
}

#[test]
fn a_held_call_ends_on_the_release_it_began_with() -> Result<()> {
    let (mut vm, mut desk) = (start(30)?, Desk::default());
    let open = vm.open(pay())?;
    settle(&mut vm, &open, &mut desk)?;
    let nothing = policy("ControlPolicy", json!({ "denied_actions": ["*"] }));
    let mut next = plugin(&[control()], 0)?;
    let signed = releases::signed("paying", 5, &[nothing], &key())?;
    next["release"] = serde_json::from_str(&signed)?;
    vm.reconfigure(next.to_string())?;
    desk.decide("apr_0", Verdict::Approved);
    vm.process().advance(Duration::from_secs(2));
    vm.run_due()?;
    settle(&mut vm, &open, &mut desk)?;
    ensure!(passes(&close(&mut vm, open)?)?, "refused");
    let outcome = exchange(&mut vm, &mut desk, pay())?;
    assert_eq!(reason(&outcome)?, "40301 DENIED_ACTION");
    Ok(())
}

#[test]
fn a_piece_after_the_last_ends_a_held_call() -> Result<()> {
    for name in [
        "proxy_on_request_body",
        "proxy_on_request_trailers",
        "proxy_on_request_headers",
    ] {
        let (mut vm, mut desk) = (start(30)?, Desk::default());
        desk.approve_all();
        let open = vm.open(pay())?;
        while vm.advance(&open)? {}
        let asked = questions(&mut vm)?.pop().context("a question")?;
        // The first stream of a VM is its second context.
        match name {
            "proxy_on_request_trailers" => vm.callback(name, &[2, 1])?,
            _ => vm.callback(name, &[2, 10_000, 1])?,
        };
        vm.answer(asked.token, said(&mut desk, &asked))?;
        let outcome = vm.close(open)?;
        ensure!(outcome.forwarded.is_none(), "it went on");
        assert_eq!(desk.redeemed(), 0);
    }
    Ok(())
}

#[test]
fn whatever_host_call_fails_nothing_goes_on_without_its_redemption() -> Result<()> {
    let mut passed = 0;
    for call in HOST_CALLS {
        for (after, status) in (0..4).flat_map(|n| [(n, Status::InternalFailure), (n, Status::Ok)])
        {
            let (mut vm, desk) = (start(0)?, RefCell::new(Desk::default()));
            desk.borrow_mut().approve_all();
            vm.inject(Fault {
                when: When::Nth(call, after),
                status,
            });
            let open = vm.open(pay())?;
            settle(&mut vm, &open, &mut desk.borrow_mut())?;
            let forwarded = vm.close(open)?.forwarded.is_some();
            let redeemed = desk.borrow().redeemed();
            ensure!(!forwarded || redeemed == 1, "`{call}` {after} {status:?}");
            passed += usize::from(forwarded);
        }
    }
    ensure!(passed > 0, "nothing ever passed: the test proves nothing");
    Ok(())
}

#[test]
fn a_cluster_that_is_not_there_refuses_at_once() -> Result<()> {
    let options = Options::default();
    let mut vm = Vm::start(
        Module::filter()?,
        plugin(&[control()], 30)?.to_string(),
        options,
    )?;
    let open = vm.open(pay())?;
    while vm.advance(&open)? {}
    // Also while a wait would be allowed it ends with it.
    for _ in 0..35 {
        vm.process().advance(Duration::from_secs(1));
        vm.run_due()?;
    }
    assert_eq!(reason(&close(&mut vm, open)?)?, "40302 APPROVAL_REQUIRED");
    Ok(())
}

/// What is in flight while anything happens in any order.
struct Play {
    vm: Vm,
    desk: Desk,
    open: Vec<Open>,
    forwarded: usize,
}

impl Play {
    fn step(&mut self, random: &mut Random) -> Result<()> {
        match random.below(7) {
            0 if self.open.len() < 5 => {
                let amount = random.below(3) as u64;
                self.open.push(self.vm.open(call("ann", "pay", amount))?);
            }
            0 | 1 => {
                for open in &self.open {
                    self.vm.advance(open)?;
                }
            }
            2 => self.answer(random)?,
            3 => {
                let id = format!("apr_{}", random.below(self.desk.asked.len() + 1));
                let verdicts = [Verdict::Approved, Verdict::Approved, Verdict::Rejected];
                let verdict = random.pick(&verdicts).copied();
                self.desk.decide(&id, verdict.unwrap_or(Verdict::Expired));
            }
            4 => {
                self.vm.process().advance(Duration::from_millis(700));
                self.vm.run_due()?;
            }
            5 if random.one_in(3) => {
                let when = When::Index(random.draw() % 12);
                let status = random.pick(&Status::FAILURES).copied();
                let status = status.unwrap_or(Status::InternalFailure);
                self.vm.inject(Fault { when, status });
            }
            _ if random.one_in(3) && !self.open.is_empty() => {
                let open = self.open.swap_remove(random.below(self.open.len()));
                let outcome = self.vm.close(open)?;
                self.forwarded += usize::from(outcome.forwarded.is_some());
            }
            _ => {}
        }
        Ok(())
    }

    fn answer(&mut self, random: &mut Random) -> Result<()> {
        let asked = questions(&mut self.vm)?;
        let Some(callout) = random.pick(&asked) else {
            return Ok(());
        };
        let answer = match random.below(8) {
            0 => CalloutAnswer::Failed,
            1 => written((500, "{}".to_owned())),
            _ => said(&mut self.desk, callout),
        };
        Ok(self.vm.answer(callout.token, answer)?)
    }
}

#[test]
fn in_any_order_as_many_calls_go_on_as_tickets_are_taken_back() -> Result<()> {
    let mut random = Random::seeded(11);
    let mut forwarded = 0;
    for round in 0..60 {
        let mut play = Play {
            vm: start(3)?,
            desk: Desk::default(),
            open: Vec::new(),
            forwarded: 0,
        };
        for step in 0..300 {
            let taken = play.step(&mut random);
            taken.with_context(|| format!("round {round}, step {step}"))?;
        }
        play.vm.clear_faults();
        for open in std::mem::take(&mut play.open) {
            play.forwarded += usize::from(play.vm.close(open)?.forwarded.is_some());
        }
        // A host that fails after the redemption may cost one its ticket.
        ensure!(play.forwarded <= play.desk.redeemed(), "round {round}");
        forwarded += play.forwarded;
    }
    ensure!(forwarded > 50, "{forwarded}: the test proves nothing");
    Ok(())
}
