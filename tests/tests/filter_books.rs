//! What responses leave in the filter's books: evidence for later calls of a run, and what a call has cost.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{Exchange, Fault, Module, Options, Process, Status, Upstream, Vm, When};
use callgate_release::{Build, Pinning, Settings};
use callgate_tests::filter::{MEMORY_CEILING, plugin, policy, worker};
use callgate_tests::llm::{self, answered};
use callgate_tests::releases;
use serde_json::{Value, json};
use std::time::Duration;

fn start_in(process: &Process, policies: &[Value], route: &Value) -> Result<Vm> {
    let mut plugin = plugin(policies)?;
    plugin["identity"] = json!({ "source": "header", "header": "x-agent" });
    plugin["run"] = json!({ "source": "header", "header": "x-run" });
    for (name, value) in route.as_object().into_iter().flatten() {
        plugin["routes"][0][name] = value.clone();
    }
    worker(process, &plugin)
}

fn start(policies: &[Value]) -> Result<Vm> {
    start_in(&Process::new(), policies, &json!({}))
}

/// A call of a tool in a run.
fn call(run: &str, tool: &str, arguments: Value) -> Exchange {
    let params = json!({ "name": tool, "arguments": arguments });
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    Exchange::post("/mcp")
        .header("mcp-protocol-version", "2025-06-18")
        .header("x-agent", "ann")
        .header("x-run", run)
        .body(body.to_string())
}

fn result(result: &Value) -> Upstream {
    Upstream::json(json!({ "jsonrpc": "2.0", "id": 1, "result": result }).to_string())
}

fn text(text: &str) -> Value {
    json!({ "content": [{ "type": "text", "text": text }] })
}

/// What a call comes to: `None` if it goes on, else the first reason of its refusal.
fn sent(vm: &mut Vm, exchange: Exchange) -> Result<Option<String>> {
    let outcome = vm.exchange(exchange)?;
    ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
    if outcome.forwarded.is_some() {
        return Ok(None);
    }
    let reply = outcome.reply.context("neither forwarded nor answered")?;
    let answer: Value = serde_json::from_slice(&reply.body)?;
    let reasons = &answer["error"]["data"]["reasons"];
    let reason = reasons[0].as_str().context(answer.to_string())?;
    Ok(Some(reason.to_owned()))
}

fn refused(reason: &str) -> Option<String> {
    Some(reason.to_owned())
}

fn refund_needs_a_lookup() -> Value {
    let spec = json!({
        "evidence_requirements": { "refund": ["lookup"] },
        "evidence_max_age_seconds": 600,
    });
    policy("ControlPolicy", spec)
}

fn refund(run: &str) -> Exchange {
    call(run, "refund", json!({ "order": "A-7" })).upstream(result(&text("done")))
}

#[test]
fn a_call_that_succeeded_is_evidence_in_its_run_until_it_is_stale() -> Result<()> {
    let process = Process::new();
    let mut vm = start_in(&process, &[refund_needs_a_lookup()], &json!({}))?;
    assert_eq!(sent(&mut vm, refund("r1"))?, refused("MISSING_EVIDENCE"));
    let lookup = call("r1", "lookup", json!({})).upstream(result(&text("found")));
    assert_eq!(sent(&mut vm, lookup)?, None);
    assert_eq!(sent(&mut vm, refund("r1"))?, None);
    assert_eq!(sent(&mut vm, refund("r2"))?, refused("MISSING_EVIDENCE"));
    // Another worker knows of it, and so does a VM that begins anew.
    let mut other = start_in(&process, &[refund_needs_a_lookup()], &json!({}))?;
    assert_eq!(sent(&mut other, refund("r1"))?, None);
    process.advance(Duration::from_secs(601));
    assert_eq!(sent(&mut vm, refund("r1"))?, refused("STALE_EVIDENCE"));
    Ok(())
}

