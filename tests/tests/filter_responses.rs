//! Responses through the filter: judged before the caller gets them, in JSON and in events.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{Exchange, Fault, Headers, Outcome, Process, Status, Upstream, Vm, When};
use callgate_tests::filter::{plugin, policy, worker};
use serde_json::{Value, json};

const TOKEN: &str = "glpat-Zq3xW8vN2kLm5RtY7uPd";
const CALL: &str =
    r#"{"jsonrpc":"2.0","id":"c-1","method":"tools/call","params":{"name":"search"}}"#;

fn redacting() -> Value {
    policy("DlpPolicy", json!({ "redact": true }))
}

fn refusing() -> Value {
    let rule = json!({ "type": "output", "name": "quiet", "forbid": ["internal only"], "message": "ask the owner" });
    policy("RuleSet", json!({ "rules": [rule] }))
}

fn configuration(policies: &[Value], route: Value) -> Result<Value> {
    let mut plugin = plugin(policies)?;
    for (name, value) in route.as_object().into_iter().flatten() {
        plugin["routes"][0][name] = value.clone();
    }
    Ok(plugin)
}

fn start_with(policies: &[Value], route: Value) -> Result<Vm> {
    worker(&Process::new(), &configuration(policies, route)?)
}

fn start(policies: &[Value]) -> Result<Vm> {
    start_with(policies, json!({}))
}

fn call() -> Exchange {
    Exchange::post("/mcp")
        .header("mcp-protocol-version", "2025-06-18")
        .header("accept-encoding", "gzip, br")
        .body(CALL)
}

fn send(vm: &mut Vm, upstream: Upstream) -> Result<Outcome> {
    let outcome = vm.exchange(call().upstream(upstream))?;
    ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
    ensure!(outcome.forwarded.is_some(), "the call was not forwarded");
    Ok(outcome)
}

fn said(text: &str) -> String {
    json!({ "jsonrpc": "2.0", "id": "c-1", "result": { "content": [{ "type": "text", "text": text }] } })
        .to_string()
}

/// What the caller got: status, headers and body, from whomever.
fn got(outcome: &Outcome) -> Result<(u32, Headers, Vec<u8>)> {
    match (&outcome.reply, &outcome.response) {
        (Some(reply), _) => Ok((reply.status, reply.headers.clone(), reply.body.clone())),
        (None, Some(sent)) => {
            let status = outcome.status().context("a status")?;
            Ok((status, sent.headers.clone(), sent.body.clone()))
        }
        (None, None) => anyhow::bail!("nothing came back"),
    }
}

fn header(headers: &Headers, name: &str) -> Option<String> {
    let mut found = headers
        .iter()
        .filter(|(known, _)| *known == name.as_bytes());
    found
        .next()
        .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
}

fn refused(outcome: &Outcome, code: &str) -> Result<Value> {
    let (status, headers, body) = got(outcome)?;
    let body: Value = serde_json::from_slice(&body).context("a JSON body")?;
    ensure!(status == 200 && body["id"] == "c-1", "{status} {body}");
    ensure!(body["error"]["code"] == 40301, "{body}");
    ensure!(body["error"]["data"]["reasons"][0] == code, "{body}");
    ensure!(
        header(&headers, "x-callgate-decision").as_deref() == Some("DENY"),
        "{headers:?}"
    );
    ensure!(
        header(&headers, "x-callgate-release").as_deref() == Some("3"),
        "{headers:?}"
    );
    Ok(body)
}

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

fn events(pieces: &[&str]) -> Upstream {
    let chunks = pieces.iter().map(|piece| piece.as_bytes().to_vec());
    Upstream::status(200)
        .header("content-type", "text/event-stream")
        .chunks(chunks.collect())
}

fn text_of(outcome: &Outcome) -> Result<String> {
    ensure!(outcome.reply.is_none(), "answered: {:?}", outcome.reply);
    Ok(String::from_utf8(got(outcome)?.2)?)
}

const PROGRESS: &str =
    r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}"#;

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
