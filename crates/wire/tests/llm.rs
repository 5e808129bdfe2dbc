//! Requests to models: which texts policies are asked about, and what else.
use callgate_json::{Buffers, Limits, canonical};
use callgate_wire::WireError;
use callgate_wire::llm::{Api, Llm, ModelCall, Vendor, calls, document};

const fn llm(vendor: Vendor, api: Api) -> Llm {
    Llm {
        vendor,
        api,
        provider_tools: false,
    }
}

const OPENAI: Llm = llm(Vendor::OpenAi, Api::Chat);
const ANTHROPIC: Llm = llm(Vendor::Anthropic, Api::Chat);

fn read(llm: Llm, body: &str) -> Result<String, &'static str> {
    let document = document(llm, &Limits::default(), body.as_bytes(), Buffers::default());
    let document = document.map_err(WireError::code)?;
    Ok(canonical::to_string(document.root()))
}

#[test]
fn every_text_of_a_conversation_is_in_the_prompt_and_the_rest_in_the_arguments() {
    let cases = [
        (
            OPENAI,
            r#"{"model":"m","temperature":0.5,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":null,
               "tool_calls":[{"id":"i","type":"function","function":{"name":"f","arguments":"{\"b\":1}"}}]},
               {"role":"tool","tool_call_id":"i","content":[{"type":"text","text":"c\u00e9"}]}],"user":"u"}"#,
            r#"{"args":{"temperature":0.5,"user":"u"},"model":"m","prompt":["a","i","f","{\"b\":1}","i","cé"]}"#,
        ),
        (
            ANTHROPIC,
            r#"{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"i","name":"f","input":{"k":{"input":true,"l":4111}}}]},
               {"role":"user","content":[{"type":"tool_result","tool_use_id":"i","content":"r"}]}],"system":[{"type":"text","text":"s"}],"max_tokens":9,"model":"m"}"#,
            r#"{"args":{"max_tokens":9},"model":"m","prompt":["s","i","f","k","input","l","4111","i","r"]}"#,
        ),
        (
            llm(Vendor::OpenAi, Api::Embeddings),
            r#"{"model":"m","input":["a","b"],"dimensions":3}"#,
            r#"{"args":{"dimensions":3},"model":"m","prompt":["a","b"]}"#,
        ),
        (
            llm(Vendor::OpenAi, Api::Responses),
            r#"{"model":"m","input":[{"role":"user","content":"a"},{"type":"function_call","call_id":"i","name":"f","arguments":"{}"},
               {"type":"function_call_output","call_id":"i","output":"b"}],"store":false,"instructions":"s","prompt":null}"#,
            r#"{"args":{"prompt":null,"store":false},"model":"m","prompt":["s","a","i","f","{}","i","b"]}"#,
        ),
        // A kind that is somebody's words is a text.
        (
            OPENAI,
            r#"{"model":"m","messages":[{"role":"user","content":[{"type":"Not A Kind","text":""}]}]}"#,
            r#"{"args":{},"model":"m","prompt":["Not A Kind",""]}"#,
        ),
    ];
    for (llm, body, expected) in cases {
        assert_eq!(read(llm, body).as_deref(), Ok(expected));
    }
}

#[test]
fn limits_hold_for_what_was_sent() {
    let limits = Limits {
        bytes: 200,
        ..Limits::default()
    };
    let body = |length: usize| {
        format!(
            r#"{{"model":"m","messages":[{{"role":"user","content":"{}"}}]}}"#,
            "x".repeat(length)
        )
    };
    let read =
        |length| document(OPENAI, &limits, body(length).as_bytes(), Buffers::default()).map(drop);
    assert_eq!(read(100), Ok(()));
    assert_eq!(read(200).map_err(WireError::code), Err("JSON_TOO_LARGE"));
}

#[test]
fn calls_are_found_in_whole_answers() {
    let found = |llm: Llm, text: &str| {
        let document = callgate_json::Document::parse(text.as_bytes(), &Limits::default()).unwrap();
        calls(llm, document.root()).map_err(WireError::code)
    };
    let call = |name: &str, args: &str| ModelCall {
        name: name.to_owned(),
        args: args.to_owned(),
    };
    let openai = |message: &str| format!(r#"{{"choices":[{{"index":0,"message":{message}}}]}}"#);
    for (message, expected) in [
        (
            r#"{"content":"a","tool_calls":null,"function_call":null}"#,
            Ok(vec![]),
        ),
        (
            r#"{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}],"function_call":{"name":"g","arguments":""}}"#,
            Ok(vec![call("f", "{}"), call("g", "")]),
        ),
        (
            r#"{"tool_calls":[{"type":"custom","custom":{"name":"f","input":"a\"b"}}]}"#,
            Ok(vec![call("f", r#"{"input":"a\"b"}"#)]),
        ),
        (
            r#"{"tool_calls":[{"type":"function","custom":{"name":"f","input":""}}]}"#,
            Err("COMPLETION"),
        ),
        (r#"{"tool_calls":[{"type":"function"}]}"#, Err("COMPLETION")),
        (
            r#"{"tool_calls":{"function":{"name":"f","arguments":"{}"}}}"#,
            Err("COMPLETION"),
        ),
        (
            r#"{"tool_calls":[{"function":{"name":1,"arguments":"{}"}}]}"#,
            Err("COMPLETION"),
        ),
        (r#"{"functionCall":{}}"#, Err("KEY_LOOK_ALIKE")),
    ] {
        assert_eq!(found(OPENAI, &openai(message)), expected, "{message}");
    }
    let block = |block: &str| {
        format!(r#"{{"type":"message","content":[{{"type":"text","text":"a"}},{block}]}}"#)
    };
    for (text, expected) in [
        (
            r#"{"type":"tool_use","name":"f","input":{ "a": 1 }}"#,
            Ok(vec![call("f", r#"{ "a": 1 }"#)]),
        ),
        (r#"{"type":"tool_use","name":"f"}"#, Err("COMPLETION")),
        (
            r#"{"type":"web_search_tool_result","content":[]}"#,
            Err("COMPLETION"),
        ),
        (r#"{"type":"thinking","thinking":"a"}"#, Ok(vec![])),
    ] {
        assert_eq!(found(ANTHROPIC, &block(text)), expected, "{text}");
    }
    let allowing = Llm {
        provider_tools: true,
        ..ANTHROPIC
    };
    assert_eq!(
        found(
            allowing,
            &block(r#"{"type":"web_search_tool_result","content":[]}"#)
        ),
        Ok(vec![])
    );
}
