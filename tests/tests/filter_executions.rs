//! Records for the control plane: each is taken once, whatever becomes of the batches, and no request notices.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{
    Callout, CalloutAnswer, Exchange, Fault, Headers, Module, Options, Process, Status, Vm, When,
};
use callgate_release::signed::PrivateKey;
use callgate_tests::filter::{MEMORY_CEILING, worker};
use callgate_tests::releases::numbered;
use serde_json::{Value, json};
use std::time::Duration;

const EXECUTIONS: &str = "/api/v1/executions";
const SENT: &str = "callgate_records_sent_total";
const DROPPED: &str = "callgate_records_dropped_total";
const FAILURES: &str = "callgate_record_batch_failures_total";

fn plugin() -> Result<Value> {
    let key = PrivateKey::from_seed(&[3; 32]);
    Ok(json!({
        "identity": { "source": "static", "name": "bot" },
        "routes": [{ "path": "/mcp", "kind": "mcp" }],
        "trusted_keys": [key.public().to_pem()],
        "release": serde_json::from_str::<Value>(&numbered("told", 7, "deny", &key)?)?,
        "control_plane": { "cluster": "control", "token": "secret", "poll_ms": 1000 },
        "audit": { "executions": true },
    }))
}

fn start(process: &Process) -> Result<Vm> {
    worker(process, &plugin()?)
}

/// Calls a tool, which is denied if it is `t7`; the id of the decision is nobody's business here.
fn call(vm: &mut Vm, tool: &str) -> Result<bool> {
    let body =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": tool } });
    let exchange = Exchange::post("/mcp")
        .header("mcp-protocol-version", "2025-06-18")
        .body(body.to_string());
    let outcome = vm.exchange(exchange)?;
    ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
    ensure!(outcome.response.is_some(), "nobody answered");
    Ok(outcome.forwarded.is_some())
}

fn answer(status: &str) -> CalloutAnswer {
    CalloutAnswer::Response {
        headers: Headers::new().with(":status", status),
        body: b"{".to_vec(),
        trailers: Headers::new(),
    }
}

/// The batch that is under way, if any; questions for releases are answered.
fn under_way(vm: &mut Vm) -> Result<Option<Callout>> {
    let mut batch = None;
    for callout in vm.open_callouts() {
        if callout.headers.text(":path").as_deref() == Some(EXECUTIONS) {
            ensure!(batch.is_none(), "two batches at once");
            batch = Some(callout);
        } else if callout.headers.text(":method").as_deref() == Some("GET") {
            vm.answer(callout.token, answer("304"))?;
        }
    }
    Ok(batch)
}

/// Lets time pass until a batch is under way.
fn batch(vm: &mut Vm) -> Result<Callout> {
    for _ in 0..400 {
        vm.process().advance(Duration::from_millis(250));
        vm.run_due()?;
        if let Some(callout) = under_way(vm)? {
            return Ok(callout);
        }
    }
    anyhow::bail!("no batch was sent")
}

/// The ids of the records in a batch, all of them sound.
fn ids(callout: &Callout) -> Result<Vec<String>> {
    let whole: Value = serde_json::from_slice(&callout.body)?;
    let records = whole["executions"].as_array().context("a list")?;
    let id = |entry: &Value| {
        let id = entry["id"].as_str().filter(|id| id.starts_with("exe_"));
        ensure!(entry["at"].is_string(), "{entry}");
        ensure!(entry["call"]["identity"].is_string(), "{entry}");
        ensure!(
            entry["call"]["args_digest"].is_string() == (entry["call"]["kind"] == "tool_call"),
            "{entry}"
        );
        ensure!(entry["record"]["release"]["number"] == 7, "{entry}");
        id.map(str::to_owned).context(entry.to_string())
    };
    records.iter().map(id).collect()
}

fn metric(vm: &Vm, name: &str) -> u64 {
    vm.process().metric(name).unwrap_or(0)
}

