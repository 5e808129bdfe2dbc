//! Traffic with language models through the filter: prompts judged, calls in answers judged before the
//! client sees them, whole and streamed.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{
    Exchange, Module, Options, Outcome, Upstream, Vm, per_byte, split_every_way,
};
use callgate_tests::filter::{MEMORY_CEILING, plugin, policy};
use serde_json::{Value, json};

/// Vendors by the kind of their route.
const VENDORS: [&str; 2] = ["openai", "anthropic"];

fn path(vendor: &str) -> &'static str {
    match vendor {
        "openai" => "/v1/chat/completions",
        _ => "/v1/messages",
    }
}

fn start_with(policies: &[Value], change: &Value) -> Result<Vm> {
    let options = Options {
        memory_limit: MEMORY_CEILING,
        ..Options::default()
    };
    let mut plugin = plugin(policies)?;
    let mut routes = Vec::new();
    for vendor in VENDORS {
        let mut route =
            json!({ "kind": vendor, "path": path(vendor), "server": "crm", "upstream": vendor });
        for (name, value) in change.as_object().into_iter().flatten() {
            route[name] = value.clone();
        }
        routes.push(route);
    }
    routes.push(json!({ "kind": "openai", "path": "/v1/embeddings", "api": "embeddings" }));
    plugin["routes"] = json!(routes);
    let vm = Vm::start(Module::filter()?, plugin.to_string(), options)?;
    ensure!(vm.root_logs().is_empty(), "{:?}", vm.root_logs());
    Ok(vm)
}

/// Nobody drops tables; refunds up to 50 go through; notes need an approval, which this host does not keep;
/// the rest may be done.
fn policies() -> Vec<Value> {
    let deny = r#"request.kind == "tool_call"
        && (request.tool.name == "crm__drop_table" || request.tool.name == "crm__refund" && request.tool.args.amount > 50)"#;
    let approval = json!({ "require_approval": true, "approval_actions": ["crm__note"] });
    vec![
        policy("CelPolicy", json!({ "effect": "deny", "expression": deny })),
        policy("ControlPolicy", approval),
    ]
}

fn start() -> Result<Vm> {
    start_with(&policies(), &json!({}))
}

fn request(vendor: &str) -> Value {
    let tool = json!({ "name": "refund", "description": "give money back" });
    match vendor {
        "openai" => json!({
            "model": "gpt-5", "max_completion_tokens": 100,
            "messages": [{ "role": "system", "content": "be brief" }, { "role": "user", "content": [{ "type": "text", "text": "hello" }] }],
            "tools": [{ "type": "function", "function": tool }],
        }),
        _ => json!({
            "model": "claude-9", "max_tokens": 100, "system": "be brief",
            "messages": [{ "role": "user", "content": "hello" }], "tools": [tool],
        }),
    }
}

fn ask(vendor: &str, body: &Value) -> Exchange {
    Exchange::post(path(vendor))
        .header("accept-encoding", "gzip")
        .body(body.to_string())
}

fn send(vm: &mut Vm, exchange: Exchange) -> Result<Outcome> {
    let outcome = vm.exchange(exchange)?;
    ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
    Ok(outcome)
}

/// The code of an error in the shape of the vendor.
fn code_of(vendor: &str, body: &Value) -> Result<String> {
    ensure!(body["error"]["message"].is_string(), "{body}");
    ensure!(body["error"]["type"].is_string(), "{body}");
    match vendor {
        "openai" => ensure!(body["error"].get("param") == Some(&Value::Null), "{body}"),
        _ => ensure!(body["type"] == "error", "{body}"),
    }
    Ok(body["error"]["code"].as_str().context("a code")?.to_owned())
}

/// Status and code of a request that went nowhere, or whose response did.
fn refused(vendor: &str, outcome: &Outcome) -> Result<(u32, String)> {
    let reply = outcome.reply.as_ref().context("no reply")?;
    let body: Value = serde_json::from_slice(&reply.body)?;
    Ok((reply.status, code_of(vendor, &body)?))
}

fn prompts() -> Vec<Value> {
    let condition = |text: &str| json!({ "conditions": { "kind": ["chat_completion"], "prompt": [text] }, "action": "DENY", "priority": 1 });
    let model = json!({ "conditions": { "model": ["gpt-4*", "claude-1"] }, "action": "DENY", "priority": 2 });
    let mut policies: Vec<Value> = ["forbidden fruit"]
        .iter()
        .map(|text| policy("MatchPolicy", condition(text)))
        .collect();
    let mut by_model = policy("MatchPolicy", model);
    by_model["metadata"]["name"] = json!("models");
    policies.push(by_model);
    let dlp = json!({ "actions": { "CRITICAL": "deny", "HIGH": "deny" } });
    policies.push(policy("DlpPolicy", dlp));
    policies.push(policy("CelPolicy", json!({
        "effect": "deny",
        "expression": r#"request.kind == "chat_completion" && has(request.tool.args.temperature) && request.tool.args.temperature > 1.0"#
    })));
    policies
}

