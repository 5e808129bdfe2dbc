//! Streams of events through the filter, and what answers requests of the protocol: judged message by message.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{Exchange, Upstream};
use callgate_tests::answering::{
    PROGRESS, TOKEN, events, got, header, redacting, refused, refusing, said, send, start,
    start_with, text_of,
};
use callgate_tests::filter::policy;
use serde_json::{Value, json};

#[test]
fn events_go_on_one_by_one() -> Result<()> {
    let mut vm = start(&[refusing()])?;
    let answer = said("fine");
    let stream =
        format!(": ping\n\nevent: message\r\nid: 7\r\ndata: {PROGRESS}\r\n\r\ndata: {answer}\n\n");
    let expected = format!(":\n\nevent: message\nid: 7\ndata: {PROGRESS}\n\ndata: {answer}\n\n");
    for cut in 0..=stream.len() {
        let pieces = [&stream[..cut], &stream[cut..]];
        let outcome = send(&mut vm, events(&pieces)).with_context(|| format!("cut at {cut}"))?;
        ensure!(text_of(&outcome)? == expected, "cut at {cut}");
    }
    let bytes: Vec<String> = stream.chars().map(String::from).collect();
    let bytes: Vec<&str> = bytes.iter().map(String::as_str).collect();
    ensure!(
        text_of(&send(&mut vm, events(&bytes))?)? == expected,
        "byte by byte"
    );
    Ok(())
}

