//! Language models and plain HTTP behind a real Envoy: what the vendors' own clients see.

use anyhow::{Context as _, Result, ensure};
use callgate_tests::envoy::Rig;
use callgate_tests::envoy::request::whole;
use callgate_tests::envoy::upstream::Upstream;
use callgate_tests::filter::{plugin, policy};
use callgate_tests::llm::{numbered, responses_events};
use hyper::Request;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use xtask::envoy::bootstrap::Authentication;

/// Refunds up to 50, and nothing that is forbidden.
fn policies() -> Vec<Value> {
    let deny = r#"request.kind != "chat_completion" && request.tool.name == "crm__refund" && request.tool.args.amount > 50"#;
    let prompt = json!({ "conditions": { "prompt": ["forbidden"] }, "action": "DENY", "priority": 1, "message": "ask somebody else" });
    vec![
        policy("CelPolicy", json!({ "effect": "deny", "expression": deny })),
        policy("MatchPolicy", prompt),
        policy("DlpPolicy", json!({ "redact": true })),
    ]
}

async fn rig() -> Result<Rig> {
    let mut configuration = plugin(&policies())?;
    configuration["routes"] = json!([
        { "kind": "openai", "path": "/v1/chat/completions", "server": "crm" },
        { "kind": "openai", "path": "/v1/responses", "api": "responses", "server": "crm" },
        { "kind": "anthropic", "path": "/v1/messages", "server": "crm" },
        { "kind": "http", "server": "crm", "templates": [{ "method": "POST", "path": "/refunds/{id}", "tool": "refund" }] },
    ]);
    let upstream = Upstream::answering(answer).await?;
    Rig::before(upstream, |bootstrap| {
        bootstrap.plugin = configuration;
        bootstrap.authentication = Authentication::None;
    })
    .await
}