#[test]
fn a_call_that_failed_or_whose_answer_is_lost_is_no_evidence() -> Result<()> {
    let error = json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": -1, "message": "no" } });
    let both = json!({ "jsonrpc": "2.0", "id": 1, "result": text("found"), "error": { "code": -1, "message": "no" } });
    let other = json!({ "jsonrpc": "2.0", "id": 2, "result": text("found") });
    let question = json!({ "jsonrpc": "2.0", "method": "notifications/message", "params": { "data": "found" } });
    for answer in [
        result(&json!({ "content": [], "isError": true })),
        result(&json!({ "content": [], "isError": "true" })),
        result(&json!({ "resultType": "input_required", "inputRequests": {} })),
        result(&json!({ "resultType": "task", "taskId": "t" })),
        result(&json!({ "task": { "taskId": "t", "status": "working" } })),
        Upstream::json(both.to_string()),
        Upstream::json(error.to_string()),
        Upstream::json(other.to_string()),
        Upstream::json(question.to_string()),
        Upstream::json("no JSON at all"),
        Upstream::status(202),
        Upstream::status(500),
        Upstream::status(200)
            .header("content-type", "text/html")
            .chunks(vec![b"found".to_vec()]),
    ] {
        let mut vm = start(&[refund_needs_a_lookup()])?;
        let lookup = call("r1", "lookup", json!({})).upstream(answer);
        assert_eq!(sent(&mut vm, lookup)?, None);
        assert_eq!(sent(&mut vm, refund("r1"))?, refused("MISSING_EVIDENCE"));
    }
    Ok(())
}

#[test]
fn a_refused_response_is_no_evidence() -> Result<()> {
    let rule = json!({ "type": "output", "name": "quiet", "forbid": ["internal only"] });
    let quiet = policy("RuleSet", json!({ "rules": [rule] }));
    let mut vm = start(&[refund_needs_a_lookup(), quiet])?;
    let lookup = call("r1", "lookup", json!({})).upstream(result(&text("internal only")));
    assert_eq!(sent(&mut vm, lookup)?, None);
    assert_eq!(sent(&mut vm, refund("r1"))?, refused("MISSING_EVIDENCE"));
    Ok(())
}

/// Events of a server, one piece each.
fn events(messages: &[Value]) -> Upstream {
    let events = messages
        .iter()
        .map(|message| format!("data: {message}\n\n"));
    Upstream::status(200)
        .header("content-type", "text/event-stream")
        .chunks(events.map(String::into_bytes).collect())
}

#[test]
fn an_event_that_is_refused_for_what_came_before_it_is_no_evidence() -> Result<()> {
    let (head, tail) = "glpat-Zq3xW8vN2kLm5RtY7uPd".split_at(12);
    let dlp = policy("DlpPolicy", json!({ "redact": true }));
    let mut vm = start(&[refund_needs_a_lookup(), dlp])?;
    let said =
        json!({ "jsonrpc": "2.0", "method": "notifications/message", "params": { "text": head } });
    let answer = json!({ "jsonrpc": "2.0", "id": 1, "result": { "text": tail } });
    let lookup = call("r1", "lookup", json!({})).upstream(events(&[said, answer]));
    let outcome = vm.exchange(lookup)?;
    let body = String::from_utf8(outcome.response.context("a response")?.body)?;
    ensure!(body.contains("DLP_BLOCKED"), "{body}");
    assert_eq!(sent(&mut vm, refund("r1"))?, refused("MISSING_EVIDENCE"));
    Ok(())
}

#[test]
fn events_that_are_only_read_go_on_as_they_come() -> Result<()> {
    let answer = json!({ "jsonrpc": "2.0", "id": 1, "result": text(&"a".repeat(2 << 20)) });
    for (body, reason) in [
        (
            b"data: {\n\ndata: \xff\n\n".to_vec(),
            refused("MISSING_EVIDENCE"),
        ),
        (
            format!("data: {answer}\n\n").into_bytes(),
            refused("MISSING_EVIDENCE"),
        ),
        (
            b": ok\r\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\r\ndata: \"result\":{}}\r\n\r\n:"
                .to_vec(),
            None,
        ),
    ] {
        let mut vm = start(&[refund_needs_a_lookup()])?;
        let upstream = Upstream::status(200)
            .header("content-type", "text/event-stream")
            .chunks(body.chunks(9_999).map(<[u8]>::to_vec).collect());
        let outcome = vm.exchange(call("r1", "lookup", json!({})).upstream(upstream))?;
        ensure!(
            outcome.response.context("a response")?.body == body,
            "changed"
        );
        assert_eq!(sent(&mut vm, refund("r1"))?, reason);
    }
    Ok(())
}