#[test]
fn every_text_that_a_model_sees_is_judged() -> Result<()> {
    const TOKEN: &str = "glpat-Zq3xW8vN2kLm5RtY7uPd";
    let mut vm = start_with(&prompts(), &json!({}))?;
    for vendor in VENDORS {
        let body = request(vendor);
        let outcome = send(&mut vm, ask(vendor, &body))?;
        let sent = outcome
            .forwarded
            .as_ref()
            .with_context(|| format!("{:?}", outcome.reply))?;
        ensure!(sent.body == body.to_string().as_bytes(), "changed");
        let call_id = "id";
        let hidden = |text: &str| match vendor {
            "openai" => vec![
                ("/messages/0/content", json!(text)),
                ("/messages/1/content/0/text", json!(text)),
                (
                    "/messages/1/content/1",
                    json!({ "type": "image_url", "image_url": { "url": format!("https://a.example/?{text}") } }),
                ),
                ("/messages/1/name", json!(text)),
                (
                    "/messages/2",
                    json!({ "role": "tool", "tool_call_id": call_id, "content": text }),
                ),
                (
                    "/messages/2",
                    json!({ "role": "assistant", "content": null, "tool_calls": [{ "id": call_id, "type": "function", "function": { "name": "f", "arguments": format!("{{\"a\":\"{text}\"}}") } }] }),
                ),
            ],
            _ => vec![
                ("/system", json!(text)),
                ("/system", json!([{ "type": "text", "text": text }])),
                (
                    "/messages/0/content",
                    json!([{ "type": "tool_result", "tool_use_id": call_id, "content": [{ "type": "text", "text": text }] }]),
                ),
                (
                    "/messages/1",
                    json!({ "role": "assistant", "content": [{ "type": "tool_use", "id": call_id, "name": "f", "input": { "a": { text: 1 } } }] }),
                ),
                (
                    "/messages/1",
                    json!({ "role": "assistant", "content": [{ "type": text, "text": "a" }] }),
                ),
            ],
        };
        for (text, code) in [("forbidden fruit", "MATCH_DENIED"), (TOKEN, "DLP_BLOCKED")] {
            for (place, value) in hidden(text) {
                let mut body = request(vendor);
                put(&mut body, place, value)?;
                let outcome = send(&mut vm, ask(vendor, &body))?;
                ensure!(outcome.forwarded.is_none(), "{vendor} {place} {text}");
                ensure!(
                    refused(vendor, &outcome)? == (403, code.to_owned()),
                    "{place} {:?}",
                    outcome.reply
                );
            }
        }
        // What is no conversation is looked through as well, names included.
        for (place, value) in [
            ("/metadata", json!({ TOKEN: "a" })),
            ("/user", json!(TOKEN)),
            ("/tools/0/x", json!(TOKEN)),
        ] {
            let mut body = request(vendor);
            put(&mut body, place, value)?;
            ensure!(
                refused(vendor, &send(&mut vm, ask(vendor, &body))?)?.1 == "DLP_BLOCKED",
                "{place}"
            );
        }
        for (place, value, code) in [
            ("/model", json!("claude-1"), "MATCH_DENIED"),
            ("/temperature", json!(1.5), "CEL_DENY_MATCHED"),
        ] {
            let mut body = request(vendor);
            put(&mut body, place, value)?;
            ensure!(
                refused(vendor, &send(&mut vm, ask(vendor, &body))?)?.1 == code,
                "{place}"
            );
        }
    }
    let input = |input: Value| {
        Exchange::post("/v1/embeddings").body(json!({ "model": "e", "input": input }).to_string())
    };
    ensure!(
        send(&mut vm, input(json!(["a", "b"])))?.forwarded.is_some(),
        "embeddings"
    );
    for (value, code) in [
        (json!(["a", TOKEN]), "DLP_BLOCKED"),
        (json!([1, 2]), "CHAT"),
    ] {
        ensure!(
            refused("openai", &send(&mut vm, input(value))?)?.1 == code,
            "{code}"
        );
    }
    Ok(())
}

/// Puts a value at a JSON Pointer; a list grows by one.
fn put(body: &mut Value, place: &str, value: Value) -> Result<()> {
    let (around, last) = place.rsplit_once('/').context("a place")?;
    match body.pointer_mut(around).context("a value around")? {
        Value::Array(items) => match last.parse::<usize>()? {
            index if index < items.len() => items[index] = value,
            _ => items.push(value),
        },
        around => around[last] = value,
    }
    Ok(())
}

