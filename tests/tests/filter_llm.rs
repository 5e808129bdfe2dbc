//! Traffic with language models through the filter: prompts judged, calls in answers judged before the
//! client sees them.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{Exchange, Upstream};
use callgate_tests::filter::policy;
use callgate_tests::llm::{
    VENDORS, answer, answered, ask, path, refused, request, send, start, start_with,
};
use serde_json::{Value, json};

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
                    "/messages/1/content/0",
                    json!({ "type": "text", "text": "a", text: 1 }),
                ),
                (
                    "/messages/2",
                    json!({ "role": "tool", "tool_call_id": call_id, "content": text }),
                ),
                (
                    "/messages/2",
                    json!({ "role": "assistant", "content": null, "tool_calls": [{ "id": call_id, "type": "function", "function": { "name": "f", "arguments": format!("{{\"a\":\"{text}\"}}") } }] }),
                ),
            ],
            "responses" => vec![
                ("/instructions", json!(text)),
                ("/input", json!(text)),
                ("/input/0/content", json!(text)),
                ("/input/0/content/0/text", json!(text)),
                (
                    "/input/1",
                    json!({ "type": "function_call_output", "call_id": call_id, "output": text }),
                ),
                (
                    "/input/1",
                    json!({ "type": "function_call_output", "call_id": call_id, "output": [{ "type": "input_text", "text": text }] }),
                ),
                (
                    "/input/1",
                    json!({ "type": "function_call", "call_id": call_id, "name": "f", "arguments": format!("{{\"a\":\"{text}\"}}") }),
                ),
                (
                    "/input/1",
                    json!({ "type": "custom_tool_call", "call_id": call_id, "name": "f", "input": text }),
                ),
                (
                    "/input/1",
                    json!({ "type": "reasoning", "id": call_id, "summary": [{ "type": "summary_text", "text": text }] }),
                ),
                ("/input/1", json!({ "type": "item_reference", "id": text })),
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
        let (list, no_list) = match vendor {
            "responses" => ("input", json!(5)),
            _ => ("messages", json!("hello")),
        };
        let at = |place: &str| format!("/{list}{place}");
        let provider = match vendor {
            "openai" => with("/web_search_options", json!({}))?,
            "responses" => with("/prompt", json!({ "id": "pmpt_1" }))?,
            _ => with("/mcp_servers", json!([{ "url": "https://mcp.example" }]))?,
        };
        for (body, status, code) in [
            (
                with(&format!("/{}", list.to_uppercase()), json!([]))?,
                400,
                "KEY_LOOK_ALIKE",
            ),
            (with("/model", Value::Null)?, 400, "CHAT"),
            (with("/model", json!("gpt 5"))?, 400, "CHAT"),
            (with("/stream", json!("yes"))?, 400, "CHAT"),
            (with(&at(""), no_list.clone())?, 400, "CHAT"),
            (with(&at("/0"), json!("hello"))?, 400, "CHAT"),
            (with(&at("/0/role"), json!("root"))?, 400, "CHAT"),
            (with(&at("/0/content"), json!(["hello"]))?, 400, "CHAT"),
            (
                with(&at("/0/Content"), json!("hello"))?,
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
                text.replacen(
                    &format!("\"{list}\":"),
                    &format!("\"\\u00{:x}{}\":", list.as_bytes()[0], &list[1..]),
                    1,
                ),
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
            "responses" => all.extend([
                text.replace("\"output\":", "\"Output\":"),
                text.replace("\"output\":", "\"outpu\\u0074\":"),
                text.replace("\"arguments\":", "\"Arguments\":"),
                text.replace("\"name\":", "\"namespace\":\"crm\",\"name\":"),
                text.replace("\"{}\"", "{}"),
                text.replace("\"{}\"", "\"{\""),
                text.replace("\"{}\"", r#""{\"a\":1,\"a\":2}""#),
                text.replace("\"type\":\"function_call\"", "\"type\":\"mcp_call\""),
                text.replace("\"type\":\"function_call\"", "\"type\":\"web_search_call\""),
                text.replace("\"type\":\"function_call\"", "\"type\":\"Function_call\""),
                text.replace(
                    "\"type\":\"function_call\"",
                    "\"type\":\"custom_tool_call\"",
                ),
                text.replace("\"type\":\"message\"", "\"type\":\"messages\""),
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
            refused(vendor, &send(1)?)? == (429, "RATE_LIMITED".to_owned()),
            "the fourth call"
        );
    }
    Ok(())
}

#[test]
fn other_calls_of_responses_are_calls_of_tools_that_are_called_so() -> Result<()> {
    let mut vm = start()?;
    let answer = |item: &Value| {
        let with = format!("\"output\":[{item},");
        let answer = answer("responses", &[]).to_string();
        Upstream::json(answer.replacen("\"output\":[", &with, 1))
    };
    let custom = |name: &str| json!({ "type": "custom_tool_call", "call_id": "c", "name": name, "input": "x" });
    let shell = |command: &str| json!({ "type": "local_shell_call", "call_id": "c", "action": { "type": "exec", "command": [command] } });
    let mcp =
        json!({ "type": "mcp_call", "name": "search", "server_label": "s", "arguments": "{}" });
    for (item, code) in [
        (custom("search"), None),
        (custom("drop_table"), Some("CEL_DENY_MATCHED")),
        (shell("ls"), None),
        (mcp.clone(), Some("RESPONSE_UNREADABLE")),
        (
            json!({ "type": "web_search_call" }),
            Some("RESPONSE_UNREADABLE"),
        ),
        (
            json!({ "type": "mcp_approval_request", "name": "a", "arguments": "{}" }),
            Some("RESPONSE_UNREADABLE"),
        ),
        (
            json!({ "type": "tool_search_call", "arguments": "{}" }),
            Some("RESPONSE_UNREADABLE"),
        ),
    ] {
        let outcome = send(&mut vm, answered("responses", answer(&item)))?;
        match code {
            None => ensure!(outcome.reply.is_none(), "{item} {:?}", outcome.reply),
            Some(code) => ensure!(refused("responses", &outcome)?.1 == code, "{item}"),
        }
    }
    // What runs commands is a tool like any other, also where the provider has tools of its own.
    let deny = r#"request.kind == "tool_call" && request.tool.name == "crm__local_shell" && request.tool.args.action.command[0] == "rm""#;
    let policies = [policy(
        "CelPolicy",
        json!({ "effect": "deny", "expression": deny }),
    )];
    let mut vm = start_with(&policies, &json!({ "provider_tools": "allowed" }))?;
    for (item, passes) in [(shell("ls"), true), (shell("rm"), false), (mcp, true)] {
        let outcome = send(&mut vm, answered("responses", answer(&item)))?;
        ensure!(
            outcome.reply.is_none() == passes,
            "{item} {:?}",
            outcome.reply
        );
    }
    Ok(())
}

#[test]
fn tools_that_the_client_runs_are_told_from_those_of_the_provider() -> Result<()> {
    let mut vm = start()?;
    let shell = |place: &str| json!({ "type": "shell", "environment": { "type": place } });
    for (tool, ours) in [
        (json!({ "type": "function", "name": "f" }), true),
        (json!({ "type": "custom", "name": "f" }), true),
        (json!({ "type": "local_shell" }), true),
        (json!({ "type": "apply_patch" }), true),
        (shell("local"), true),
        (shell("container_auto"), false),
        (json!({ "type": "shell" }), false),
        (
            json!({ "type": "mcp", "server_url": "https://mcp.example" }),
            false,
        ),
        (json!({ "type": "web_search" }), false),
        (json!({ "type": "function_of_theirs" }), false),
        (
            json!({ "type": "namespace", "name": "n", "tools": [] }),
            false,
        ),
        (json!({ "name": "f" }), false),
    ] {
        let mut body = request("responses");
        put(&mut body, "/tools/0", tool.clone())?;
        let outcome = send(&mut vm, ask("responses", &body))?;
        ensure!(
            outcome.forwarded.is_some() == ours,
            "{tool} {:?}",
            outcome.reply
        );
    }
    Ok(())
}
