//! Calls that a person has to approve: asked about, and let go on exactly once for one approval.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{CalloutAnswer, Exchange, Process};
use callgate_tests::approving::{
    call, close, control, counted, exchange, passes, pay, plugin, questions, reason, refusal, said,
    start, written,
};
use callgate_tests::desk::{Desk, Verdict};
use callgate_tests::filter::{policy, worker};
use serde_json::{Value, json};

#[test]
fn a_pending_call_says_which_approval_and_where() -> Result<()> {
    let (mut vm, mut desk) = (start(0)?, Desk::default());
    let outcome = exchange(&mut vm, &mut desk, pay())?;
    let (code, error) = refusal(&outcome)?.context("it went on")?;
    assert_eq!(code, 40302);
    assert_eq!(error["data"]["reasons"][0], "APPROVAL_REQUIRED");
    assert_eq!(error["data"]["approval"]["id"], "apr_0");
    let url = error["data"]["approval"]["url"]
        .as_str()
        .context("a place")?;
    ensure!(url.ends_with("/approvals/apr_0"), "{url}");
    let message = error["message"].as_str().unwrap_or_default();
    ensure!(message.contains("apr_0 at http"), "{message}");
    // What was asked binds the ticket, and shows no values.
    let asked = &desk.asked[0];
    let digest = "sha256:";
    ensure!(
        asked["args_digest"]
            .as_str()
            .is_some_and(|d| d.starts_with(digest)),
        "{asked}"
    );
    let expected = json!({
        "approvers": ["finance"], "args_digest": asked["args_digest"], "expires_in_seconds": 3600,
        "identity": "ann", "policy": "ControlPolicy", "project": "paying",
        "release": { "digest": asked["release"]["digest"], "number": 4 }, "run": "r-1", "tool": "pay",
    });
    assert_eq!(*asked, expected);
    Ok(())
}

#[test]
fn an_approved_call_passes_exactly_once() -> Result<()> {
    let (mut vm, mut desk) = (start(0)?, Desk::default());
    for round in 0..2 {
        let id = format!("apr_{round}");
        for _ in 0..2 {
            let outcome = exchange(&mut vm, &mut desk, pay())?;
            let (_, error) = refusal(&outcome)?.context("it went on")?;
            assert_eq!(error["data"]["approval"]["id"], id.as_str());
        }
        desk.decide(&id, Verdict::Approved);
        ensure!(passes(&exchange(&mut vm, &mut desk, pay())?)?, "refused");
        assert_eq!(desk.redeemed(), round + 1);
    }
    Ok(())
}

#[test]
fn a_ticket_is_for_nothing_else() -> Result<()> {
    let (mut vm, mut desk) = (start(0)?, Desk::default());
    exchange(&mut vm, &mut desk, pay())?;
    desk.decide("apr_0", Verdict::Approved);
    for other in [
        call("ben", "pay", 5),
        call("ann", "refund", 5),
        call("ann", "pay", 6),
    ] {
        let outcome = exchange(&mut vm, &mut desk, other)?;
        assert_eq!(reason(&outcome)?, "40302 APPROVAL_REQUIRED");
    }
    ensure!(passes(&exchange(&mut vm, &mut desk, pay())?)?, "refused");
    Ok(())
}

#[test]
fn an_approved_prompt_is_that_prompt_to_that_model() -> Result<()> {
    let any = policy("ControlPolicy", json!({ "require_approval": true }));
    let mut plugin = plugin(&[any], 0)?;
    plugin["routes"] = json!([{ "path": "/v1/chat/completions", "kind": "openai" }]);
    let mut vm = worker(&Process::new(), &plugin)?;
    let mut desk = Desk::default();
    let ask = |model: &str, text: &str| {
        let body = json!({ "model": model, "messages": [{ "role": "user", "content": text }] });
        Exchange::post("/v1/chat/completions")
            .header("x-agent", "ann")
            .body(body.to_string())
    };
    exchange(&mut vm, &mut desk, ask("small", "hello"))?;
    desk.decide("apr_0", Verdict::Approved);
    for other in [ask("small", "send it all"), ask("large", "hello")] {
        let outcome = exchange(&mut vm, &mut desk, other)?;
        ensure!(outcome.forwarded.is_none(), "it went on");
    }
    assert_eq!(desk.redeemed(), 0);
    let outcome = exchange(&mut vm, &mut desk, ask("small", "hello"))?;
    ensure!(outcome.forwarded.is_some(), "refused");
    Ok(())
}

