//! Responses through the filter: judged before the caller gets them.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{Fault, Headers, Status, Upstream, When};
use callgate_tests::answering::{
    PROGRESS, TOKEN, call, events, got, header, redacting, refused, refusing, said, send, start,
    start_with,
};
use callgate_tests::filter::policy;
use serde_json::{Value, json};

#[test]
fn a_response_that_says_nothing_wrong_passes_byte_for_byte() -> Result<()> {
    let mut vm = start(&[redacting(), refusing()])?;
    let text = format!("  {} \n", said("all is well"));
    let outcome = send(&mut vm, Upstream::json(&text).header("mcp-session-id", "s"))?;
    let (status, headers, body) = got(&outcome)?;
    ensure!(
        status == 200 && body == text.as_bytes(),
        "{status} {:?}",
        body.escape_ascii().to_string()
    );
    ensure!(
        header(&headers, "mcp-session-id").as_deref() == Some("s"),
        "{headers:?}"
    );
    ensure!(
        header(&headers, "x-callgate-decision").as_deref() == Some("ALLOW"),
        "{headers:?}"
    );
    let sent = outcome.forwarded.context("forwarded")?;
    ensure!(
        header(&sent.headers, "accept-encoding").is_none(),
        "{:?}",
        sent.headers
    );
    Ok(())
}

#[test]
fn without_such_policies_responses_are_not_touched() -> Result<()> {
    let mut vm = start(&[policy(
        "CelPolicy",
        json!({ "effect": "deny", "expression": "false" }),
    )])?;
    let outcome = send(&mut vm, Upstream::json(format!("not JSON {TOKEN}")))?;
    ensure!(
        outcome.calls("proxy_get_buffer_bytes") == 1,
        "{:?}",
        outcome.host_calls
    );
    ensure!(
        got(&outcome)?.2 == format!("not JSON {TOKEN}").into_bytes(),
        "changed"
    );
    let sent = outcome.forwarded.context("forwarded")?;
    ensure!(
        header(&sent.headers, "accept-encoding").is_some(),
        "{:?}",
        sent.headers
    );
    Ok(())
}

#[test]
fn a_refused_response_is_replaced_whatever_it_is_cut_into() -> Result<()> {
    let text = said("this is INTERNAL only");
    let (head, tail) = text.split_at(text.len() / 2);
    let pieces = || vec![head.as_bytes().to_vec(), tail.as_bytes().to_vec()];
    let trailers = || Headers::new().with("x-t", "1");
    let upstreams = [
        Upstream::json(&text),
        Upstream::json("").chunks(pieces()),
        Upstream::json("").chunks(pieces()).empty_last_chunk(),
        Upstream::json("").chunks(pieces()).trailers(trailers()),
        Upstream::json(&text).header("content-length", text.len().to_string()),
    ];
    let mut vm = start(&[refusing()])?;
    for upstream in upstreams {
        let body = refused(&send(&mut vm, upstream)?, "OUTPUT_REJECTED")?;
        ensure!(body["error"]["data"]["policy"] == "RuleSet", "{body}");
        let message = body["error"]["message"].as_str().context("a message")?;
        ensure!(
            message.ends_with("OUTPUT_REJECTED: ask the owner"),
            "{message}"
        );
        ensure!(
            !body.to_string().to_lowercase().contains("internal only"),
            "{body}"
        );
    }
    Ok(())
}

#[test]
fn the_shape_of_a_refusal_is_the_routes() -> Result<()> {
    let text = said("internal only");
    for (shape, status, pointer, value) in [
        ("http_403", 403, "/error/code", json!(40301)),
        ("is_error", 200, "/result/isError", json!(true)),
        ("stealth", 200, "/error/code", json!(-32603)),
    ] {
        let mut vm = start_with(&[refusing()], json!({ "denial": shape }))?;
        let (found, headers, body) = got(&send(&mut vm, Upstream::json(&text))?)?;
        let body: Value = serde_json::from_slice(&body)?;
        ensure!(
            found == status && body.pointer(pointer) == Some(&value),
            "{shape}: {found} {body}"
        );
        ensure!(body["id"] == "c-1", "{body}");
        let hidden = header(&headers, "x-callgate-decision").is_none();
        ensure!(hidden == (shape == "stealth"), "{shape}: {headers:?}");
    }
    Ok(())
}

