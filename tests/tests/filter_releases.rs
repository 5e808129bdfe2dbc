//! Releases from a control plane: one worker asks, all take over, and nothing bad ever takes effect.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{
    Callout, CalloutAnswer, Exchange, FailurePolicy, Headers, Module, Options, Process, Vm,
};
use callgate_release::signed::PrivateKey;
use callgate_tests::filter::MEMORY_CEILING;
use callgate_tests::releases::numbered;
use serde_json::{Value, json};
use std::time::Duration;

fn key(number: u8) -> PrivateKey {
    PrivateKey::from_seed(&[number; 32])
}

/// A signed release that denies the tool of its own number, `t7`, and nothing else.
fn release(number: u64, signer: &PrivateKey) -> Result<String> {
    numbered("polled", number, "deny", signer)
}

fn configuration(release: Option<&str>) -> Result<Value> {
    let mut plugin = json!({
        "identity": { "source": "static", "name": "bot" },
        "routes": [{ "path": "/mcp", "kind": "mcp" }],
        "trusted_keys": [key(1).public().to_pem()],
        "control_plane": { "cluster": "control", "token": "secret", "poll_ms": 1000 },
    });
    if let Some(release) = release {
        plugin["release"] = serde_json::from_str(release)?;
    }
    Ok(plugin)
}

fn start_in(process: &Process, release: Option<&str>) -> Result<Vm> {
    start_with(process, &configuration(release)?)
}

fn start_with(process: &Process, plugin: &Value) -> Result<Vm> {
    let options = Options {
        memory_limit: MEMORY_CEILING,
        process: process.clone(),
        failure_policy: FailurePolicy::Reload,
        clusters: ["control".to_owned()].into(),
        ..Options::default()
    };
    Ok(Vm::start(Module::filter()?, plugin.to_string(), options)?)
}

/// What a call of tool `t{number}` comes to: the release that decided, and whether it went on.
fn call(vm: &mut Vm, number: u64) -> Result<(String, bool)> {
    let body = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": format!("t{number}") },
    });
    let exchange = Exchange::post("/mcp")
        .header("mcp-protocol-version", "2025-06-18")
        .body(body.to_string());
    let outcome = vm.exchange(exchange)?;
    let headers = match (&outcome.reply, &outcome.response) {
        (Some(reply), _) => &reply.headers,
        (None, Some(response)) => &response.headers,
        (None, None) => anyhow::bail!("nobody answered"),
    };
    let release = headers.text("x-callgate-release").unwrap_or_default();
    Ok((release, outcome.forwarded.is_some()))
}

fn in_force(vm: &mut Vm) -> Result<String> {
    Ok(call(vm, 0)?.0)
}

/// Lets time pass until somebody asks; gives the question.
fn question(process: &Process, vm: &mut Vm) -> Result<Callout> {
    for _ in 0..400 {
        process.advance(Duration::from_millis(250));
        vm.run_due()?;
        if let Some(callout) = vm.open_callouts().pop() {
            return Ok(callout);
        }
    }
    anyhow::bail!("nobody asked")
}

fn answer(status: &str, body: impl Into<Vec<u8>>) -> CalloutAnswer {
    CalloutAnswer::Response {
        headers: Headers::new().with(":status", status).with("etag", "\"e\""),
        body: body.into(),
        trailers: Headers::new(),
    }
}

fn gets(process: &Process, vm: &mut Vm, given: CalloutAnswer) -> Result<Callout> {
    let callout = question(process, vm)?;
    vm.answer(callout.token, given)?;
    Ok(callout)
}