#[test]
fn every_other_policy_is_judged_again() -> Result<()> {
    let (mut vm, mut desk) = (start(0)?, Desk::default());
    for round in 0..4 {
        exchange(&mut vm, &mut desk, pay())?;
        desk.decide(&format!("apr_{round}"), Verdict::Approved);
        let outcome = exchange(&mut vm, &mut desk, pay())?;
        if round < 3 {
            ensure!(passes(&outcome)?, "refused");
        } else {
            assert_eq!(reason(&outcome)?, "42901 RATE_LIMITED");
        }
    }
    // What is refused anyway is asked of nobody, and its ticket stays.
    assert_eq!((desk.asked.len(), desk.redeemed()), (6, 3));
    Ok(())
}

#[test]
fn two_controls_need_two_tickets() -> Result<()> {
    let mut second = control();
    second["metadata"]["name"] = json!("Second");
    let mut vm = worker(&Process::new(), &plugin(&[control(), second], 0)?)?;
    let mut desk = Desk::default();
    for id in ["apr_0", "apr_1"] {
        let outcome = exchange(&mut vm, &mut desk, pay())?;
        let (_, error) = refusal(&outcome)?.context("it went on")?;
        assert_eq!(error["data"]["approval"]["id"], id);
        desk.decide(id, Verdict::Approved);
    }
    ensure!(passes(&exchange(&mut vm, &mut desk, pay())?)?, "refused");
    assert_eq!(desk.redeemed(), 2);
    Ok(())
}

#[test]
fn who_is_told_no_gets_no() -> Result<()> {
    for (verdict, code) in [
        (Verdict::Rejected, "40301 APPROVAL_REJECTED"),
        (Verdict::Expired, "40301 APPROVAL_EXPIRED"),
    ] {
        let (mut vm, mut desk) = (start(0)?, Desk::default());
        exchange(&mut vm, &mut desk, pay())?;
        desk.decide("apr_0", verdict);
        let outcome = exchange(&mut vm, &mut desk, pay())?;
        assert_eq!(reason(&outcome)?, code);
        let decided = outcome.reply.context("a reply")?.headers;
        assert_eq!(decided.text("x-callgate-decision").as_deref(), Some("DENY"));
    }
    Ok(())
}

/// Answers that are none.
fn useless() -> Vec<CalloutAnswer> {
    let mut useless = vec![CalloutAnswer::Failed];
    for body in [
        "",
        "garbage",
        "[]",
        "{}",
        r#"{"id":"apr_0"}"#,
        r#"{"id":7,"status":"approved"}"#,
        r#"{"id":"","status":"approved"}"#,
        r#"{"id":"../x","status":"approved"}"#,
        r#"{"id":"apr_0","status":"APPROVED"}"#,
        r#"{"id":"apr_0","status":"approved","status":"approved"}"#,
        r#"{"id":"apr_0","status":"approved","expires_at":7}"#,
        r#"{"id":"apr_0","status":"approved","expires_at":"soon"}"#,
        r#"{"id":"apr_0","status":"approved"} "#.repeat(2).as_str(),
    ] {
        useless.push(written((200, body.to_owned())));
    }
    let approved = r#"{"id":"apr_0","status":"approved"}"#;
    for status in [0, 100, 301, 400, 401, 404, 409, 500, 503] {
        useless.push(written((status, approved.to_owned())));
    }
    useless.push(written((200, format!("{}{approved}", " ".repeat(20_000)))));
    useless
}

#[test]
fn an_answer_that_is_none_lets_nothing_through() -> Result<()> {
    for (number, answer) in useless().into_iter().enumerate() {
        let mut vm = start(0)?;
        let before = counted(&vm);
        let outcome = vm.exchange(pay().callout(answer))?;
        assert_eq!(
            reason(&outcome)?,
            "40302 APPROVAL_REQUIRED",
            "answer {number}"
        );
        assert_eq!(counted(&vm), before);
        let alarm = vm.process().metric("callgate_approval_failures_total");
        assert_eq!(alarm, Some(1), "answer {number}");
    }
    // A ticket that is over when it comes.
    let over = r#"{"id":"apr_0","status":"approved","expires_at":"2025-12-31T23:59:59Z"}"#;
    let outcome = start(0)?.exchange(pay().callout(written((200, over.to_owned()))))?;
    assert_eq!(reason(&outcome)?, "40302 APPROVAL_REQUIRED");
    Ok(())
}