#[test]
fn an_answer_with_a_failing_status_is_no_evidence() -> Result<()> {
    // A DLP policy has failures looked at, too.
    let dlp = policy("DlpPolicy", json!({}));
    let mut vm = start(&[refund_needs_a_lookup(), dlp])?;
    let answer = json!({ "jsonrpc": "2.0", "id": 1, "result": text("found") });
    let failed = Upstream::status(500)
        .header("content-type", "application/json")
        .chunks(vec![answer.to_string().into_bytes()]);
    let lookup = call("r1", "lookup", json!({})).upstream(failed);
    assert_eq!(sent(&mut vm, lookup)?, None);
    assert_eq!(sent(&mut vm, refund("r1"))?, refused("MISSING_EVIDENCE"));
    Ok(())
}

#[test]
fn evidence_is_written_down_before_the_event_that_brings_it_goes_on() -> Result<()> {
    let mut vm = start(&[refund_needs_a_lookup()])?;
    let answer = json!({ "jsonrpc": "2.0", "id": 1, "result": text("found") });
    let progress = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progress": 1 } });
    let events = format!("data: {progress}\n\ndata: {answer}\n\n");
    let upstream = Upstream::status(200)
        .header("content-type", "text/event-stream")
        .chunks(events.into_bytes().chunks(9).map(<[u8]>::to_vec).collect());
    let lookup = call("r1", "lookup", json!({})).upstream(upstream);
    let outcome = vm.exchange(lookup)?;
    let body = outcome.response.context("a response")?.body;
    ensure!(
        String::from_utf8(body)?.contains("found"),
        "the events went on"
    );
    assert_eq!(sent(&mut vm, refund("r1"))?, None);
    Ok(())
}

fn refund_is_grounded() -> Value {
    let order = json!({ "source_action": "lookup", "source_field": "order.id" });
    let asked =
        json!({ "source_action": "lookup", "source_field": "customer", "source_from": "kwargs" });
    policy(
        "ControlPolicy",
        json!({ "grounding_rules": { "refund": { "order": order, "customer": asked } } }),
    )
}