#[test]
fn a_newer_release_takes_effect_in_every_worker() -> Result<()> {
    let process = Process::new();
    let first = release(1, &key(1))?;
    let mut asking = start_in(&process, Some(&first))?;
    let mut other = start_in(&process, Some(&first))?;
    assert_eq!(in_force(&mut asking)?, "1");
    let callout = gets(&process, &mut asking, answer("200", release(2, &key(1))?))?;
    let header = |name: &str| callout.headers.text(name).unwrap_or_default();
    assert_eq!(header(":path"), "/api/v1/releases/active");
    assert_eq!(header("authorization"), "Bearer secret");
    assert_eq!(call(&mut asking, 2)?, ("2".to_owned(), false));
    assert_eq!(call(&mut asking, 1)?, ("2".to_owned(), true));
    // The other takes it over at its next tick, and asks nobody.
    assert_eq!(in_force(&mut other)?, "1");
    other.tick()?;
    assert_eq!(in_force(&mut other)?, "2");
    assert!(other.open_callouts().is_empty());
    // Who begins later begins with it, whatever the configuration still has.
    let mut fresh = start_in(&process, Some(&first))?;
    assert_eq!(in_force(&mut fresh)?, "2");
    let mut bare = start_in(&process, None)?;
    assert_eq!(in_force(&mut bare)?, "2");
    Ok(())
}

#[test]
fn the_next_question_names_what_is_known_and_304_changes_nothing() -> Result<()> {
    let process = Process::new();
    let mut vm = start_in(&process, Some(&release(1, &key(1))?))?;
    let callout = gets(&process, &mut vm, answer("200", release(2, &key(1))?))?;
    assert!(callout.headers.text("if-none-match").is_none());
    let callout = gets(&process, &mut vm, answer("304", ""))?;
    assert_eq!(
        callout.headers.text("if-none-match").as_deref(),
        Some("\"e\"")
    );
    assert_eq!(in_force(&mut vm)?, "2");
    assert_eq!(process.metric("callgate_release_poll_failures_total"), None);
    Ok(())
}

#[test]
fn only_one_worker_asks_and_another_takes_its_place_when_it_is_gone() -> Result<()> {
    let process = Process::new();
    let first = release(1, &key(1))?;
    let mut asking = start_in(&process, Some(&first))?;
    let mut other = start_in(&process, Some(&first))?;
    gets(&process, &mut asking, answer("304", ""))?;
    for _ in 0..8 {
        process.advance(Duration::from_millis(250));
        asking.run_due()?;
        other.run_due()?;
        assert!(other.open_callouts().is_empty());
        if let Some(callout) = asking.open_callouts().pop() {
            asking.answer(callout.token, answer("304", ""))?;
        }
    }
    drop(asking);
    question(&process, &mut other)?;
    Ok(())
}

#[test]
fn a_service_asks_for_all_whoever_said_so_before_and_another_takes_its_place_when_it_is_gone()
-> Result<()> {
    let process = Process::new();
    let first = release(1, &key(1))?;
    let mut worker = start_in(&process, Some(&first))?;
    gets(&process, &mut worker, answer("304", ""))?;
    let mut plugin = configuration(Some(&first))?;
    plugin["service"] = true.into();
    let mut service = start_with(&process, &plugin)?;
    gets(&process, &mut service, answer("200", release(2, &key(1))?))?;
    for _ in 0..8 {
        process.advance(Duration::from_millis(250));
        worker.run_due()?;
        service.run_due()?;
        assert!(worker.open_callouts().is_empty());
        if let Some(callout) = service.open_callouts().pop() {
            service.answer(callout.token, answer("304", ""))?;
        }
    }
    assert_eq!(in_force(&mut worker)?, "2");
    drop(service);
    question(&process, &mut worker)?;
    Ok(())
}

#[test]
fn of_several_services_one_asks() -> Result<()> {
    let process = Process::new();
    let mut plugin = configuration(Some(&release(1, &key(1))?))?;
    plugin["service"] = true.into();
    let mut vms = Vec::new();
    for _ in 0..3 {
        vms.push(start_with(&process, &plugin)?);
    }
    let mut asked = [0; 3];
    for _ in 0..40 {
        process.advance(Duration::from_millis(250));
        for (vm, asked) in vms.iter_mut().zip(&mut asked) {
            vm.run_due()?;
            for callout in vm.open_callouts() {
                *asked += 1;
                vm.answer(callout.token, answer("304", ""))?;
            }
        }
    }
    let who = asked.iter().filter(|times| **times > 0).count();
    assert_eq!(who, 1, "{asked:?}");
    Ok(())
}

