//! Exceptions from the control plane: signed lists lift policies, as often as they say and no more.

use anyhow::{Result, ensure};
use callgate_host_test::{CalloutAnswer, Headers, Process, Vm};
use callgate_json::Document;
use callgate_release::Envelope;
use callgate_release::signed::{Exceptions, PrivateKey};
use callgate_tests::approving::{self, call, close, passes, questions, reason, written};
use callgate_tests::filter::{policy, worker};
use callgate_tests::lender::Lender;
use serde_json::{Value, json};
use std::time::Duration;

const EXCEPTIONS: &str = "/api/v1/exceptions/active";
const FAILURES: &str = "callgate_exception_poll_failures_total";

fn plugin(state: &str) -> Result<Value> {
    let denying = policy("ControlPolicy", json!({ "denied_actions": ["pay"] }));
    let mut plugin = approving::plugin(&[denying], 0)?;
    plugin["state"] = json!(state);
    plugin["control_plane"]["exceptions_path"] = json!(EXCEPTIONS);
    Ok(plugin)
}

fn gateway(process: &Process, state: &str) -> Result<Vm> {
    worker(process, &plugin(state)?)
}

/// Ann may pay after all.
fn for_ann(more: &Value) -> Value {
    let mut exception = json!({
        "id": "exc_1", "policy": "ControlPolicy", "agents": ["ann"], "reason": "month end",
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        exception[name] = value.clone();
    }
    exception
}

fn list(project: &str, number: u64, exceptions: &[Value], key: &PrivateKey) -> Result<String> {
    let exceptions = json!(exceptions).to_string();
    let document = Document::parse(exceptions.as_bytes(), &callgate_json::Limits::default());
    let document = document.map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut envelope =
        Envelope::of_exceptions(&Exceptions::write(project, number, document.root()));
    key.sign(&mut envelope);
    Ok(envelope.to_json())
}

fn signed(number: u64, exceptions: &[Value]) -> Result<CalloutAnswer> {
    let text = list("paying", number, exceptions, &approving::key())?;
    Ok(written((200, text)))
}

/// Lets time pass until a gateway has asked for exceptions, and answers.
fn poll(vm: &mut Vm, answer: &CalloutAnswer) -> Result<()> {
    for _ in 0..200 {
        vm.process().advance(Duration::from_millis(250));
        vm.run_due()?;
        let mut answered = false;
        for callout in vm.open_callouts() {
            let is_list = callout.headers.text(":path").as_deref() == Some(EXCEPTIONS);
            let nothing = CalloutAnswer::Response {
                headers: Headers::new().with(":status", "304"),
                body: Vec::new(),
                trailers: Headers::new(),
            };
            vm.answer(
                callout.token,
                if is_list { answer.clone() } else { nothing },
            )?;
            answered |= is_list;
        }
        if answered {
            // What one has found, the others take over when they look.
            vm.process().advance(Duration::from_millis(250));
            return Ok(vm.run_due()?);
        }
    }
    anyhow::bail!("it did not ask for exceptions")
}

/// What a call of `pay` comes to: `None` if it goes on, else why not.
fn pays(vm: &mut Vm, agent: &str) -> Result<Option<String>> {
    let outcome = vm.exchange(call(agent, "pay", 5))?;
    match passes(&outcome)? {
        true => Ok(None),
        false => Ok(Some(reason(&outcome)?)),
    }
}

fn denied() -> Option<String> {
    Some("40301 DENIED_ACTION".to_owned())
}

#[test]
fn an_exception_lifts_a_policy_for_whom_it_names_until_it_ends() -> Result<()> {
    let mut vm = gateway(&Process::new(), "process")?;
    ensure!(pays(&mut vm, "ann")? == denied(), "before there was one");
    let ends = json!({ "expires_at": "2026-01-01T00:05:00Z" });
    poll(&mut vm, &signed(1, &[for_ann(&ends)])?)?;
    ensure!(pays(&mut vm, "ann")?.is_none(), "refused");
    ensure!(pays(&mut vm, "bob")? == denied(), "for somebody else");
    vm.process().advance(Duration::from_secs(300));
    ensure!(pays(&mut vm, "ann")? == denied(), "after its end");
    Ok(())
}

#[test]
fn the_next_list_takes_the_place_of_the_last() -> Result<()> {
    let process = Process::new();
    let mut vm = gateway(&process, "process")?;
    let ends = json!({ "expires_at": "2027-01-01T00:00:00Z" });
    poll(&mut vm, &signed(5, &[for_ann(&ends)])?)?;
    ensure!(pays(&mut vm, "ann")?.is_none(), "refused");
    // A worker that begins later knows of it, and one with another configuration does.
    let mut later = gateway(&process, "process")?;
    ensure!(pays(&mut later, "ann")?.is_none(), "refused later");
    let mut next = plugin("process")?;
    next["response_headers"] = json!(false);
    vm.reconfigure(next.to_string())?;
    ensure!(
        pays(&mut vm, "ann")?.is_none(),
        "refused by the next configuration"
    );
    // What came before does not come back.
    poll(&mut vm, &signed(4, &[])?)?;
    ensure!(pays(&mut vm, "ann")?.is_none(), "an older list counts");
    poll(&mut vm, &signed(6, &[])?)?;
    ensure!(
        pays(&mut vm, "ann")? == denied(),
        "the newer list does not count"
    );
    later.run_due()?;
    ensure!(
        pays(&mut later, "ann")? == denied(),
        "the other worker does not know"
    );
    poll(&mut vm, &signed(5, &[for_ann(&ends)])?)?;
    ensure!(pays(&mut vm, "ann")? == denied(), "an older list came back");
    Ok(())
}

#[test]
fn uses_are_counted_for_all_workers() -> Result<()> {
    let process = Process::new();
    let mut one = gateway(&process, "process")?;
    poll(
        &mut one,
        &signed(1, &[for_ann(&json!({ "max_uses": 3, "uses": 1 }))])?,
    )?;
    let mut two = gateway(&process, "process")?;
    let mut passed = 0;
    for _ in 0..4 {
        for vm in [&mut one, &mut two] {
            match pays(vm, "ann")? {
                None => passed += 1,
                why => ensure!(why == denied(), "{why:?}"),
            }
        }
    }
    ensure!(passed == 2, "{passed} passed");
    Ok(())
}

#[test]
fn without_state_nothing_is_lifted_by_count() -> Result<()> {
    let mut vm = gateway(&Process::new(), "none")?;
    poll(&mut vm, &signed(1, &[for_ann(&json!({ "max_uses": 3 }))])?)?;
    ensure!(pays(&mut vm, "ann")? == denied(), "nobody counts that");
    let ends = json!({ "expires_at": "2027-01-01T00:00:00Z" });
    poll(&mut vm, &signed(2, &[for_ann(&ends)])?)?;
    ensure!(pays(&mut vm, "ann")?.is_none(), "refused");
    Ok(())
}

#[test]
fn uses_are_counted_for_all_gateways() -> Result<()> {
    let mut lender = Lender::default();
    let mut passed = 0;
    let mut gateways = Vec::new();
    for _ in 0..3 {
        let mut vm = gateway(&Process::new(), "fleet")?;
        poll(&mut vm, &signed(1, &[for_ann(&json!({ "max_uses": 5 }))])?)?;
        gateways.push(vm);
    }
    for round in 0..12 {
        let vm = &mut gateways[round % 3];
        let open = vm.open(call("ann", "pay", 5))?;
        while vm.advance(&open)? {}
        for batch in questions(vm)? {
            let key = batch.headers.text("idempotency-key").unwrap_or_default();
            let now = vm.process().now() / 1_000_000;
            let answer = written(lender.answer(&key, &batch.body, now));
            vm.answer(batch.token, answer)?;
        }
        while vm.advance(&open)? {}
        let outcome = close(vm, open)?;
        match passes(&outcome)? {
            true => passed += 1,
            false => ensure!(Some(reason(&outcome)?) == denied(), "another reason"),
        }
    }
    ensure!(passed == 5, "{passed} passed");
    ensure!(lender.lent() == 5, "{} were lent", lender.lent());
    Ok(())
}

#[test]
fn lists_that_nobody_vouches_for_lift_nothing() -> Result<()> {
    let ends = json!({ "expires_at": "2027-01-01T00:00:00Z" });
    let stranger = PrivateKey::from_seed(&[9; 32]);
    let unsigned = json!({ "format": "callgate-exceptions/1", "project": "paying", "number": 1,
        "exceptions": [for_ann(&ends)] });
    let good = list("paying", 1, &[for_ann(&ends)], &approving::key())?;
    let as_release = good.replace("exceptions+json", "release+json");
    let endless = list("paying", 1, &[for_ann(&json!({}))], &approving::key())?;
    let of_another = list("other", 1, &[for_ann(&ends)], &approving::key())?;
    // As often as both say together?
    let once = json!({ "max_uses": 1 });
    let twice = [for_ann(&once), for_ann(&json!({ "max_uses": 2 }))];
    let twice = list("paying", 1, &twice, &approving::key())?;
    let lists = [
        (200, list("paying", 1, &[for_ann(&ends)], &stranger)?, 1),
        (200, unsigned.to_string(), 1),
        (200, as_release, 1),
        (200, endless, 1),
        (200, of_another, 1),
        (200, twice, 1),
        (200, String::new(), 1),
        (200, " ".repeat(300 << 10), 1),
        (404, String::new(), 1),
        (500, good, 1),
    ];
    for (number, (status, body, alarms)) in lists.into_iter().enumerate() {
        let mut vm = gateway(&Process::new(), "process")?;
        poll(&mut vm, &written((status, body)))?;
        ensure!(pays(&mut vm, "ann")? == denied(), "list {number}");
        let metric = vm.process().metric(FAILURES).unwrap_or(0);
        ensure!(metric == alarms, "list {number}: {metric} alarms");
    }
    Ok(())
}

#[test]
fn a_list_of_another_project_bars_no_smaller_number() -> Result<()> {
    let ends = json!({ "expires_at": "2027-01-01T00:00:00Z" });
    let of_another = list("other", 100, &[for_ann(&ends)], &approving::key())?;
    let process = Process::new();
    let mut vm = gateway(&process, "process")?;
    poll(&mut vm, &written((200, of_another)))?;
    ensure!(pays(&mut vm, "ann")? == denied(), "another project lifts");
    poll(&mut vm, &signed(3, &[for_ann(&ends)])?)?;
    ensure!(pays(&mut vm, "ann")?.is_none(), "its own list was barred");
    let mut later = gateway(&process, "process")?;
    ensure!(
        pays(&mut later, "ann")?.is_none(),
        "barred for who came later"
    );
    Ok(())
}

#[test]
fn workers_that_race_for_the_last_use_do_not_both_have_it() -> Result<()> {
    let process = Process::new();
    let mut one = gateway(&process, "process")?;
    poll(
        &mut one,
        &signed(1, &[for_ann(&json!({ "max_uses": 3, "uses": 2 }))])?,
    )?;
    let mut two = gateway(&process, "process")?;
    let (said, other) = std::sync::mpsc::channel();
    one.before("proxy_set_shared_data", 0, move || {
        let _ = said.send(pays(&mut two, "ann"));
    });
    let first = pays(&mut one, "ann")?;
    ensure!(other.try_recv()??.is_none(), "the other was refused");
    ensure!(first == denied(), "{first:?}");
    Ok(())
}

#[test]
fn who_cannot_be_lent_a_use_is_refused_by_the_policy() -> Result<()> {
    for state in ["fleet", "strict"] {
        let mut vm = gateway(&Process::new(), state)?;
        poll(&mut vm, &signed(1, &[for_ann(&json!({ "max_uses": 5 }))])?)?;
        for _ in 0..3 {
            let open = vm.open(call("ann", "pay", 5))?;
            while vm.advance(&open)? {}
            for batch in questions(&mut vm)? {
                vm.answer(batch.token, CalloutAnswer::Failed)?;
            }
            let why = reason(&close(&mut vm, open)?)?;
            ensure!(Some(&why) == denied().as_ref(), "{state}: {why}");
        }
    }
    Ok(())
}

#[test]
fn nobody_is_asked_about_exceptions_of_others() -> Result<()> {
    let mut vm = gateway(&Process::new(), "fleet")?;
    let other = |number: usize| {
        let mut other = for_ann(&json!({ "max_uses": 5 }));
        other["id"] = json!(format!("exc_{number}"));
        other["agents"] = json!([format!("agent-{number}")]);
        other
    };
    let others: Vec<Value> = (0..500).map(other).collect();
    poll(&mut vm, &signed(1, &others)?)?;
    let outcome = vm.exchange(call("ann", "pay", 5))?;
    ensure!(reason(&outcome)? == "40301 DENIED_ACTION", "another reason");
    let read = outcome.calls("proxy_get_shared_data");
    ensure!(read < 20, "{read} reads of shared data");
    Ok(())
}