#[test]
fn what_is_not_one_request_is_refused() -> Result<()> {
    let mut vm = start()?;
    for vendor in VENDORS {
        let with = |place: &str, value: Value| -> Result<String> {
            let mut body = request(vendor);
            put(&mut body, place, value)?;
            Ok(body.to_string())
        };
        let text = request(vendor).to_string();
        let provider = match vendor {
            "openai" => with("/web_search_options", json!({}))?,
            _ => with("/mcp_servers", json!([{ "url": "https://mcp.example" }]))?,
        };
        for (body, status, code) in [
            (with("/Messages", json!([]))?, 400, "KEY_LOOK_ALIKE"),
            (with("/model", Value::Null)?, 400, "CHAT"),
            (with("/model", json!("gpt 5"))?, 400, "CHAT"),
            (with("/stream", json!("yes"))?, 400, "CHAT"),
            (with("/messages", json!("hello"))?, 400, "CHAT"),
            (with("/messages/0", json!("hello"))?, 400, "CHAT"),
            (with("/messages/0/role", json!("root"))?, 400, "CHAT"),
            (with("/messages/0/content", json!(["hello"]))?, 400, "CHAT"),
            (
                with("/messages/0/Content", json!("hello"))?,
                400,
                "KEY_LOOK_ALIKE",
            ),
            (
                with(
                    "/tools/0",
                    json!({ "type": "web_search_20250305", "name": "web_search" }),
                )?,
                400,
                "PROVIDER_TOOLS",
            ),
            (provider, 400, "PROVIDER_TOOLS"),
            (
                text.replacen('{', r#"{"model":"a","#, 1),
                400,
                "JSON_DUPLICATE_KEY",
            ),
            (
                text.replacen("\"messages\"", "\"messa\\u0067es\"", 1),
                400,
                "KEY_ESCAPED",
            ),
            (format!("[{text}]"), 400, "NOT_AN_OBJECT"),
            (String::new(), 400, "BODY_EMPTY"),
        ] {
            let outcome = send(&mut vm, Exchange::post(path(vendor)).body(&body))?;
            ensure!(outcome.forwarded.is_none(), "{vendor} {body}");
            ensure!(
                refused(vendor, &outcome)? == (status, code.to_owned()),
                "{body} {:?}",
                outcome.reply
            );
        }
        for exchange in [
            Exchange::get(path(vendor)),
            Exchange::post(path(vendor)).header("content-encoding", "br"),
        ] {
            ensure!(send(&mut vm, exchange)?.forwarded.is_none(), "forwarded");
        }
    }
    Ok(())
}

/// A whole answer that calls these tools.
fn answer(vendor: &str, calls: &[(&str, Value)]) -> Value {
    let calls = calls.iter().enumerate();
    match vendor {
        "openai" => {
            let calls: Vec<Value> = calls.map(|(place, (name, args))| json!({ "id": format!("call_{place}"), "type": "function", "function": { "name": name, "arguments": args.to_string() } })).collect();
            json!({ "id": "c", "object": "chat.completion", "model": "gpt-5", "choices": [{ "index": 0, "finish_reason": "tool_calls", "message": { "role": "assistant", "content": "let me see", "tool_calls": calls } }] })
        }
        _ => {
            let calls = calls.map(|(place, (name, args))| json!({ "type": "tool_use", "id": format!("toolu_{place}"), "name": name, "input": args }));
            let text = json!({ "type": "text", "text": "let me see" });
            let content: Vec<Value> = std::iter::once(text).chain(calls).collect();
            json!({ "id": "m", "type": "message", "role": "assistant", "model": "claude-9", "content": content, "stop_reason": "tool_use" })
        }
    }
}

fn answered(vendor: &str, upstream: Upstream) -> Exchange {
    ask(vendor, &request(vendor)).upstream(upstream)
}

#[test]
fn a_call_in_an_answer_is_judged_before_the_client_sees_it() -> Result<()> {
    let mut vm = start()?;
    for vendor in VENDORS {
        let refund = |amount: u32| ("refund", json!({ "amount": amount }));
        for calls in [
            vec![],
            vec![refund(50)],
            vec![refund(1), ("search", json!({}))],
        ] {
            let text = answer(vendor, &calls).to_string();
            for cut in [0, 1, text.len() / 2, text.len() - 1] {
                let pieces = vec![
                    text.as_bytes()[..cut].to_vec(),
                    text.as_bytes()[cut..].to_vec(),
                ];
                let outcome = send(&mut vm, answered(vendor, Upstream::json("").chunks(pieces)))?;
                let sent = outcome.forwarded.as_ref().context("forwarded")?;
                ensure!(
                    !sent
                        .headers
                        .iter()
                        .any(|(name, _)| name == b"accept-encoding"),
                    "compressed"
                );
                let response = outcome
                    .response
                    .as_ref()
                    .with_context(|| format!("{:?}", outcome.reply))?;
                ensure!(response.body == text.as_bytes(), "changed");
            }
        }
        for (calls, code) in [
            (vec![refund(51)], "CEL_DENY_MATCHED"),
            (
                vec![refund(1), ("drop_table", json!({}))],
                "CEL_DENY_MATCHED",
            ),
            (
                vec![("note", json!({ "text": "secret-marker" }))],
                "STATE_UNAVAILABLE",
            ),
            (vec![("crm__refund", json!({ "amount": 1 }))], "TOOL_NAME"),
            (vec![("refund ", json!({ "amount": 1 }))], "TOOL_NAME"),
            (vec![("refund", json!([51]))], "ARGUMENTS"),
            (vec![("refund", json!({ "amount": "51" }))], "CEL_ERROR"),
        ] {
            let text = answer(vendor, &calls).to_string();
            let outcome = send(&mut vm, answered(vendor, Upstream::json(&text)))?;
            ensure!(outcome.forwarded.is_some(), "the request goes on");
            ensure!(
                refused(vendor, &outcome)? == (403, code.to_owned()),
                "{text} {:?}",
                outcome.reply
            );
            let said = String::from_utf8(outcome.reply.context("a reply")?.body)?;
            ensure!(
                !said.contains("secret-marker") && !said.contains("let me see"),
                "{said}"
            );
        }
    }
    Ok(())
}

#[test]
fn an_answer_that_clients_read_in_two_ways_is_refused() -> Result<()> {
    let mut vm = start()?;
    let hostile = |vendor: &str| -> Vec<String> {
        let text = answer(vendor, &[("search", json!({}))]).to_string();
        let mut all = vec![
            format!("[{text}]"),
            "null".to_owned(),
            format!("{text}{{}}"),
            String::from("{"),
        ];
        match vendor {
            "openai" => all.extend([
                text.replace("\"tool_calls\":", "\"Tool_calls\":"),
                text.replace("\"tool_calls\":", "\"toolCalls\":"),
                text.replace("\"tool_calls\":", "\"tool_call\\u0073\":"),
                text.replace("\"choices\":", "\"Choices\":"),
                text.replace("\"{}\"", "{}"),
                text.replace("\"{}\"", "\"{\""),
                text.replace("\"{}\"", r#""{\"a\":1,\"a\":2}""#),
                text.replace("\"type\":\"function\"", "\"type\":\"mcp\""),
                text.replace(
                    "\"function\":{",
                    "\"custom\":{\"name\":\"search\",\"input\":\"\"},\"function\":{",
                ),
                text.replace("\"message\":", "\"Message\":"),
            ]),
            _ => all.extend([
                text.replace("\"type\":\"tool_use\"", "\"type\":\"Tool_use\""),
                text.replace("\"type\":\"tool_use\"", "\"type\":\"server_tool_use\""),
                text.replace("\"type\":\"tool_use\"", "\"type\":\"tool_use_v2\""),
                text.replace("\"content\":", "\"Content\":"),
                text.replace("\"input\":{}", "\"Input\":{}"),
                text.replace("\"input\":{}", "\"input\":{\"a\":1,\"a\":2}"),
                text.replace("\"input\":{}", "\"input\":\"{}\""),
            ]),
        }
        all
    };
    for vendor in VENDORS {
        for text in hostile(vendor) {
            let outcome = send(&mut vm, answered(vendor, Upstream::json(&text)))?;
            ensure!(outcome.reply.is_some(), "{vendor} {text}");
        }
        let good = answer(vendor, &[]).to_string();
        for upstream in [
            Upstream::json(&good).header("content-encoding", "gzip"),
            Upstream::status(200)
                .header("content-type", "text/plain")
                .chunks(vec![good.clone().into_bytes()]),
        ] {
            let outcome = send(&mut vm, answered(vendor, upstream))?;
            ensure!(
                refused(vendor, &outcome)?.1 == "RESPONSE_UNREADABLE",
                "{:?}",
                outcome.reply
            );
        }
        // An error of the vendor's is for the client.
        let upstream = Upstream::status(429)
            .header("content-type", "application/json")
            .chunks(vec![b"{\"error\":{}}".to_vec()]);
        ensure!(
            send(&mut vm, answered(vendor, upstream))?.status() == Some(429),
            "an error"
        );
    }
    Ok(())
}

#[test]
fn calls_in_answers_are_counted_once() -> Result<()> {
    let rate = json!({ "type": "rate", "max": 3, "per": "minute", "by": "tool" });
    let tools = json!({ "conditions": { "kind": ["tool_call"] }, "action": "FLAG", "priority": 1 });
    let policies = [
        policy("RuleSet", json!({ "rules": [rate] })),
        policy("MatchPolicy", tools),
    ];
    for vendor in VENDORS {
        let mut vm = start_with(&policies, &json!({}))?;
        let mut send = |calls: usize| {
            let calls: Vec<_> = (0..calls).map(|_| ("search", json!({}))).collect();
            let text = answer(vendor, &calls).to_string();
            send(&mut vm, answered(vendor, Upstream::json(&text)))
        };
        for calls in [1, 2] {
            let outcome = send(calls)?;
            let response = outcome
                .response
                .with_context(|| format!("{:?}", outcome.reply))?;
            let shown = response
                .headers
                .iter()
                .find(|(name, _)| *name == b"x-callgate-decision");
            ensure!(
                shown.is_some_and(|(_, value)| value == b"FLAG"),
                "{:?}",
                response.headers
            );
        }
        // The requests count by their own name, and there were three of them.
        ensure!(
            refused(vendor, &send(1)?)? == (403, "RATE_LIMITED".to_owned()),
            "the fourth call"
        );
    }
    Ok(())
}

/// The events of an answer that says something and calls a tool, its arguments in parts.
fn stream(vendor: &str, name: &str, parts: &[&str]) -> String {
    let mut events = Vec::new();
    match vendor {
        "openai" => {
            let mut chunk = |delta: Value, reason: Value| {
                let chunk = json!({ "id": "c", "object": "chat.completion.chunk", "choices": [{ "index": 0, "delta": delta, "finish_reason": reason }] });
                events.push(format!("data: {chunk}\n\n"));
            };
            chunk(
                json!({ "role": "assistant", "content": "let me" }),
                Value::Null,
            );
            chunk(json!({ "content": " see" }), Value::Null);
            chunk(
                json!({ "tool_calls": [{ "index": 0, "id": "call_1", "type": "function", "function": { "name": name, "arguments": "" } }] }),
                Value::Null,
            );
            for part in parts {
                chunk(
                    json!({ "tool_calls": [{ "index": 0, "function": { "arguments": part } }] }),
                    Value::Null,
                );
            }
            chunk(json!({}), json!("tool_calls"));
            events.push("data: [DONE]\n\n".to_owned());
        }
        _ => {
            let mut event = |data: Value| {
                let name = data["type"].as_str().unwrap_or_default().to_owned();
                events.push(format!("event: {name}\ndata: {data}\n\n"));
            };
            event(
                json!({ "type": "message_start", "message": { "id": "m", "type": "message", "role": "assistant", "content": [] } }),
            );
            event(
                json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
            );
            event(json!({ "type": "ping" }));
            for text in ["let me", " see"] {
                event(
                    json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } }),
                );
            }
            event(json!({ "type": "content_block_stop", "index": 0 }));
            event(
                json!({ "type": "content_block_start", "index": 1, "content_block": { "type": "tool_use", "id": "toolu_1", "name": name, "input": {} } }),
            );
            for part in parts {
                event(
                    json!({ "type": "content_block_delta", "index": 1, "delta": { "type": "input_json_delta", "partial_json": part } }),
                );
            }
            event(json!({ "type": "content_block_stop", "index": 1 }));
            event(json!({ "type": "message_delta", "delta": { "stop_reason": "tool_use" } }));
            event(json!({ "type": "message_stop" }));
        }
    }
    events.concat()
}

