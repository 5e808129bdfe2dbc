//! Language models behind the filter in wasmtime: requests, answers and streams in the words of each vendor.

use crate::filter::{MEMORY_CEILING, plugin, policy};
use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{Exchange, Module, Options, Outcome, Upstream, Vm};
use serde_json::{Value, json};

/// Vendors by the kind of their route.
pub const VENDORS: [&str; 2] = ["openai", "anthropic"];

/// Where a vendor is asked.
#[must_use]
pub fn path(vendor: &str) -> &'static str {
    match vendor {
        "openai" => "/v1/chat/completions",
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
        "openai" => ensure!(body["error"].get("param") == Some(&Value::Null), "{body}"),
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
        _ => {
            let calls = calls.map(|(place, (name, args))| json!({ "type": "tool_use", "id": format!("toolu_{place}"), "name": name, "input": args }));
            let text = json!({ "type": "text", "text": "let me see" });
            let content: Vec<Value> = std::iter::once(text).chain(calls).collect();
            json!({ "id": "m", "type": "message", "role": "assistant", "model": "claude-9", "content": content, "stop_reason": "tool_use" })
        }
    }
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
        "openai" => *last,
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