#[test]
fn every_exchange_is_sent_once_in_one_batch_at_a_time() -> Result<()> {
    let mut vm = start(&Process::new())?;
    ensure!(call(&mut vm, "t1")?, "refused");
    ensure!(!call(&mut vm, "t7")?, "forwarded");
    ensure!(under_way(&mut vm)?.is_none(), "a request waited for it");
    let first = batch(&mut vm)?;
    let header = |name: &str| first.headers.text(name).unwrap_or_default();
    assert_eq!(header(":method"), "POST");
    assert_eq!(header("authorization"), "Bearer secret");
    assert_eq!(header("content-type"), "application/json");
    ensure!(header("idempotency-key").starts_with("sha256:"), "no key");
    let whole: Value = serde_json::from_slice(&first.body)?;
    let decisions = ["ALLOW", "DENY"];
    for (entry, decision) in whole["executions"]
        .as_array()
        .into_iter()
        .flatten()
        .zip(decisions)
    {
        assert_eq!(entry["record"]["decision"], decision, "{entry}");
    }
    // What comes meanwhile waits for the answer.
    call(&mut vm, "t2")?;
    vm.process().advance(Duration::from_secs(1));
    vm.run_due()?;
    assert_eq!(under_way(&mut vm)?.context("one")?.token, first.token);
    vm.answer(first.token, answer("200"))?;
    let second = batch(&mut vm)?;
    vm.answer(second.token, answer("202"))?;
    let mut all = [ids(&first)?, ids(&second)?].concat();
    assert_eq!(all.len(), 3);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 3);
    assert_eq!((metric(&vm, SENT), metric(&vm, FAILURES)), (3, 0));
    // And nothing is left.
    vm.process().advance(Duration::from_secs(10));
    vm.run_due()?;
    ensure!(under_way(&mut vm)?.is_none(), "something was sent again");
    Ok(())
}

#[test]
fn what_is_not_taken_is_sent_again_as_it_was_and_less_often() -> Result<()> {
    let mut vm = start(&Process::new())?;
    call(&mut vm, "t1")?;
    let first = batch(&mut vm)?;
    let bad = [
        answer("500"),
        CalloutAnswer::Failed,
        answer("400"),
        answer("301"),
        answer("x"),
        answer("503"),
    ];
    let count = u64::try_from(bad.len())?;
    let mut again = first.clone();
    let mut waits = Vec::new();
    for bad in bad {
        vm.answer(again.token, bad)?;
        call(&mut vm, "t1")?;
        let before = vm.process().now();
        again = batch(&mut vm)?;
        waits.push((vm.process().now() - before) / 1_000_000_000);
        assert_eq!(again.body, first.body);
        let key = "idempotency-key";
        assert_eq!(again.headers.text(key), first.headers.text(key));
    }
    ensure!(waits.is_sorted() && waits.last() >= Some(&28), "{waits:?}");
    assert_eq!((metric(&vm, SENT), metric(&vm, FAILURES)), (0, count));
    vm.answer(again.token, answer("200"))?;
    let rest = batch(&mut vm)?;
    assert_eq!(ids(&rest)?.len(), 6);
    Ok(())
}

#[test]
fn an_answer_that_never_comes_is_a_failure() -> Result<()> {
    let mut vm = start(&Process::new())?;
    call(&mut vm, "t1")?;
    let lost = batch(&mut vm)?;
    // As when the plugin that asked is gone: nobody is called back, and the clock alone tells.
    for _ in 0..13 {
        vm.process().advance(Duration::from_secs(1));
        vm.tick()?;
    }
    assert_eq!(metric(&vm, FAILURES), 1);
    let open = vm.open_callouts();
    let bodies = open.iter().filter(|callout| callout.body == lost.body);
    assert_eq!(bodies.count(), 2);
    Ok(())
}

#[test]
fn a_full_queue_loses_what_comes_last_and_says_how_much() -> Result<()> {
    let mut vm = start(&Process::new())?;
    let mut calls: u64 = 0;
    while metric(&vm, DROPPED) < 3 {
        ensure!(call(&mut vm, "t1")?, "refused");
        calls += 1;
        ensure!(calls < 60_000, "there is no bound");
    }
    ensure!(vm.memory_bytes() < MEMORY_CEILING, "{}", vm.memory_bytes());
    let mut all = Vec::new();
    while u64::try_from(all.len())? < calls - 3 {
        let batch = batch(&mut vm)?;
        ensure!(batch.body.len() <= 300_000, "{}", batch.body.len());
        let ids = ids(&batch)?;
        ensure!(ids.len() <= 512, "{}", ids.len());
        all.extend(ids);
        vm.answer(batch.token, answer("200"))?;
    }
    assert_eq!(metric(&vm, SENT), calls - 3);
    all.sort();
    all.dedup();
    assert_eq!(u64::try_from(all.len())?, calls - 3);
    Ok(())
}