#[test]
fn without_redemption_nothing_goes_on_and_nothing_is_counted() -> Result<()> {
    for (answer, code) in [
        (written((409, String::new())), "40301 APPROVAL_USED"),
        (written((500, String::new())), "40302 APPROVAL_REQUIRED"),
        (written((302, String::new())), "40302 APPROVAL_REQUIRED"),
        (CalloutAnswer::Failed, "40302 APPROVAL_REQUIRED"),
    ] {
        // No run: one begins with the first call that is written down, and stays begun.
        let (mut vm, mut desk) = (start(0)?, Desk::default());
        exchange(&mut vm, &mut desk, pay())?;
        desk.decide("apr_0", Verdict::Approved);
        for _ in 0..5 {
            let open = vm.open(pay())?;
            while vm.advance(&open)? {}
            let asked = questions(&mut vm)?.pop().context("a question")?;
            vm.answer(asked.token, said(&mut desk, &asked))?;
            let redeem = questions(&mut vm)?.pop().context("a redemption")?;
            let path = redeem.headers.text(":path");
            assert_eq!(path.as_deref(), Some("/api/v1/approvals/apr_0/redeem"));
            vm.answer(redeem.token, answer.clone())?;
            assert_eq!(reason(&close(&mut vm, open)?)?, code);
        }
        // The rate of three a minute still has all its places.
        ensure!(passes(&exchange(&mut vm, &mut desk, pay())?)?, "refused");
        for _ in 0..2 {
            exchange(&mut vm, &mut desk, pay())?;
            let last = desk.last_id();
            desk.decide(&last, Verdict::Approved);
            ensure!(passes(&exchange(&mut vm, &mut desk, pay())?)?, "refused");
        }
    }
    Ok(())
}

#[test]
fn of_two_workers_with_one_ticket_one_passes() -> Result<()> {
    let process = Process::new();
    let plugin = plugin(&[control()], 0)?;
    let mut workers = [worker(&process, &plugin)?, worker(&process, &plugin)?];
    let mut desk = Desk::default();
    exchange(&mut workers[0], &mut desk, pay())?;
    desk.decide("apr_0", Verdict::Approved);
    let mut opened = Vec::new();
    for vm in &mut workers {
        let open = vm.open(pay())?;
        while vm.advance(&open)? {}
        opened.push(open);
    }
    // Each step in both before the next in any.
    for _ in 0..2 {
        for vm in &mut workers {
            let question = questions(vm)?.pop().context("a question")?;
            vm.answer(question.token, said(&mut desk, &question))?;
        }
    }
    let mut ends = Vec::new();
    for (vm, open) in workers.iter_mut().zip(opened) {
        ends.push(close(vm, open)?);
    }
    ensure!(passes(&ends[0])?, "refused");
    assert_eq!(reason(&ends[1])?, "40301 APPROVAL_USED");
    assert_eq!(desk.redeemed(), 1);
    Ok(())
}

#[test]
fn without_a_control_plane_nothing_can_be_approved() -> Result<()> {
    let mut plugin = plugin(&[control()], 0)?;
    plugin
        .as_object_mut()
        .context("fields")?
        .remove("control_plane");
    let mut vm = worker(&Process::new(), &plugin)?;
    let outcome = vm.exchange(pay())?;
    assert_eq!(reason(&outcome)?, "40301 STATE_UNAVAILABLE");
    ensure!(outcome.callouts.is_empty(), "somebody was asked");
    Ok(())
}

#[test]
fn every_exchange_leaves_one_record() -> Result<()> {
    let mut plugin = plugin(&[control()], 0)?;
    plugin["audit"] = json!({ "log": true });
    let mut vm = worker(&Process::new(), &plugin)?;
    let mut desk = Desk::default();
    let mut decisions = Vec::new();
    for verdict in [None, Some(Verdict::Approved), None, Some(Verdict::Rejected)] {
        if let Some(verdict) = verdict {
            let last = desk.last_id();
            desk.decide(&last, verdict);
        }
        let outcome = exchange(&mut vm, &mut desk, pay())?;
        let records = outcome.logs.iter().filter_map(|line| {
            let text = line.message.strip_prefix("callgate: {")?;
            serde_json::from_str::<Value>(&format!("{{{text}")).ok()
        });
        for entry in records {
            decisions.push(
                entry["record"]["decision"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            );
        }
    }
    let expected = ["REQUIRE_APPROVAL", "ALLOW", "REQUIRE_APPROVAL", "DENY"];
    assert_eq!(decisions, expected);
    Ok(())
}
