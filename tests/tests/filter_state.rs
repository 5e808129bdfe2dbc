//! What the filter counts: the same for all workers, all or nothing, and never too little.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{Exchange, Fault, Options, Process, Status, Vm, When};
use callgate_tests::filter::{plugin, policy, worker};
use serde_json::{Value, json};
use std::time::Duration;

fn rate(max: u64, by: &str) -> Value {
    let rule =
        json!({ "type": "rate", "name": "pace", "max": max, "window_seconds": 60, "by": by });
    policy("RuleSet", json!({ "rules": [rule] }))
}

/// Callers and runs are what two headers say.
fn configuration(policies: &[Value]) -> Result<Value> {
    let mut plugin = plugin(policies)?;
    plugin["identity"] = json!({ "source": "header", "header": "x-agent" });
    plugin["run"] = json!({ "source": "header", "header": "x-run" });
    Ok(plugin)
}

fn start_in(process: &Process, policies: &[Value]) -> Result<Vm> {
    worker(process, &configuration(policies)?)
}

/// What a call of `agent` in `run` comes to: `None` if it goes on, else the code of its refusal.
fn call_in(vm: &mut Vm, agent: &str, run: Option<&str>) -> Result<Option<String>> {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search"}}"#;
    let mut exchange = Exchange::post("/mcp")
        .header("mcp-protocol-version", "2025-06-18")
        .header("x-agent", agent)
        .body(body);
    if let Some(run) = run {
        exchange = exchange.header("x-run", run);
    }
    let outcome = vm.exchange(exchange)?;
    ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
    match (&outcome.forwarded, &outcome.reply) {
        (Some(forwarded), _) => {
            ensure!(
                forwarded.headers.first("x-run").is_none(),
                "the run's header went on"
            );
            Ok(None)
        }
        (None, reply) => {
            let reply = reply.as_ref().context("neither forwarded nor answered")?;
            let answer: Value = serde_json::from_slice(&reply.body)?;
            let reasons = &answer["error"]["data"]["reasons"];
            Ok(Some(
                reasons[0].as_str().context(answer.to_string())?.to_owned(),
            ))
        }
    }
}

fn call(vm: &mut Vm, agent: &str) -> Result<Option<String>> {
    call_in(vm, agent, None)
}

fn limited() -> Option<String> {
    Some("RATE_LIMITED".to_owned())
}

#[test]
fn a_rate_holds_for_each_agent_until_the_window_is_over() -> Result<()> {
    let process = Process::new();
    let mut vm = start_in(&process, &[rate(3, "agent")])?;
    for _ in 0..3 {
        assert_eq!(call(&mut vm, "ann")?, None);
    }
    assert_eq!(call(&mut vm, "ann")?, limited());
    assert_eq!(call(&mut vm, "ben")?, None);
    process.advance(Duration::from_secs(59));
    assert_eq!(call(&mut vm, "ann")?, limited());
    process.advance(Duration::from_secs(2));
    assert_eq!(call(&mut vm, "ann")?, None);
    Ok(())
}

#[test]
fn workers_count_together_and_a_new_vm_goes_on_counting() -> Result<()> {
    let process = Process::new();
    let policies = [rate(10, "tenant")];
    let mut workers = [
        start_in(&process, &policies)?,
        start_in(&process, &policies)?,
    ];
    let mut passed = 0;
    for turn in 0..40 {
        passed += usize::from(call(&mut workers[turn % 2], &format!("agent-{turn}"))?.is_none());
    }
    assert_eq!(passed, 10);
    let mut fresh = start_in(&process, &policies)?;
    assert_eq!(call(&mut fresh, "ann")?, limited());
    Ok(())
}

#[test]
fn calls_spread_over_a_window_are_counted_in_few_bunches_and_none_too_early() -> Result<()> {
    let process = Process::new();
    let mut vm = start_in(&process, &[rate(1_000, "agent")])?;
    // Ten calls a second for a minute and a half: the window has 600 of them at any time.
    for _ in 0..900 {
        assert_eq!(call(&mut vm, "ann")?, None);
        process.advance(Duration::from_millis(100));
    }
    let mut passed = 0;
    while call(&mut vm, "ann")?.is_none() {
        passed += 1;
    }
    // Within one bunch (60 s / 64) of exact, on the side of fewer.
    assert!((390..=400).contains(&passed), "{passed} more passed");
    assert!(
        process
            .shared_bytes("")
            .max(process.shared_bytes("callgate"))
            < 64 << 10
    );
    Ok(())
}

#[test]
fn a_refused_call_consumes_nothing() -> Result<()> {
    let process = Process::new();
    let deny = json!({ "effect": "deny", "expression": "identity.name == \"ann\"" });
    let mut vm = start_in(&process, &[rate(2, "tenant"), policy("CelPolicy", deny)])?;
    for _ in 0..5 {
        assert_eq!(call(&mut vm, "ann")?, Some("CEL_DENY_MATCHED".to_owned()));
    }
    assert_eq!(call(&mut vm, "ben")?, None);
    assert_eq!(call(&mut vm, "ben")?, None);
    assert_eq!(call(&mut vm, "ben")?, limited());
    Ok(())
}