/// A model that calls for the refund that it is asked for, in the words that it is asked in.
fn answer(body: &Value) -> Value {
    let asked = body["messages"][0]["content"].as_str();
    let asked = asked.or(body["input"].as_str()).unwrap_or_default();
    let number = asked.split(' ').find_map(|word| word.parse::<u32>().ok());
    let args = json!({ "amount": number.unwrap_or_default() });
    let streamed = body["stream"] == true;
    if body["input"].is_string() {
        let args = args.to_string();
        let (left, right) = args.split_at(args.len() / 2);
        let events = responses_events("refund", &[left, right]);
        return match streamed {
            false => events
                .last()
                .map(|last| last["response"].clone())
                .unwrap_or_default(),
            true => json!(numbered(&events)),
        };
    }
    match (body.get("max_tokens"), streamed) {
        (None, false) if number.is_none() => json!({ "refunded": body["amount"] }),
        (None, false) => {
            let function = json!({ "name": "refund", "arguments": args.to_string() });
            let call = json!({ "id": "call_1", "type": "function", "function": function });
            let message = json!({ "role": "assistant", "content": null, "tool_calls": [call] });
            json!({ "id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [{ "index": 0, "finish_reason": "tool_calls", "message": message }] })
        }
        (None, true) => {
            let chunk = |delta: Value, reason: Value| {
                let chunk = json!({ "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{ "index": 0, "delta": delta, "finish_reason": reason }] });
                format!("data: {chunk}\n\n")
            };
            let part = |function: Value| json!({ "tool_calls": [{ "index": 0, "id": "call_1", "type": "function", "function": function }] });
            let args = args.to_string();
            let (left, right) = args.split_at(args.len() / 2);
            let stream = [
                chunk(
                    json!({ "role": "assistant", "content": "let me see" }),
                    Value::Null,
                ),
                chunk(
                    part(json!({ "name": "refund", "arguments": left })),
                    Value::Null,
                ),
                chunk(
                    json!({ "tool_calls": [{ "index": 0, "function": { "arguments": right } }] }),
                    Value::Null,
                ),
                chunk(json!({}), json!("tool_calls")),
                "data: [DONE]\n\n".to_owned(),
            ];
            json!(stream.concat())
        }
        (Some(_), false) => {
            let call =
                json!({ "type": "tool_use", "id": "toolu_1", "name": "refund", "input": args });
            json!({ "id": "m", "type": "message", "role": "assistant", "model": "m", "content": [call], "stop_reason": "tool_use", "stop_sequence": null, "usage": { "input_tokens": 1, "output_tokens": 1 } })
        }
        (Some(_), true) => {
            let message = json!({ "id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": null, "stop_sequence": null, "usage": { "input_tokens": 1, "output_tokens": 1 } });
            let call =
                json!({ "type": "tool_use", "id": "toolu_1", "name": "refund", "input": {} });
            let args = args.to_string();
            let (left, right) = args.split_at(args.len() / 2);
            let part = |part: &str| json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "input_json_delta", "partial_json": part } });
            let events = [
                json!({ "type": "message_start", "message": message }),
                json!({ "type": "content_block_start", "index": 0, "content_block": call }),
                part(left),
                part(right),
                json!({ "type": "content_block_stop", "index": 0 }),
                json!({ "type": "message_delta", "delta": { "stop_reason": "tool_use", "stop_sequence": null }, "usage": { "output_tokens": 1 } }),
                json!({ "type": "message_stop" }),
            ];
            let event = |data: &Value| {
                format!(
                    "event: {}\ndata: {data}\n\n",
                    data["type"].as_str().unwrap_or_default()
                )
            };
            json!(events.iter().map(event).collect::<String>())
        }
    }
}

/// What the vendors' clients got or raised.
async fn clients(address: &str) -> Result<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut node = Command::new("node");
    node.arg(root.join("clients/llm.mjs"))
        .arg(root.join("../js"))
        .arg(format!("http://{address}"));
    let output = tokio::task::spawn_blocking(move || node.output()).await??;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).context("no JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vendors_clients_run_what_may_be_run_and_raise_what_may_not() -> Result<()> {
    let rig = rig().await?;
    let results = clients(&rig.envoy().address).await?;
    for vendor in ["openai", "responses", "anthropic"] {
        for end in ["", " streamed"] {
            let result = |name: &str| &results[format!("{vendor} {name}{end}")];
            ensure!(
                result("refund 5")["got"] == json!([["refund", { "amount": 5 }]]),
                "{results:#}"
            );
            let denied = result("refund 500");
            ensure!(denied["got"].is_null(), "{results:#}");
            ensure!(
                denied["message"]
                    .as_str()
                    .is_some_and(|said| said.contains("CEL_DENY_MATCHED")),
                "{results:#}"
            );
            let prompt = result("forbidden");
            ensure!(
                prompt["raised"] == "PermissionDeniedError" && prompt["status"] == 403,
                "{results:#}"
            );
            ensure!(
                prompt["message"]
                    .as_str()
                    .is_some_and(|said| said.contains("ask somebody else")),
                "{results:#}"
            );
        }
        let denied = &results[format!("{vendor} refund 500")];
        ensure!(
            denied["raised"] == "PermissionDeniedError" && denied["status"] == 403,
            "{results:#}"
        );
    }
    // What is forbidden did not reach the model.
    let seen = rig.upstream.seen();
    let asked = |seen: &[u8]| String::from_utf8_lossy(seen).contains("forbidden");
    ensure!(seen.len() == 12, "{} requests", seen.len());
    ensure!(
        !seen
            .iter()
            .filter_map(|seen| seen.body.as_deref())
            .any(asked),
        "a prompt went on"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_api_is_judged_over_http1_and_http2() -> Result<()> {
    let rig = rig().await?;
    let refund = |path: &str, amount: u32| {
        Request::post(format!("http://gateway.test{path}"))
            .header("host", "gateway.test")
            .header("content-type", "application/json")
            .body(whole(json!({ "amount": amount }).to_string()))
    };
    // A request that is refused at its head takes its HTTP/1.1 connection with it.
    let clients = async || Ok::<_, anyhow::Error>([rig.http1().await?, rig.http2().await?]);
    for mut client in clients().await? {
        let answer = client.send(refund("/refunds/re_1", 5)?).await?;
        ensure!(
            answer.status == 200 && answer.json() == json!({ "refunded": 5 }),
            "{answer:?}"
        );
        let answer = client.send(refund("/refunds/re_1", 51)?).await?;
        ensure!(
            answer.status == 403 && answer.json()["reasons"] == json!(["CEL_DENY_MATCHED"]),
            "{answer:?}"
        );
        ensure!(
            answer.header("content-type") == "application/problem+json",
            "{answer:?}"
        );
    }
    for path in [
        "/refunds/re_1/",
        "/refunds/re%5f1",
        "/Refunds/re_1",
        "/refunds/a/../re_1",
    ] {
        for mut client in clients().await? {
            let status = client.send(refund(path, 5)?).await?.status;
            ensure!(status == 404, "{path} {status}");
        }
    }
    ensure!(rig.upstream.seen().len() == 2, "{:?}", rig.upstream.seen());
    Ok(())
}