#[test]
fn values_are_blanked_and_the_length_is_that_of_what_goes_on() -> Result<()> {
    let mut vm = start(&[redacting()])?;
    let text = said(&format!("token {TOKEN} and more"));
    for upstream in [
        Upstream::json(&text).header("content-length", text.len().to_string()),
        Upstream::json("").chunks(text.as_bytes().chunks(7).map(<[u8]>::to_vec).collect()),
    ] {
        let (status, headers, body) = got(&send(&mut vm, upstream)?)?;
        let shown = String::from_utf8(body.clone())?;
        ensure!(status == 200 && !shown.contains(TOKEN), "{shown}");
        ensure!(
            shown.contains("token [") && shown.contains("] and more"),
            "{shown}"
        );
        ensure!(
            header(&headers, "content-length") == Some(body.len().to_string()),
            "{headers:?}"
        );
        ensure!(
            header(&headers, "x-callgate-decision").as_deref() == Some("FLAG"),
            "{headers:?}"
        );
    }
    Ok(())
}

#[test]
fn what_cannot_be_judged_is_refused() -> Result<()> {
    let mut vm = start_with(&[refusing()], json!({ "limits": { "body_bytes": 4096 } }))?;
    let with = |kind: &str, body: &str| {
        Upstream::status(200)
            .header("content-type", kind)
            .chunks(vec![body.as_bytes().to_vec()])
    };
    let good = said("fine");
    let upstreams = [
        with("text/plain", "internal only"),
        with("application/json; charset=utf-16", &good),
        with("text/event-stream, application/json", &good),
        Upstream::status(200).chunks(vec![good.clone().into_bytes()]),
        Upstream::json(&good).header("content-encoding", "gzip"),
        Upstream::json(&good).header("content-type", "text/html"),
        Upstream::json("{"),
        Upstream::json(r#"{"jsonrpc":"2.0","id":"c-1","result":{},"result":{}}"#),
        Upstream::json(r#"{"jsonrpc":"2.0","id":"c-1","Result":{}}"#),
        Upstream::json(r#"{"jsonrpc":"2.0","id":"c-1","resul\u0074":{}}"#),
        Upstream::json("\"internal only\""),
        Upstream::json(said(&"x".repeat(5_000))),
        with("application/json", "\u{feff}{}"),
    ];
    for (index, upstream) in upstreams.into_iter().enumerate() {
        let outcome = send(&mut vm, upstream)?;
        refused(&outcome, "RESPONSE_UNREADABLE").with_context(|| format!("case {index}"))?;
    }
    // Nothing to judge: an accepted notification, an empty error.
    for upstream in [Upstream::status(202), Upstream::status(500)] {
        ensure!(send(&mut vm, upstream)?.reply.is_none(), "refused");
    }
    Ok(())
}

#[test]
fn no_fault_of_the_host_lets_an_unjudged_byte_through() -> Result<()> {
    let bad = said("this is internal only");
    let whole = Upstream::json(&bad);
    let stream = events(&[
        &format!("data: {PROGRESS}\n\n"),
        &format!("data: {bad}\n\n"),
    ]);
    let mut felt = 0;
    for upstream in [whole, stream] {
        let calls = send(&mut start(&[refusing()])?, upstream.clone())?.total_calls();
        for index in 0..calls {
            for status in Status::FAILURES.into_iter().chain([Status::Ok]) {
                let mut vm = start(&[refusing()])?;
                vm.inject(Fault {
                    when: When::Index(index),
                    status,
                });
                let exchange = call().upstream(upstream.clone());
                let outcome = vm
                    .exchange(exchange)
                    .with_context(|| format!("call {index} {status:?}"))?;
                let seen = outcome
                    .response
                    .as_ref()
                    .map(|sent| sent.body.clone())
                    .unwrap_or_default();
                let seen = String::from_utf8_lossy(&seen).into_owned();
                // A host that says it replaced the body and did not is beyond help.
                let lied = status == Status::Ok;
                ensure!(
                    lied || !seen.contains("internal only"),
                    "call {index} {status:?}: {seen}"
                );
                felt += usize::from(!seen.contains("OUTPUT_REJECTED"));
            }
        }
    }
    ensure!(felt > 0, "no fault was ever felt");
    Ok(())
}

#[test]
fn a_result_of_many_short_texts_goes_on() -> Result<()> {
    let mut plugin = callgate_tests::filter::plugin(&[callgate_tests::filter::policy(
        "DlpPolicy",
        serde_json::json!({}),
    )])?;
    plugin["response_headers"] = serde_json::json!(true);
    let mut vm = callgate_tests::filter::start_with(&plugin.to_string())?;
    let texts = (0..2_000)
        .map(|n| serde_json::json!({ "type": "text", "text": format!("line {n} of the file") }));
    let texts: Vec<serde_json::Value> = texts.collect();
    let answer = serde_json::json!({ "jsonrpc": "2.0", "id": 1, "result": { "content": texts } });
    let call = serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "t", "arguments": {} } });
    let call = callgate_host_test::Exchange::post("/mcp").body(call.to_string());
    let outcome =
        vm.exchange(call.upstream(callgate_host_test::Upstream::json(answer.to_string())))?;
    assert!(outcome.reply.is_none(), "{:?}", outcome.reply);
    Ok(())
}
