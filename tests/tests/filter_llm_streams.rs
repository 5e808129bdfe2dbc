//! Streamed answers of language models through the filter: calls are held until they are judged, values
//! until they are whole.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{Exchange, Module, Options, Upstream, Vm, per_byte, split_every_way};
use callgate_tests::filter::{plugin, policy};
use callgate_tests::llm::{
    VENDORS, answer, answered, ends_with, events, numbered, policies, refused, responses_events,
    responses_says, send, start, start_with, stream, streamed,
};
use serde_json::{Value, json};

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

/// Streams of Responses that no two clients read alike.
fn responses() -> Vec<Vec<Value>> {
    let good = responses_events("search", &["{", "}"]);
    let last = good.len() - 1;
    let (added, delta, done, over) = (last - 5, last - 4, last - 2, last - 1);
    let called = |name: &str, args: &str| json!({ "type": "function_call", "name": name, "arguments": args });
    let drop_table = json!("drop_table");
    let other = json!("{\"a\":1}");
    // One member in place of another.
    let changed = [
        // What is said at the end is not what came in parts.
        (over, "/item/name", drop_table.clone()),
        (over, "/item/arguments", other.clone()),
        (over, "/item/type", json!("message")),
        (done, "/arguments", other),
        (done, "/name", drop_table.clone()),
        (last, "/response/output/1/name", drop_table.clone()),
        (last, "/response/output/0", called("drop_table", "{}")),
        (0, "/response/output", json!([called("search", "{}")])),
        // Of another item than its number says.
        (delta, "/item_id", json!("fc_2")),
        (delta, "/output_index", json!(0)),
        (delta, "/output_index", json!(2)),
        (added, "/output_index", json!(2)),
        (added, "/output_index", json!(0)),
        (added, "/item/type", json!("custom_tool_call")),
        (added, "/item/name", drop_table),
        (added, "/item/type", json!("mcp_call")),
        (delta, "/type", json!("response.mcp_call_arguments.delta")),
        (
            delta,
            "/type",
            json!("response.custom_tool_call_input.delta"),
        ),
        (delta, "/type", json!("response.function_call.delta")),
    ];
    let mut streams: Vec<Vec<Value>> = changed
        .into_iter()
        .map(|(place, member, value)| {
            let mut events = good.clone();
            if let Some(there) = events[place].pointer_mut(member) {
                *there = value;
            }
            events
        })
        .collect();
    let without = |place: usize| [&good[..place], &good[place + 1..]].concat();
    let text = json!([{ "type": "output_text", "text": "x" }]);
    streams.extend([
        // Without its beginning, its end, or with more behind it.
        without(added),
        without(over),
        [&good[..=done], &good[delta..]].concat(),
        [&good[..=over], &good[delta..]].concat(),
        [&good[..=over], &good[over..]].concat(),
        [&good[..], &good[added..]].concat(),
        good[..over].to_vec(),
        vec![json!({ "type": "response.output_item.added", "output_index": 0, "item": { "type": "message", "content": text } })],
        vec![json!({ "type": "response.completed", "response": { "Output": [] } })],
        vec![json!({ "type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "x" })],
        vec![json!({ "choices": [] })],
    ]);
    streams
}

#[test]
fn a_call_that_only_the_last_event_of_responses_has_is_judged_there() -> Result<()> {
    let mut vm = start()?;
    let events = |amount: u32| {
        let args = format!("{{\"amount\":{amount}}}");
        let events = responses_events("refund", &[&args]);
        numbered(&[&events[..1], &events[events.len() - 1..]].concat())
    };
    ensure!(
        streamed(&mut vm, "responses", vec![events(5).into_bytes()])? == events(5),
        "changed"
    );
    let text = streamed(&mut vm, "responses", vec![events(51).into_bytes()])?;
    ensure!(
        ends_with("responses", &text)?.0 == "CEL_DENY_MATCHED",
        "{text}"
    );
    ensure!(!text.contains("refund\""), "{text}");
    Ok(())
}

#[test]
fn what_is_blanked_in_the_events_of_responses_is_blanked_where_it_is_said_again() -> Result<()> {
    let mut vm = start_with(&[looking(true)], &json!({}))?;
    let (left, right) = TOKEN.split_at(9);
    let stream = responses_says(&["so it is ", left, right, " in the end"]);
    let text = streamed(&mut vm, "responses", vec![stream.into_bytes()])?;
    ensure!(!text.contains(TOKEN) && !text.contains(right), "{text}");
    ensure!(
        text.contains("response.completed") && heard(&text)?.ends_with(" in the end"),
        "{text}"
    );
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
    for (vendor, streams) in [
        ("openai", openai),
        ("anthropic", anthropic),
        ("responses", responses()),
    ] {
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
        "responses" => {
            let pieces: Vec<String> = pieces.collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            events.push(responses_says(&pieces));
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
            &data["delta"],
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
            let number = match vendor {
                "responses" => "\"output_index\":0",
                _ => "\"index\":0",
            };
            let traced = format!("{number},\"x_trace\":\"{TOKEN}\"");
            let beside = says(vendor, "hello there, ", 4).replacen(number, &traced, 2);
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
