//! Language models behind the filter in wasmtime: requests, answers and streams in the words of each vendor.

use crate::filter::{MEMORY_CEILING, plugin, policy};
use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{Exchange, Module, Options, Outcome, Upstream, Vm};
use serde_json::{Value, json};

/// Vendors by the kind of their route, and OpenAI's other words.
pub const VENDORS: [&str; 3] = ["openai", "anthropic", "responses"];

/// Where a vendor is asked.
#[must_use]
pub fn path(vendor: &str) -> &'static str {
    match vendor {
        "openai" => "/v1/chat/completions",
        "responses" => "/v1/responses",
        _ => "/v1/messages",
    }
}

/// A VM with these policies and a route to each vendor, with these members besides.
///
/// # Errors
/// Whatever is not as it must be.
pub fn start_with(policies: &[Value], change: &Value) -> Result<Vm> {
    let options = Options {
        memory_limit: MEMORY_CEILING,
        ..Options::default()
    };
    let mut plugin = plugin(policies)?;
    let mut routes = Vec::new();
    for vendor in VENDORS {
        let mut route =
            json!({ "kind": vendor, "path": path(vendor), "server": "crm", "upstream": vendor });
        if vendor == "responses" {
            route["kind"] = json!("openai");
            route["api"] = json!("responses");
        }
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

/// A request that there is nothing to say against.
#[must_use]
pub fn request(vendor: &str) -> Value {
    let tool = json!({ "name": "refund", "description": "give money back" });
    match vendor {
        "openai" => json!({
            "model": "gpt-5", "max_completion_tokens": 100,
            "messages": [{ "role": "system", "content": "be brief" }, { "role": "user", "content": [{ "type": "text", "text": "hello" }] }],
            "tools": [{ "type": "function", "function": tool }],
        }),
        "responses" => json!({
            "model": "gpt-5", "max_output_tokens": 100, "instructions": "be brief",
            "input": [{ "role": "user", "content": [{ "type": "input_text", "text": "hello" }] }],
            "tools": [{ "type": "function", "name": "refund", "description": "give money back", "parameters": {} }],
        }),
        _ => json!({
            "model": "claude-9", "max_tokens": 100, "system": "be brief",
            "messages": [{ "role": "user", "content": "hello" }], "tools": [tool],
        }),
    }
}

/// A request to a vendor.
#[must_use]
pub fn ask(vendor: &str, body: &Value) -> Exchange {
    Exchange::post(path(vendor))
        .header("accept-encoding", "gzip")
        .body(body.to_string())
}

/// Plays an exchange.
///
/// # Errors
/// Whatever is not as it must be.
pub fn send(vm: &mut Vm, exchange: Exchange) -> Result<Outcome> {
    let outcome = vm.exchange(exchange)?;
    ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
    Ok(outcome)
}

/// The code of an error in the shape of the vendor.
///
/// # Errors
/// Whatever is not as it must be.
pub fn code_of(vendor: &str, body: &Value) -> Result<String> {
    ensure!(body["error"]["message"].is_string(), "{body}");
    ensure!(body["error"]["type"].is_string(), "{body}");
    match vendor {
        "openai" | "responses" => {
            ensure!(body["error"].get("param") == Some(&Value::Null), "{body}")
        }
        _ => ensure!(body["type"] == "error", "{body}"),
    }
    Ok(body["error"]["code"].as_str().context("a code")?.to_owned())
}

/// Status and code of a request that went nowhere, or whose response did.
///
/// # Errors
/// Whatever is not as it must be.
pub fn refused(vendor: &str, outcome: &Outcome) -> Result<(u32, String)> {
    let reply = outcome.reply.as_ref().context("no reply")?;
    let body: Value = serde_json::from_slice(&reply.body)?;
    Ok((reply.status, code_of(vendor, &body)?))
}

/// A whole answer that calls these tools.
#[must_use]
pub fn answer(vendor: &str, calls: &[(&str, Value)]) -> Value {
    let calls = calls.iter().enumerate();
    match vendor {
        "openai" => {
            let calls: Vec<Value> = calls.map(|(place, (name, args))| json!({ "id": format!("call_{place}"), "type": "function", "function": { "name": name, "arguments": args.to_string() } })).collect();
            json!({ "id": "c", "object": "chat.completion", "model": "gpt-5", "choices": [{ "index": 0, "finish_reason": "tool_calls", "message": { "role": "assistant", "content": "let me see", "tool_calls": calls } }] })
        }
        "responses" => {
            let calls =
                calls.map(|(place, (name, args))| function_call(place, name, &args.to_string()));
            let output: Vec<Value> = std::iter::once(message("let me see"))
                .chain(calls)
                .collect();
            response("completed", &json!(output))
        }
        _ => {
            let calls = calls.map(|(place, (name, args))| json!({ "type": "tool_use", "id": format!("toolu_{place}"), "name": name, "input": args }));
            let text = json!({ "type": "text", "text": "let me see" });
            let content: Vec<Value> = std::iter::once(text).chain(calls).collect();
            json!({ "id": "m", "type": "message", "role": "assistant", "model": "claude-9", "content": content, "stop_reason": "tool_use" })
        }
    }
}

/// A call in the items of Responses.
fn function_call(place: usize, name: &str, args: &str) -> Value {
    json!({ "type": "function_call", "id": format!("fc_{place}"), "call_id": format!("call_{place}"), "name": name, "arguments": args, "status": "completed" })
}

/// A message in the items of Responses.
fn message(text: &str) -> Value {
    json!({ "type": "message", "id": "msg", "role": "assistant", "status": "completed", "content": [{ "type": "output_text", "text": text, "annotations": [] }] })
}

/// A response of Responses.
fn response(status: &str, output: &Value) -> Value {
    json!({ "id": "r", "object": "response", "model": "gpt-5", "status": status, "error": null, "instructions": null, "output": output, "usage": null })
}

/// Events of Responses as they go over the wire, numbered.
#[must_use]
pub fn numbered(events: &[Value]) -> String {
    let write = |(number, event): (usize, &Value)| {
        let mut event = event.clone();
        event["sequence_number"] = json!(number);
        let name = event["type"].as_str().unwrap_or_default();
        format!("event: {name}\ndata: {event}\n\n")
    };
    events.iter().enumerate().map(write).collect()
}

/// The events of a message that says these pieces, of Responses.
fn spoken(pieces: &[&str]) -> Vec<Value> {
    let begun = json!({ "type": "message", "id": "msg", "role": "assistant", "status": "in_progress", "content": [] });
    let mut events = vec![
        json!({ "type": "response.created", "response": response("in_progress", &json!([])) }),
        json!({ "type": "response.output_item.added", "output_index": 0, "item": begun }),
        json!({ "type": "response.content_part.added", "item_id": "msg", "output_index": 0, "content_index": 0, "part": { "type": "output_text", "text": "", "annotations": [] } }),
    ];
    events.extend(pieces.iter().map(|piece| json!({ "type": "response.output_text.delta", "item_id": "msg", "output_index": 0, "content_index": 0, "delta": piece, "logprobs": [] })));
    let text = pieces.concat();
    events.extend([
        json!({ "type": "response.output_text.done", "item_id": "msg", "output_index": 0, "content_index": 0, "text": text, "logprobs": [] }),
        json!({ "type": "response.content_part.done", "item_id": "msg", "output_index": 0, "content_index": 0, "part": { "type": "output_text", "text": text, "annotations": [] } }),
        json!({ "type": "response.output_item.done", "output_index": 0, "item": message(&text) }),
    ]);
    events
}

/// A stream of Responses that says these pieces and nothing else.
#[must_use]
pub fn responses_says(pieces: &[&str]) -> String {
    let mut events = spoken(pieces);
    let output = json!([message(&pieces.concat())]);
    events
        .push(json!({ "type": "response.completed", "response": response("completed", &output) }));
    numbered(&events)
}

/// Events of Responses that say something and call a tool, its arguments in parts.
#[must_use]
pub fn responses_events(name: &str, parts: &[&str]) -> Vec<Value> {
    let mut events = spoken(&["let me", " see"]);
    let args = parts.concat();
    let mut begun = function_call(1, name, "");
    begun["status"] = json!("in_progress");
    events.push(json!({ "type": "response.output_item.added", "output_index": 1, "item": begun }));
    events.extend(parts.iter().map(|part| json!({ "type": "response.function_call_arguments.delta", "item_id": "fc_1", "output_index": 1, "delta": part })));
    let call = function_call(1, name, &args);
    events.extend([
        json!({ "type": "response.function_call_arguments.done", "item_id": "fc_1", "output_index": 1, "name": name, "arguments": args }),
        json!({ "type": "response.output_item.done", "output_index": 1, "item": call }),
        json!({ "type": "response.completed", "response": response("completed", &json!([message("let me see"), call])) }),
    ]);
    events
}

/// A request, and what the vendor answers to it.
#[must_use]
pub fn answered(vendor: &str, upstream: Upstream) -> Exchange {
    ask(vendor, &request(vendor)).upstream(upstream)
}

/// The events of an answer that says something and calls a tool, its arguments in parts.
#[must_use]
pub fn stream(vendor: &str, name: &str, parts: &[&str]) -> String {
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
        "responses" => events.push(numbered(&responses_events(name, parts))),
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

/// A stream of events in these pieces.
#[must_use]
pub fn events(chunks: Vec<Vec<u8>>) -> Upstream {
    Upstream::status(200)
        .header("content-type", "text/event-stream")
        .chunks(chunks)
}

/// What of a stream reached the client.
///
/// # Errors
/// Whatever is not as it must be.
pub fn streamed(vm: &mut Vm, vendor: &str, chunks: Vec<Vec<u8>>) -> Result<String> {
    let outcome = send(vm, answered(vendor, events(chunks)))?;
    let response = outcome
        .response
        .with_context(|| format!("{:?}", outcome.reply))?;
    Ok(String::from_utf8(response.body)?)
}

/// The code of the error that ends a stream, and what came before it.
///
/// # Errors
/// Whatever is not as it must be.
pub fn ends_with(vendor: &str, text: &str) -> Result<(String, String)> {
    let events: Vec<&str> = text.split_terminator("\n\n").collect();
    let (last, before) = events.split_last().context("an event")?;
    let last = match vendor {
        "openai" | "responses" => *last,
        _ => last
            .strip_prefix("event: error\n")
            .context("an error event")?,
    };
    let body: Value = serde_json::from_str(last.strip_prefix("data: ").context("data")?)?;
    Ok((code_of(vendor, &body)?, before.concat()))
}

/// Nobody drops tables; refunds up to 50 go through; notes need an approval, which this host does not keep;
/// the rest may be done.
#[must_use]
pub fn policies() -> Vec<Value> {
    let deny = r#"request.kind == "tool_call"
        && (request.tool.name == "crm__drop_table" || request.tool.name == "crm__refund" && request.tool.args.amount > 50)"#;
    let approval = json!({ "require_approval": true, "approval_actions": ["crm__note"] });
    vec![
        policy("CelPolicy", json!({ "effect": "deny", "expression": deny })),
        policy("ControlPolicy", approval),
    ]
}

/// A VM with [`policies`].
///
/// # Errors
/// As [`start_with`].
pub fn start() -> Result<Vm> {
    start_with(&policies(), &json!({}))
}