fn events(chunks: Vec<Vec<u8>>) -> Upstream {
    Upstream::status(200)
        .header("content-type", "text/event-stream")
        .chunks(chunks)
}

/// What of a stream reached the client.
fn streamed(vm: &mut Vm, vendor: &str, chunks: Vec<Vec<u8>>) -> Result<String> {
    let outcome = send(vm, answered(vendor, events(chunks)))?;
    let response = outcome
        .response
        .with_context(|| format!("{:?}", outcome.reply))?;
    Ok(String::from_utf8(response.body)?)
}

/// The code of the error that ends a stream, and what came before it.
fn ends_with(vendor: &str, text: &str) -> Result<(String, String)> {
    let events: Vec<&str> = text.split_terminator("\n\n").collect();
    let (last, before) = events.split_last().context("an event")?;
    let last = match vendor {
        "openai" => *last,
        _ => last
            .strip_prefix("event: error\n")
            .context("an error event")?,
    };
    let body: Value = serde_json::from_str(last.strip_prefix("data: ").context("data")?)?;
    Ok((code_of(vendor, &body)?, before.concat()))
}

#[test]
fn a_streamed_call_is_held_until_it_is_judged_however_it_is_cut() -> Result<()> {
    for vendor in VENDORS {
        let mut vm = start()?;
        let allowed = stream(vendor, "refund", &["{\"am", "ount\"", ":5}"]);
        let denied = stream(vendor, "refund", &["{\"am", "ount\"", ":5", "1}"]);
        for split in split_every_way(allowed.as_bytes()).chain([per_byte(allowed.as_bytes())]) {
            ensure!(streamed(&mut vm, vendor, split)? == allowed, "changed");
        }
        for split in split_every_way(denied.as_bytes()).chain([per_byte(denied.as_bytes())]) {
            let text = streamed(&mut vm, vendor, split)?;
            let (code, before) = ends_with(vendor, &text)?;
            ensure!(code == "CEL_DENY_MATCHED", "{text}");
            ensure!(
                before.contains("let me") && before.contains(" see"),
                "{text}"
            );
            ensure!(
                !text.contains("refund\"") && !text.contains("ount"),
                "{text}"
            );
        }
    }
    Ok(())
}