#[test]
fn the_first_refused_event_is_the_last() -> Result<()> {
    let mut vm = start(&[refusing()])?;
    let (bad, good) = (said("internal only"), said("fine"));
    let hostile = [
        format!("data: {bad}\n\n"),
        // Data in several lines, other line ends, fields without a space.
        format!("data:{}\rdata:{}\r\r", &bad[..12], &bad[12..]),
        format!("event: endpoint\ndata: {bad}\n\n"),
        format!("data: {}\n\n", r#"{"params":{"message":"internal only"}}"#),
        "data: internal only\n\n".to_owned(),
        "data: {\"result\":1,\"result\":2}\n\n".to_owned(),
        format!("data: [{good},{bad}]\n\n"),
    ];
    for event in hostile {
        let stream = format!("data: {PROGRESS}\n\n{event}data: {good}\n\n");
        let text = text_of(&send(
            &mut vm,
            events(&[&stream, &format!("data: {good}\n\n")]),
        )?)?;
        let rest = text
            .strip_prefix(&format!("data: {PROGRESS}\n\n"))
            .context("the first")?;
        let last = rest
            .strip_prefix("data: ")
            .and_then(|rest| rest.strip_suffix("\n\n"));
        let last: Value = serde_json::from_str(last.context("one event")?)?;
        ensure!(
            last["error"]["code"] == 40301 && last["id"] == "c-1",
            "{event}: {text}"
        );
    }
    Ok(())
}

#[test]
fn an_event_that_is_not_finished_never_goes_on() -> Result<()> {
    let mut vm = start(&[refusing()])?;
    let bad = said("internal only");
    for stream in [
        format!("data: {bad}"),
        format!("data: {bad}\n"),
        format!("data: {bad}\r"),
    ] {
        ensure!(
            text_of(&send(&mut vm, events(&[&stream]))?)?.is_empty(),
            "{stream}"
        );
    }
    // Nor is it held without end.
    let mut small = start_with(&[refusing()], json!({ "limits": { "body_bytes": 4096 } }))?;
    let long = format!("data: {}", "x".repeat(3_000));
    let text = text_of(&send(&mut small, events(&[&long, &long]))?)?;
    ensure!(text.contains("RESPONSE_UNREADABLE"), "{text}");
    Ok(())
}

#[test]
fn values_in_events_are_blanked() -> Result<()> {
    let mut vm = start(&[redacting()])?;
    let stream = format!("id: 1\ndata: {}\n\n", said(&format!("a {TOKEN} b")));
    let text = text_of(&send(&mut vm, events(&[&stream]))?)?;
    ensure!(
        !text.contains(TOKEN) && text.starts_with("id: 1\ndata: {"),
        "{text}"
    );
    ensure!(text.contains("a [") && text.contains("] b"), "{text}");
    Ok(())
}

#[test]
fn the_event_stream_of_a_session_is_judged_and_protocol_answers_are_not() -> Result<()> {
    let mut vm = start(&[refusing()])?;
    let bad = said("internal only");
    let get = Exchange::get("/mcp").header("accept", "text/event-stream");
    let stream = events(&[&format!("data: {bad}\n\n")]);
    let outcome = vm.exchange(get.upstream(stream))?;
    ensure!(
        !text_of(&outcome)?.contains("internal only"),
        "it came through"
    );
    let list = r#"{"jsonrpc":"2.0","id":"c-1","method":"tools/list"}"#;
    let listed =
        r#"{"jsonrpc":"2.0","id":"c-1","result":{"instructions":"internal only","tools":[]}}"#;
    let ask = |upstream: Upstream| Exchange::post("/mcp").body(list).upstream(upstream);
    let outcome = vm.exchange(ask(Upstream::json(listed)))?;
    ensure!(outcome.reply.is_none(), "a list was refused");
    ensure!(text_of(&outcome)?.contains("internal only"), "changed");
    // What is no answer to it is judged, and so is what no list looks like.
    let others = [
        listed.replace("c-1", "c-2"),
        bad.clone(),
        bad.replace("\"result\"", "\"error\"").replace("c-1", "c-2"),
        r#"{"jsonrpc":"2.0","id":"c-1","method":"elicitation/create","params":{"message":"internal only"}}"#
            .to_owned(),
    ];
    for text in others {
        let body = refused(&vm.exchange(ask(Upstream::json(&text)))?, "OUTPUT_REJECTED")?;
        ensure!(!body.to_string().contains("internal only"), "{body}");
        let stream = events(&[&format!("data: {text}\n\n")]);
        let shown = text_of(&vm.exchange(ask(stream))?)?;
        ensure!(!shown.contains("internal only"), "{shown}");
    }
    Ok(())
}

/// Requests of the protocol itself: with an id, without one, of no body.
fn of_the_protocol() -> [Exchange; 4] {
    let post = |body: &str| Exchange::post("/mcp").body(body);
    [
        post(r#"{"jsonrpc":"2.0","id":"c-1","method":"ping"}"#),
        post(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#),
        post(r#"{"jsonrpc":"2.0","id":3,"result":{}}"#),
        Exchange::get("/mcp").header("accept", "text/event-stream"),
    ]
}

#[test]
fn no_request_of_the_protocol_brings_back_what_nobody_judged() -> Result<()> {
    let secret = said(TOKEN);
    for policies in [vec![redacting()], vec![policy("DlpPolicy", json!({}))]] {
        let mut vm = start(&policies)?;
        for exchange in of_the_protocol() {
            for id in ["c-1", "c-9"] {
                let text = secret.replace("c-1", id);
                let upstreams = [
                    Upstream::json(&text),
                    Upstream::json(format!("[{PROGRESS},{text}]")),
                    events(&[&format!("data: {PROGRESS}\n\ndata: {text}\n\n")]),
                    Upstream::status(404)
                        .header("content-type", "application/json")
                        .chunks(vec![text.as_bytes().to_vec()]),
                    Upstream::status(401)
                        .header("content-type", "application/json")
                        .chunks(vec![format!("{{\"error\":\"{TOKEN}\"}}").into_bytes()]),
                    Upstream::status(404)
                        .header("content-type", "text/plain")
                        .chunks(vec![TOKEN.as_bytes().to_vec()]),
                ];
                for (index, upstream) in upstreams.into_iter().enumerate() {
                    let outcome = vm.exchange(exchange.clone().upstream(upstream))?;
                    ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
                    ensure!(outcome.forwarded.is_some(), "{index}: not forwarded");
                    let body = String::from_utf8(got(&outcome)?.2)?;
                    ensure!(!body.contains(TOKEN), "{index}: {body}");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn clients_of_the_protocol_see_the_status_whatever_the_body_is() -> Result<()> {
    let mut vm = start(&[redacting(), refusing()])?;
    let with = |status: u32, kind: &str, body: &str| {
        Upstream::status(status)
            .header("content-type", kind)
            .header("www-authenticate", "Bearer")
            .chunks(vec![body.as_bytes().to_vec()])
    };
    let reason = r#"{"error":"invalid_token"}"#;
    let cases = [
        (404, with(404, "text/plain", "no such session"), ""),
        (405, with(405, "text/html", "<p>internal only</p>"), ""),
        (
            401,
            with(401, "text/plain", "gone").header("content-encoding", "gzip"),
            "",
        ),
        (401, with(401, "application/json", "no JSON"), ""),
        (202, with(202, "text/plain", "Accepted"), ""),
        (401, with(401, "application/json", reason), reason),
    ];
    for exchange in of_the_protocol() {
        for (expected_status, upstream, expected) in &cases {
            let outcome = vm.exchange(exchange.clone().upstream(upstream.clone()))?;
            ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
            ensure!(outcome.reply.is_none(), "{upstream:?}: answered");
            let (status, headers, body) = got(&outcome)?;
            ensure!(status == *expected_status, "{status} {upstream:?}");
            ensure!(body == expected.as_bytes(), "{upstream:?}: {body:?}");
            ensure!(
                header(&headers, "www-authenticate").as_deref() == Some("Bearer"),
                "{headers:?}"
            );
            let length = header(&headers, "content-length");
            ensure!(
                length.is_none_or(|length| length == expected.len().to_string()),
                "{headers:?}"
            );
            ensure!(
                header(&headers, "content-encoding").is_none(),
                "{headers:?}"
            );
        }
    }
    // Of a call nothing of a body counts that nobody can judge.
    refused(
        &send(&mut vm, with(404, "text/plain", "x"))?,
        "RESPONSE_UNREADABLE",
    )?;
    Ok(())
}

#[test]
fn a_secret_over_messages_of_any_kind_never_comes_whole() -> Result<()> {
    let mut vm = start(&[policy("DlpPolicy", json!({}))])?;
    let (head, tail) = TOKEN.split_at(13);
    let progress = |text: &str| json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "message": text } });
    let log = |text: &str| json!({ "jsonrpc": "2.0", "method": "notifications/message", "params": { "data": { "text": text } } });
    let question = |text: &str| json!({ "jsonrpc": "2.0", "id": 4, "method": "elicitation/create", "params": { "message": text } });
    let answer = |text: &str| serde_json::from_str::<Value>(&said(text));
    let streams = [
        vec![progress(head), answer(tail)?],
        vec![log(head), progress("1 of 2 "), log(tail)],
        vec![question(head), answer(tail)?],
        vec![answer(head)?, progress(tail)],
    ];
    for messages in streams {
        let written: String = messages
            .iter()
            .map(|text| format!("data: {text}\n\n"))
            .collect();
        let shown = text_of(&send(&mut vm, events(&[&written]))?)?;
        ensure!(
            shown.contains("DLP_BLOCKED") && !shown.contains(tail),
            "{shown}"
        );
        // As one text with several messages, as revisions before 2025-06-18 had it.
        refused(
            &send(&mut vm, Upstream::json(json!(messages).to_string()))?,
            "DLP_BLOCKED",
        )?;
        // Halves of nothing pass.
        let harmless = written.replace(tail, "and no more");
        let shown = text_of(&send(&mut vm, events(&[&harmless]))?)?;
        ensure!(shown == harmless, "{shown}");
    }
    Ok(())
}