#[test]
fn arguments_are_grounded_in_what_calls_gave_and_were_given() -> Result<()> {
    let structured =
        json!({ "content": [], "structuredContent": { "order": { "id": "A-7", "x": 1 } } });
    let written = text(r#"{"order": {"id": "A-7"}}"#);
    let plain = json!({ "order": { "id": "A-7" } });
    for found in [structured, written, plain] {
        let mut vm = start(&[refund_is_grounded()])?;
        let lookup = || call("r1", "lookup", json!({ "customer": 41.0 })).upstream(result(&found));
        let refund = |order: &str, customer: Value| {
            call(
                "r1",
                "refund",
                json!({ "order": order, "customer": customer }),
            )
        };
        assert_eq!(
            sent(&mut vm, refund("A-7", json!(41)))?,
            refused("UNGROUNDED_ARGUMENT")
        );
        assert_eq!(sent(&mut vm, lookup())?, None);
        assert_eq!(sent(&mut vm, refund("A-7", json!(41)))?, None);
        assert_eq!(
            sent(&mut vm, refund("A-8", json!(41)))?,
            refused("UNGROUNDED_ARGUMENT")
        );
        assert_eq!(
            sent(&mut vm, refund("A-7", json!(42)))?,
            refused("UNGROUNDED_ARGUMENT")
        );
    }
    Ok(())
}

#[test]
fn evidence_takes_bounded_room_and_what_is_too_long_grounds_nothing() -> Result<()> {
    let process = Process::new();
    let mut vm = start_in(&process, &[refund_is_grounded()], &json!({}))?;
    let shared = process.shared_bytes("callgate.state.past");
    for turn in 0..2_000 {
        let found = json!({ "structuredContent": { "order": { "id": format!("{turn:0>1000}") } } });
        let run = format!("r{}", turn % 50);
        let lookup = call(&run, "lookup", json!({ "customer": 1 })).upstream(result(&found));
        assert_eq!(sent(&mut vm, lookup)?, None);
    }
    let grown = process
        .shared_bytes("callgate.state.past")
        .saturating_sub(shared);
    assert!(grown < 50 * (6 << 10), "{grown} bytes");
    let long = "A".repeat(4_096);
    let found = json!({ "structuredContent": { "order": { "id": long } } });
    let lookup = call("long", "lookup", json!({ "customer": 1 })).upstream(result(&found));
    assert_eq!(sent(&mut vm, lookup)?, None);
    let refund = call("long", "refund", json!({ "order": long, "customer": 1 }));
    assert_eq!(sent(&mut vm, refund)?, refused("UNGROUNDED_ARGUMENT"));
    Ok(())
}

#[test]
fn evidence_that_cannot_be_kept_or_read_refuses_what_needs_it() -> Result<()> {
    for name in ["proxy_get_shared_data", "proxy_set_shared_data"] {
        let process = Process::new();
        let mut vm = start_in(&process, &[refund_needs_a_lookup()], &json!({}))?;
        vm.inject(Fault {
            when: When::Every(name),
            status: Status::InternalFailure,
        });
        let lookup = call("r1", "lookup", json!({})).upstream(result(&text("found")));
        let looked_up = sent(&mut vm, lookup)?;
        vm.clear_faults();
        assert_eq!(looked_up, None, "{name}");
        assert_eq!(
            sent(&mut vm, refund("r1"))?,
            refused("MISSING_EVIDENCE"),
            "{name}"
        );
    }
    Ok(())
}

fn daily(max_usd: &str) -> Value {
    let rule = json!({ "type": "cost", "name": "daily", "max_usd": max_usd, "per": "day" });
    policy("RuleSet", json!({ "rules": [rule] }))
}

fn costing(cost: &Value) -> Value {
    json!({ "cost": cost })
}

fn priced(amount: &str) -> Upstream {
    result(&text("done")).header("x-cost-usd", amount)
}

#[test]
fn what_is_reserved_counts_until_the_response_says_what_it_was() -> Result<()> {
    let cost = costing(&json!({ "usd": "1", "header": "x-cost-usd" }));
    let mut vm = start_in(&Process::new(), &[daily("3")], &cost)?;
    let mut send = |amount: &str| {
        sent(
            &mut vm,
            call("r1", "search", json!({})).upstream(priced(amount)),
        )
    };
    // 0.25, then 1 because nothing readable is said, then 1.75: three dollars, to the cent.
    assert_eq!(send("0.25")?, None);
    assert_eq!(send("a lot")?, None);
    assert_eq!(send("1.75")?, None);
    assert_eq!(send("0")?, refused("COST_EXCEEDED"));
    Ok(())
}

#[test]
fn what_was_spent_was_spent_even_beyond_the_cap() -> Result<()> {
    let cost = costing(&json!({ "usd": "0", "path": "/_meta/cost_usd" }));
    let mut vm = start_in(&Process::new(), &[daily("3")], &cost)?;
    let mut send = |cost: Value| {
        let answer = result(&json!({ "content": [], "_meta": { "cost_usd": cost } }));
        sent(&mut vm, call("r1", "search", json!({})).upstream(answer))
    };
    assert_eq!(send(json!(2.5))?, None);
    assert_eq!(send(json!("0.5"))?, None);
    // Nothing is left, but nothing more than that is asked for.
    assert_eq!(send(json!("0.000001"))?, None);
    assert_eq!(send(json!(1))?, refused("COST_EXCEEDED"));
    Ok(())
}

#[test]
fn a_response_that_says_nothing_costs_what_was_reserved() -> Result<()> {
    let cost = costing(&json!({ "usd": "1", "header": "x-cost-usd" }));
    let mut vm = start_in(&Process::new(), &[daily("2")], &cost)?;
    let events = Upstream::status(200)
        .header("content-type", "text/event-stream")
        .chunks(vec![b": nothing yet\n\n".to_vec()]);
    for _ in 0..2 {
        assert_eq!(
            sent(
                &mut vm,
                call("r1", "search", json!({})).upstream(events.clone())
            )?,
            None
        );
    }
    assert_eq!(
        sent(&mut vm, call("r1", "search", json!({})))?,
        refused("COST_EXCEEDED")
    );
    Ok(())
}

#[test]
fn a_response_that_is_refused_costs_what_it_says() -> Result<()> {
    let dlp = || policy("DlpPolicy", json!({}));
    let cost = costing(&json!({ "usd": "0", "header": "x-cost-usd" }));
    let large = text(&"a".repeat(2 << 20));
    let refusals = [
        result(&large),
        Upstream::status(200)
            .header("content-type", "image/png")
            .chunks(vec![b"png".to_vec()]),
    ];
    for answer in refusals {
        let mut vm = start_in(&Process::new(), &[daily("3"), dlp()], &cost)?;
        let answer = answer.header("x-cost-usd", "3.5");
        let outcome = vm.exchange(call("r1", "search", json!({})).upstream(answer))?;
        ensure!(outcome.reply.is_some(), "it went on");
        assert_eq!(
            sent(&mut vm, call("r1", "search", json!({})))?,
            refused("COST_EXCEEDED")
        );
    }
    Ok(())
}

#[test]
fn the_stream_of_a_model_says_its_cost_in_any_member() -> Result<()> {
    let change = json!({ "cost": { "usd": "0", "path": "/cost" } });
    let mut vm = llm::start_with(&[daily("3")], &change)?;
    let chunk = |more: Value| {
        let mut chunk = json!({
            "id": "c", "object": "chat.completion.chunk",
            "choices": [{ "index": 0, "delta": { "content": "yes" }, "finish_reason": "stop" }],
        });
        chunk["cost"] = more;
        chunk
    };
    let answer = events(&[chunk(json!(null)), chunk(json!("3.5"))]);
    let outcome = vm.exchange(answered("openai", answer))?;
    ensure!(outcome.forwarded.is_some(), "{:?}", outcome.reply);
    let outcome = vm.exchange(answered("openai", Upstream::status(200)))?;
    let (_, code) = llm::refused("openai", &outcome)?;
    assert_eq!(code, "COST_EXCEEDED");
    Ok(())
}

/// A configuration whose release has a number, and refuses some tool.
fn numbered(number: u64, refused: &str, pinning: Pinning) -> Result<String> {
    let mut plugin = plugin(&[])?;
    let deny =
        json!({ "effect": "deny", "expression": format!("request.tool.name == '{refused}'") });
    let policies = releases::policies(&json!([policy("CelPolicy", deny)]))?;
    let build = Build {
        project: "tested",
        number,
        policies: &policies,
        settings: Settings {
            pinning,
            ..Settings::default()
        },
        ..Build::default()
    };
    plugin["release"] = serde_json::from_str(&build.to_json())?;
    plugin["run"] = json!({ "source": "header", "header": "x-run" });
    Ok(plugin.to_string())
}

#[test]
fn a_run_keeps_its_release_beside_other_projects() -> Result<()> {
    let first = numbered(1, "pay", Pinning::Run)?;
    let second = numbered(2, "search", Pinning::Run)?;
    let other = numbered(7, "pay", Pinning::Run)?.replace("\"tested\"", "\"other\"");
    let mut vm = Vm::start(Module::filter()?, first, Options::default())?;
    let search = |vm: &mut Vm| sent(vm, call("old", "search", json!({})));
    assert_eq!(search(&mut vm)?, None);
    vm.reconfigure(other)?;
    vm.reconfigure(second)?;
    ensure!(vm.root_logs().is_empty(), "{:?}", vm.root_logs());
    assert_eq!(search(&mut vm)?, None);
    Ok(())
}

#[test]
fn a_run_keeps_the_release_it_began_with() -> Result<()> {
    for (pinning, kept) in [(Pinning::Run, true), (Pinning::None, false)] {
        let process = Process::new();
        let options = || Options {
            memory_limit: MEMORY_CEILING,
            process: process.clone(),
            ..Options::default()
        };
        let (first, second) = (
            numbered(1, "pay", pinning)?,
            numbered(2, "search", pinning)?,
        );
        let mut vm = Vm::start(Module::filter()?, first.clone(), options())?;
        let tell = |vm: &mut Vm, run: &str, tool: &str| -> Result<bool> {
            Ok(sent(vm, call(run, tool, json!({})))?.is_none())
        };
        assert!(tell(&mut vm, "old", "search")? && !tell(&mut vm, "old", "pay")?);
        vm.reconfigure(second.clone())?;
        let expected = (kept, !kept);
        let found = (
            tell(&mut vm, "old", "search")?,
            tell(&mut vm, "old", "pay")?,
        );
        assert_eq!(found, expected, "{pinning:?}");
        assert!(!tell(&mut vm, "new", "search")? && tell(&mut vm, "new", "pay")?);
        // A worker that never had the first one decides by the one in force.
        let mut fresh = Vm::start(Module::filter()?, second, options())?;
        assert!(!tell(&mut fresh, "old", "search")?);
    }
    Ok(())
}