#[test]
fn full_batches_follow_each_other_without_waiting() -> Result<()> {
    let mut vm = start(&Process::new())?;
    for _ in 0..1_100 {
        call(&mut vm, "t1")?;
    }
    let first = batch(&mut vm)?;
    vm.answer(first.token, answer("202"))?;
    let second = under_way(&mut vm)?.context("no batch followed")?;
    vm.answer(second.token, answer("202"))?;
    ensure!(
        under_way(&mut vm)?.is_none(),
        "what is less than a batch did not wait"
    );
    let rest = batch(&mut vm)?;
    let counts = [ids(&first)?, ids(&second)?, ids(&rest)?].map(|ids| ids.len());
    ensure!(
        counts.iter().sum::<usize>() == 1_100 && counts[2] < 100,
        "{counts:?}"
    );
    Ok(())
}

#[test]
fn a_new_configuration_goes_on_with_the_queue_of_the_old_one() -> Result<()> {
    let mut vm = start(&Process::new())?;
    call(&mut vm, "t1")?;
    let mut fresh = plugin()?;
    fresh["response_headers"] = json!(false);
    vm.reconfigure(fresh.to_string())?;
    call(&mut vm, "t2")?;
    let both = batch(&mut vm)?;
    assert_eq!(ids(&both)?.len(), 2);
    // The new one took it over: the old one has nothing to wait for.
    vm.answer(both.token, answer("200"))?;
    // Another place gets none of it.
    call(&mut vm, "t1")?;
    fresh["control_plane"]["token"] = json!("another");
    vm.reconfigure(fresh.to_string())?;
    call(&mut vm, "t2")?;
    vm.process().advance(Duration::from_secs(2));
    vm.run_due()?;
    let mut tokens = Vec::new();
    for callout in vm.open_callouts() {
        if callout.headers.text(":path").as_deref() == Some(EXECUTIONS) {
            assert_eq!(ids(&callout)?.len(), 1);
            tokens.extend(callout.headers.text("authorization"));
        }
    }
    tokens.sort();
    assert_eq!(tokens, ["Bearer another", "Bearer secret"]);
    Ok(())
}

#[test]
fn a_plugin_that_ends_sends_what_is_left() -> Result<()> {
    let mut vm = start(&Process::new())?;
    for _ in 0..600 {
        call(&mut vm, "t1")?;
    }
    ensure!(!vm.end()?, "it was done at once");
    let mut sent = 0;
    while let Some(batch) = under_way(&mut vm)? {
        ensure!(!vm.is_done(), "it was done too early");
        sent += ids(&batch)?.len();
        vm.answer(batch.token, answer("200"))?;
    }
    assert_eq!(sent, 600);
    ensure!(vm.is_done(), "it is not done");
    // One that has nothing to send is done at once, and one that cannot send does not stay.
    ensure!(start(&Process::new())?.end()?, "it waits for nothing");
    let mut vm = start(&Process::new())?;
    call(&mut vm, "t1")?;
    ensure!(!vm.end()?, "it was done at once");
    let batch = under_way(&mut vm)?.context("a batch")?;
    vm.answer(batch.token, answer("500"))?;
    ensure!(vm.is_done(), "it stays");
    Ok(())
}

#[test]
fn a_host_that_fails_costs_no_request_anything() -> Result<()> {
    for name in [
        "proxy_http_call",
        "proxy_define_metric",
        "proxy_increment_metric",
        "proxy_get_header_map_pairs",
        "proxy_get_current_time_nanoseconds",
        "proxy_log",
        "proxy_done",
    ] {
        for status in Status::FAILURES {
            let mut vm = start(&Process::new())?;
            call(&mut vm, "t1")?;
            let when = When::Every(name);
            vm.inject(Fault { when, status });
            for _ in 0..8 {
                vm.process().advance(Duration::from_millis(250));
                vm.run_due()?;
            }
            if let Some(batch) = under_way(&mut vm)? {
                vm.answer(batch.token, answer("200"))?;
            }
            vm.end()?;
            vm.clear_faults();
            ensure!(call(&mut vm, "t1")?, "`{name}` refused a request");
        }
    }
    Ok(())
}

#[test]
fn records_need_somewhere_to_go() -> Result<()> {
    let mut plugin = plugin()?;
    plugin
        .as_object_mut()
        .context("fields")?
        .remove("control_plane");
    let vm = Vm::start(Module::filter()?, plugin.to_string(), Options::default())?;
    let said = vm.root_logs().last().context("it said nothing")?;
    ensure!(said.message.contains("needs a `control_plane`"), "{said:?}");
    Ok(())
}