#[test]
fn what_precedes_a_call_is_not_held() -> Result<()> {
    for vendor in VENDORS {
        let mut vm = start()?;
        let whole = stream(vendor, "refund", &["{\"amount\":5}"]);
        let call = whole.find("refund").context("a call")?;
        let open = answered(vendor, events(vec![whole.as_bytes()[..call].to_vec()]));
        let outcome = send(&mut vm, open)?;
        let text = String::from_utf8(outcome.response.context("a response")?.body)?;
        ensure!(text.contains(" see"), "{text}");
    }
    Ok(())
}

#[test]
fn a_stream_that_clients_put_together_in_two_ways_ends() -> Result<()> {
    let tool = |index: u32, part: Value| json!({ "choices": [{ "index": 0, "delta": { "tool_calls": [{ "index": index, "function": part }] } }] });
    let finish = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "tool_calls" }] });
    let begin = tool(0, json!({ "name": "search", "arguments": "{}" }));
    let openai: Vec<Vec<Value>> = vec![
        // A name twice: put together, or the second in place of the first.
        vec![
            begin.clone(),
            tool(0, json!({ "name": "search" })),
            finish.clone(),
        ],
        vec![tool(0, json!({ "arguments": "{}" })), finish.clone()],
        // More of a call that was judged.
        vec![
            begin.clone(),
            finish.clone(),
            tool(0, json!({ "arguments": " " })),
        ],
        vec![
            begin.clone(),
            finish.clone(),
            tool(1, json!({ "name": "drop_table", "arguments": "{}" })),
        ],
        vec![
            json!({ "choices": [{ "index": 0, "delta": { "tool_calls": [{ "function": { "name": "search", "arguments": "{}" } }] } }] }),
            finish.clone(),
        ],
        vec![json!({ "choices": [{ "index": 0, "delta": { "Tool_calls": [] } }] })],
        vec![json!({ "choices": [{ "index": 0, "message": { "tool_calls": [] } }] })],
        vec![json!({ "choices": [{ "delta": {} }] })],
        vec![json!({ "choices": [{ "index": 0, "delta": { "content": ["a"] } }] })],
        vec![json!([finish.clone()])],
        // Never whole.
        vec![begin.clone()],
    ];
    let block = |index: u32, block: Value| json!({ "type": "content_block_start", "index": index, "content_block": block });
    let call =
        |input: Value| json!({ "type": "tool_use", "id": "t", "name": "search", "input": input });
    let part = |index: u32, text: &str| json!({ "type": "content_block_delta", "index": index, "delta": { "type": "input_json_delta", "partial_json": text } });
    let stop = |index: u32| json!({ "type": "content_block_stop", "index": index });
    let anthropic: Vec<Vec<Value>> = vec![
        vec![block(0, call(json!({}))), stop(0), part(0, "{}")],
        vec![
            block(0, call(json!({}))),
            stop(0),
            block(0, call(json!({}))),
        ],
        vec![block(0, call(json!({ "a": 1 }))), part(0, "{}"), stop(0)],
        vec![
            block(0, json!({ "type": "text", "text": "" })),
            part(0, "{}"),
        ],
        vec![part(0, "{}")],
        vec![stop(0)],
        vec![block(
            0,
            json!({ "type": "mcp_tool_use", "name": "search", "input": {} }),
        )],
        vec![json!({ "type": "content_block_begin", "index": 0 })],
        vec![json!({ "type": "message_start", "message": { "content": [call(json!({}))] } })],
        vec![json!({ "type": "message_stop" }), block(0, call(json!({})))],
        vec![block(0, call(json!({}))), json!({ "type": "message_stop" })],
        vec![block(0, call(json!({})))],
    ];
    for (vendor, streams) in [("openai", openai), ("anthropic", anthropic)] {
        let mut vm = start()?;
        for data in streams {
            let name = |data: &Value| {
                data["type"]
                    .as_str()
                    .map_or(String::new(), |name| format!("event: {name}\n"))
            };
            let all: Vec<u8> = data
                .iter()
                .flat_map(|data| format!("{}data: {data}\n\n", name(data)).into_bytes())
                .collect();
            let text = streamed(&mut vm, vendor, vec![all])?;
            let (code, _) = ends_with(vendor, &text).with_context(|| format!("{data:?} {text}"))?;
            ensure!(
                code == "RESPONSE_UNREADABLE" || code == "CEL_DENY_MATCHED",
                "{data:?} {text}"
            );
        }
        // A name of an event that its data does not say, an event that is no JSON, comments and all.
        for event in [
            "event: ping\ndata: {\"type\":\"message_stop\"}\n\n",
            "data: {\n\n",
            "event: x\ndata: {\"choices\":[]}\n\n",
            "data: {}\ndata: {}\n\n",
            "data: \u{feff}{}\n\n",
        ] {
            let text = streamed(
                &mut vm,
                vendor,
                vec![
                    event.as_bytes().to_vec(),
                    stream(vendor, "search", &["{}"]).into_bytes(),
                ],
            )?;
            ensure!(
                ends_with(vendor, &text)?.0 == "RESPONSE_UNREADABLE",
                "{event} {text}"
            );
        }
    }
    Ok(())
}