#[test]
fn a_service_of_another_project_keeps_nobody_from_asking() -> Result<()> {
    let process = Process::new();
    let mut service = configuration(Some(&numbered("before", 1, "deny", &key(1))?))?;
    service["service"] = true.into();
    let mut service = start_with(&process, &service)?;
    let mut worker = start_in(&process, Some(&release(1, &key(1))?))?;
    for _ in 0..40 {
        process.advance(Duration::from_millis(250));
        for vm in [&mut service, &mut worker] {
            vm.run_due()?;
            for callout in vm.open_callouts() {
                vm.answer(callout.token, answer("200", release(2, &key(1))?))?;
            }
        }
    }
    assert_eq!(in_force(&mut worker)?, "2");
    assert_eq!(in_force(&mut service)?, "1");
    Ok(())
}

#[test]
fn a_worker_begins_with_the_newest_of_its_project_whatever_came_of_others() -> Result<()> {
    let process = Process::new();
    let mut worker = start_in(&process, Some(&release(1, &key(1))?))?;
    gets(&process, &mut worker, answer("200", release(2, &key(1))?))?;
    let of_another = |number| numbered("another", number, "deny", &key(1));
    let mut other = start_in(&process, Some(&of_another(7)?))?;
    gets(&process, &mut other, answer("200", of_another(8)?))?;
    let mut later = start_in(&process, Some(&release(1, &key(1))?))?;
    assert_eq!(in_force(&mut later)?, "2");
    Ok(())
}

#[test]
fn a_service_without_a_control_plane_is_refused() -> Result<()> {
    let mut plugin = configuration(Some(&release(1, &key(1))?))?;
    plugin["service"] = true.into();
    let fields = plugin.as_object_mut().context("an object")?;
    fields.remove("control_plane");
    let vm = start_with(&Process::new(), &plugin)?;
    let said = |part: &str| {
        vm.root_logs()
            .iter()
            .any(|line| line.message.contains(part))
    };
    assert!(
        said("a `service` needs a `control_plane` to ask"),
        "{:?}",
        vm.root_logs()
    );
    Ok(())
}

#[test]
fn nothing_bad_takes_effect_and_the_log_says_so_once() -> Result<()> {
    let process = Process::new();
    let mut vm = start_in(&process, Some(&release(5, &key(1))?))?;
    let mut future: Value = serde_json::from_str(&release(6, &key(1))?)?;
    future["payloadType"] = json!("application/vnd.callgate.release.v2+json");
    let bad = [
        CalloutAnswer::Failed,
        answer("500", "sorry"),
        answer("200", ""),
        answer("200", "garbage"),
        answer("200", vec![b' '; 10 << 20]),
        answer("200", release(6, &key(2))?),
        answer("200", release(4, &key(1))?),
        answer("200", numbered("another", 9, "deny", &key(1))?),
        answer("200", future.to_string()),
        answer("302", ""),
    ];
    let count = bad.len();
    let before = vm.root_logs().len();
    for (number, bad) in bad.into_iter().enumerate() {
        gets(&process, &mut vm, bad)?;
        assert_eq!(in_force(&mut vm)?, "5", "answer {number}");
    }
    assert_eq!(
        process.metric("callgate_release_poll_failures_total"),
        Some(count as u64)
    );
    let lines = &vm.root_logs()[before..];
    ensure!(lines.len() == count, "{lines:?}");
    // A long outage is one line.
    let before = vm.root_logs().len();
    for _ in 0..5 {
        gets(&process, &mut vm, answer("503", ""))?;
    }
    assert_eq!(vm.root_logs().len(), before + 1);
    // And the next good answer counts.
    gets(&process, &mut vm, answer("200", release(6, &key(1))?))?;
    assert_eq!(in_force(&mut vm)?, "6");
    Ok(())
}

#[test]
fn a_configuration_with_an_older_release_never_leaves_none_in_force() -> Result<()> {
    let process = Process::new();
    let mut vm = start_in(&process, Some(&release(10, &key(1))?))?;
    assert_eq!(in_force(&mut vm)?, "10");
    // Nothing was polled: there is nothing to take the place of the older one.
    let mut back = start_in(&process, Some(&release(9, &key(1))?))?;
    let said = back.root_logs().last().context("it said nothing")?;
    ensure!(said.message.contains("OLDER_RELEASE"), "{said:?}");
    ensure!(!call(&mut back, 0)?.1, "it was forwarded");
    Ok(())
}