#[test]
fn a_run_begins_with_its_first_call_and_gets_too_old() -> Result<()> {
    let process = Process::new();
    let rule = json!({ "type": "time", "name": "age", "max_seconds": 600 });
    let mut vm = start_in(&process, &[policy("RuleSet", json!({ "rules": [rule] }))])?;
    let missing = Some("CONTEXT_MISSING".to_owned());
    assert_eq!(call(&mut vm, "ann")?, missing);
    assert_eq!(call_in(&mut vm, "ann", Some("r-1"))?, None);
    process.advance(Duration::from_secs(599));
    assert_eq!(call_in(&mut vm, "ann", Some("r-1"))?, None);
    assert_eq!(call_in(&mut vm, "ann", Some("r-2"))?, None);
    process.advance(Duration::from_secs(2));
    let old = Some("RUN_TOO_OLD".to_owned());
    assert_eq!(call_in(&mut vm, "ann", Some("r-1"))?, old);
    assert_eq!(call_in(&mut vm, "ann", Some("r-2"))?, None);
    Ok(())
}

#[test]
fn two_limits_both_hold_and_what_one_refuses_the_other_does_not_count() -> Result<()> {
    let process = Process::new();
    let rules = json!({ "rules": [
        { "type": "rate", "name": "each", "max": 2, "window_seconds": 60, "by": "agent" },
        { "type": "rate", "name": "all", "max": 5, "window_seconds": 60, "by": "tenant" },
    ] });
    let mut vm = start_in(&process, &[policy("RuleSet", rules)])?;
    let mut passed = [0; 4];
    for (agent, passed) in passed.iter_mut().enumerate() {
        for _ in 0..4 {
            *passed += usize::from(call(&mut vm, &format!("agent-{agent}"))?.is_none());
        }
    }
    assert_eq!(passed, [2, 2, 1, 0]);
    Ok(())
}

#[test]
fn a_host_that_fails_lets_nothing_pass() -> Result<()> {
    for (call_name, status) in [
        ("proxy_get_shared_data", Status::InternalFailure),
        ("proxy_get_shared_data", Status::Ok),
        ("proxy_set_shared_data", Status::InternalFailure),
        // Others are always faster.
        ("proxy_set_shared_data", Status::CasMismatch),
    ] {
        let process = Process::new();
        let mut vm = start_in(&process, &[rate(3, "agent")])?;
        vm.inject(Fault {
            when: When::Every(call_name),
            status,
        });
        let outcome = vm.exchange(
            Exchange::post("/mcp")
                .header("mcp-protocol-version", "2025-06-18")
                .header("x-agent", "ann")
                .body(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}"#),
        )?;
        ensure!(outcome.forwarded.is_none(), "{call_name} {status:?}");
        ensure!(outcome.reply.is_some(), "{call_name} {status:?}: no reply");
    }
    Ok(())
}

#[test]
fn a_lost_race_is_run_again() -> Result<()> {
    let process = Process::new();
    let mut vm = start_in(&process, &[rate(3, "agent")])?;
    for nth in 0..3 {
        vm.inject(Fault {
            when: When::Nth("proxy_set_shared_data", nth),
            status: Status::CasMismatch,
        });
    }
    for _ in 0..3 {
        assert_eq!(call(&mut vm, "ann")?, None);
    }
    assert_eq!(call(&mut vm, "ann")?, limited());
    Ok(())
}

#[test]
fn bytes_that_are_not_ours_are_no_count() -> Result<()> {
    let process = Process::new();
    let mut vm = start_in(&process, &[rate(3, "agent")])?;
    let id = Options::default().vm_id;
    for garbage in [&b"\x02"[..], b"\x01short", b"\xff\xff\xff"] {
        for slot in 0..1024 {
            let name = format!("callgate.state.{slot}");
            let was = process.set_shared(&id, &name, garbage, 0);
            ensure!(was.is_ok(), "{was:?}");
        }
        assert_eq!(call(&mut vm, "ann")?, Some("STATE_UNAVAILABLE".to_owned()));
    }
    Ok(())
}

#[test]
fn a_run_is_named_in_one_way_or_the_request_is_refused() -> Result<()> {
    let process = Process::new();
    let mut vm = start_in(&process, &[])?;
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search"}}"#;
    for runs in [&["a", "b"][..], &[""], &["a b"], &["ü"]] {
        let mut exchange = Exchange::post("/mcp")
            .header("mcp-protocol-version", "2025-06-18")
            .header("x-agent", "ann")
            .body(body);
        for run in runs {
            exchange = exchange.header("x-run", run);
        }
        let outcome = vm.exchange(exchange)?;
        ensure!(outcome.forwarded.is_none(), "{runs:?} was forwarded");
        ensure!(
            outcome.status() == Some(400),
            "{runs:?}: {:?}",
            outcome.status()
        );
    }
    Ok(())
}