#[test]
fn a_call_that_does_not_end_is_not_held_for_ever() -> Result<()> {
    for vendor in VENDORS {
        let mut vm = start_with(&policies(), &json!({ "limits": { "body_bytes": 8192 } }))?;
        let filler = "x".repeat(1_000);
        let parts: Vec<&str> = std::iter::repeat_n(filler.as_str(), 12).collect();
        let whole = stream(vendor, "search", &parts);
        let text = streamed(
            &mut vm,
            vendor,
            whole.as_bytes().chunks(500).map(<[u8]>::to_vec).collect(),
        )?;
        ensure!(
            ends_with(vendor, &text)?.0 == "RESPONSE_UNREADABLE",
            "{text}"
        );
        ensure!(!text.contains("xxx"), "{text}");
    }
    Ok(())
}

const TOKEN: &str = "glpat-Zq3xW8vN2kLm5RtY7uPd";

fn looking(redact: bool) -> Value {
    let spec = json!({ "redact": redact, "actions": { "CRITICAL": "deny", "HIGH": "deny", "MEDIUM": "deny" } });
    policy("DlpPolicy", spec)
}

/// A stream that says `text` in pieces of so many letters, and ends as the vendor ends.
fn says(vendor: &str, text: &str, letters: usize) -> String {
    let letter: Vec<char> = text.chars().collect();
    let pieces = letter
        .chunks(letters)
        .map(|piece| piece.iter().collect::<String>());
    let mut events = Vec::new();
    match vendor {
        "openai" => {
            for piece in pieces {
                let chunk = json!({ "id": "c", "choices": [{ "index": 0, "delta": { "content": piece }, "finish_reason": null }] });
                events.push(format!("data: {chunk}\n\n"));
            }
            let last = json!({ "id": "c", "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
            events.push(format!("data: {last}\n\ndata: [DONE]\n\n"));
        }
        _ => {
            let mut event =
                |name: &str, data: Value| events.push(format!("event: {name}\ndata: {data}\n\n"));
            event(
                "content_block_start",
                json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
            );
            for piece in pieces {
                event(
                    "content_block_delta",
                    json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": piece } }),
                );
            }
            event(
                "content_block_stop",
                json!({ "type": "content_block_stop", "index": 0 }),
            );
            event("message_stop", json!({ "type": "message_stop" }));
        }
    }
    events.concat()
}

/// What a client puts together.
fn heard(text: &str) -> Result<String> {
    let mut heard = String::new();
    for data in text
        .split("\n\n")
        .filter_map(|event| event.split_once("data: "))
    {
        let Ok(data) = serde_json::from_str::<Value>(data.1) else {
            continue;
        };
        let delta = [
            &data["choices"][0]["delta"]["content"],
            &data["delta"]["text"],
        ];
        for piece in delta.iter().filter_map(|piece| piece.as_str()) {
            heard.push_str(piece);
        }
    }
    Ok(heard)
}

#[test]
fn a_value_cut_across_events_does_not_reach_the_client() -> Result<()> {
    let before = "The token that you have asked me for some time ago, as I remember it, is: ";
    for vendor in VENDORS {
        let (mut refusing, mut redacting) = (
            start_with(&[looking(false)], &json!({}))?,
            start_with(&[looking(true)], &json!({}))?,
        );
        for letters in [1, 2, 3, 7, 13, 25, 26, 40, 200] {
            for (value, spared) in [(TOKEN, "glpat-"), ("4532 0151 1283 0366", "4532")] {
                let whole = format!("{before}{value}. Keep it.");
                let stream = says(vendor, &whole, letters);
                let text = streamed(&mut refusing, vendor, vec![stream.clone().into_bytes()])?;
                ensure!(
                    ends_with(vendor, &text)
                        .with_context(|| format!("{value} {letters} {text}"))?
                        .0
                        == "DLP_BLOCKED",
                    "{letters} {text}"
                );
                let got = heard(&text)?;
                ensure!(before.starts_with(&got), "{letters} {got}");
                ensure!(
                    letters > 13 || got.starts_with("The token"),
                    "held for ever: {letters} {got}"
                );
                let text = streamed(&mut redacting, vendor, vec![stream.into_bytes()])?;
                let got = heard(&text)?;
                ensure!(
                    !got.contains(spared) && got.starts_with(before),
                    "{letters} {got}"
                );
                ensure!(got.ends_with("]. Keep it."), "{letters} {got}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_text_without_values_goes_on_byte_for_byte_and_little_is_held() -> Result<()> {
    let text = "Grüße aus Köln – 世界は広い。".repeat(20) + &"and so on, line by line\n".repeat(10);
    for vendor in VENDORS {
        let mut vm = start_with(&[looking(true)], &json!({}))?;
        let stream = says(vendor, &text, 5);
        for chunks in [
            vec![stream.as_bytes().to_vec()],
            stream.as_bytes().chunks(333).map(<[u8]>::to_vec).collect(),
        ] {
            ensure!(streamed(&mut vm, vendor, chunks)? == stream, "changed");
        }
        // Without an end nothing is lost either; and before it little is missing.
        let cut = stream.len() * 3 / 4;
        let cut = cut + stream[cut..].find("\n\n").context("an event")? + 2;
        ensure!(
            streamed(&mut vm, vendor, vec![stream.as_bytes()[..cut].to_vec()])? == stream[..cut],
            "lost"
        );
    }
    Ok(())
}

#[test]
fn what_is_beside_the_text_and_in_calls_is_looked_through() -> Result<()> {
    for vendor in VENDORS {
        for redact in [false, true] {
            let mut vm = start_with(&[looking(redact)], &json!({}))?;
            // A call with a value cut across its parts: nothing can be blanked in what is to be run.
            let (left, right) = TOKEN.split_at(11);
            let parts = [format!("{{\"note\":\"{left}"), format!("{right}\"}}")];
            let call = stream(vendor, "search", &[&parts[0], &parts[1]]);
            let text = streamed(&mut vm, vendor, vec![call.into_bytes()])?;
            ensure!(
                ends_with(vendor, &text)?.0 == "DLP_BLOCKED" && !text.contains(left),
                "{text}"
            );
            let beside = says(vendor, "hello there, ", 4).replacen(
                "\"index\":0",
                &format!("\"index\":0,\"x_trace\":\"{TOKEN}\""),
                2,
            );
            let text = streamed(&mut vm, vendor, vec![beside.into_bytes()])?;
            ensure!(!text.contains(TOKEN), "{text}");
            match redact {
                true => ensure!(heard(&text)? == "hello there, ", "{text}"),
                false => ensure!(ends_with(vendor, &text)?.0 == "DLP_BLOCKED", "{text}"),
            }
        }
    }
    Ok(())
}

#[test]
fn phrases_are_found_across_events_and_rules_about_all_of_an_answer_take_all_of_it() -> Result<()> {
    let rule = |rule: Value| policy("RuleSet", json!({ "rules": [rule] }));
    for vendor in VENDORS {
        let mut vm = start_with(
            &[rule(
                json!({ "type": "output", "forbid": ["internal only"] }),
            )],
            &json!({}),
        )?;
        let text = streamed(
            &mut vm,
            vendor,
            vec![says(vendor, "this is Internal Only, you know", 3).into_bytes()],
        )?;
        ensure!(ends_with(vendor, &text)?.0 == "OUTPUT_REJECTED", "{text}");
        ensure!(!heard(&text)?.to_lowercase().contains("only"), "{text}");
        let mut vm = start_with(
            &[rule(json!({ "type": "output", "max_length": 400 }))],
            &json!({}),
        )?;
        let outcome = send(
            &mut vm,
            answered(vendor, events(vec![says(vendor, "hello", 3).into_bytes()])),
        )?;
        ensure!(
            refused(vendor, &outcome)?.1 == "RESPONSE_UNREADABLE",
            "{:?}",
            outcome.reply
        );
        let outcome = send(
            &mut vm,
            answered(vendor, Upstream::json(answer(vendor, &[]).to_string())),
        )?;
        ensure!(outcome.reply.is_none(), "{:?}", outcome.reply);
    }
    Ok(())
}

#[test]
fn a_value_cut_across_messages_of_mcp_is_found_with_its_last_part() -> Result<()> {
    let mut plugin = plugin(&[looking(true)])?;
    plugin["limits"] = json!({ "body_bytes": 65536 });
    let vm = &mut Vm::start(Module::filter()?, plugin.to_string(), Options::default())?;
    let (left, right) = TOKEN.split_at(11);
    let log = |text: &str| json!({ "jsonrpc": "2.0", "method": "notifications/message", "params": { "data": text } });
    let result = |text: &str| json!({ "jsonrpc": "2.0", "id": 1, "result": { "content": [{ "type": "text", "text": text }], "data": "x" } });
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search"}}"#;
    let mut play = |messages: &[Value]| -> Result<String> {
        let stream: String = messages
            .iter()
            .map(|message| format!("data: {message}\n\n"))
            .collect();
        let exchange = Exchange::post("/mcp")
            .header("mcp-protocol-version", "2025-06-18")
            .body(call);
        let outcome = send(vm, exchange.upstream(events(vec![stream.into_bytes()])))?;
        Ok(String::from_utf8(
            outcome.response.context("a response")?.body,
        )?)
    };
    let text = play(&[log(left), log(right), result("fine")])?;
    ensure!(
        text.contains(left) && !text.contains(right) && text.contains("DLP_BLOCKED"),
        "{text}"
    );
    ensure!(!text.contains("fine"), "{text}");
    let text = play(&[
        log(&format!("at first {left}")),
        log("in between "),
        log(right),
        result("fine"),
    ])?;
    ensure!(text.contains("fine"), "{text}");
    // What was blanked in one message is not found again with the next.
    let text = play(&[log(&format!("so {TOKEN}")), log(" it is"), result("fine")])?;
    ensure!(text.contains("fine") && !text.contains(TOKEN), "{text}");
    Ok(())
}