#[test]
fn two_control_planes_under_one_vm_id_do_not_keep_each_other_from_asking() -> Result<()> {
    let process = Process::new();
    let mut one = start_in(&process, Some(&release(1, &key(1))?))?;
    question(&process, &mut one)?;
    let mut plugin = configuration(Some(&release(1, &key(1))?))?;
    plugin["control_plane"]["token"] = "another".into();
    let mut two = start_with(&process, &plugin)?;
    question(&process, &mut two)?;
    Ok(())
}

#[test]
fn a_clock_that_is_set_back_stops_nothing() -> Result<()> {
    let process = Process::new();
    // Before the VM begins, or it would be ticked for every moment of the year.
    process.advance(Duration::from_secs(365 * 86_400));
    let mut vm = start_in(&process, Some(&release(1, &key(1))?))?;
    gets(&process, &mut vm, answer("304", ""))?;
    process.set_now(process.now() - 364 * 86_400 * 1_000_000_000);
    vm.tick()?;
    ensure!(!vm.open_callouts().is_empty(), "it waits for a year");
    Ok(())
}

#[test]
fn after_failures_it_asks_less_often() -> Result<()> {
    let process = Process::new();
    let mut vm = start_in(&process, Some(&release(1, &key(1))?))?;
    let mut waits = Vec::new();
    for _ in 0..7 {
        let before = process.now();
        gets(&process, &mut vm, answer("500", ""))?;
        waits.push((process.now() - before) / 1_000_000_000);
    }
    ensure!(waits.is_sorted(), "{waits:?}");
    ensure!(
        waits.last().is_some_and(|last| (28..=32).contains(last)),
        "{waits:?}"
    );
    Ok(())
}

#[test]
fn without_any_release_everything_is_refused_until_one_comes() -> Result<()> {
    let process = Process::new();
    let mut vm = start_in(&process, None)?;
    assert_eq!(call(&mut vm, 1)?, ("none".to_owned(), false));
    gets(&process, &mut vm, answer("200", release(3, &key(1))?))?;
    assert_eq!(call(&mut vm, 1)?, ("3".to_owned(), true));
    Ok(())
}

#[test]
fn a_cluster_that_is_not_there_is_an_outage() -> Result<()> {
    let process = Process::new();
    let options = Options {
        process: process.clone(),
        ..Options::default()
    };
    let plugin = configuration(Some(&release(1, &key(1))?))?;
    let mut vm = Vm::start(Module::filter()?, plugin.to_string(), options)?;
    for _ in 0..8 {
        process.advance(Duration::from_millis(250));
        vm.run_due()?;
    }
    assert_eq!(in_force(&mut vm)?, "1");
    let failures = process.metric("callgate_release_poll_failures_total");
    failures.context("no alarm")?;
    Ok(())
}

/// How many releases and requests memory is watched over; the environment may ask for more.
fn soak(name: &str, otherwise: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn memory_does_not_grow_with_requests_and_hardly_with_releases() -> Result<()> {
    let releases = soak("CALLGATE_SOAK_RELEASES", 60);
    let requests = soak("CALLGATE_SOAK_REQUESTS", 3_000);
    let process = Process::new();
    let mut vm = start_in(&process, Some(&release(1, &key(1))?))?;
    for _ in 0..200 {
        call(&mut vm, 1)?;
    }
    let before = vm.memory_bytes();
    for _ in 0..requests {
        call(&mut vm, 1)?;
    }
    let grown = vm.memory_bytes() - before;
    ensure!(
        grown <= 1 << 20,
        "{grown} bytes more after {requests} requests"
    );
    let before = vm.memory_bytes();
    for number in 2..releases + 2 {
        gets(&process, &mut vm, answer("200", release(number, &key(1))?))?;
        assert_eq!(in_force(&mut vm)?, number.to_string());
    }
    let grown = vm.memory_bytes() - before;
    ensure!(
        grown <= 2 << 20,
        "{grown} bytes more after {releases} releases"
    );
    Ok(())
}
