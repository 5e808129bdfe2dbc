//! What responses may hold: output rules, and DLP policies on the way back.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use callgate_engine::{CompiledRelease, Duty, Response, Scratch};
use callgate_json::Document;
use callgate_model::{Call, Limits, State, Timestamp};
use callgate_release::{Build, Format, Release, documents};
use serde_json::{Value, json};

const TOKEN: &str = "glpat-Zq3xW8vN2kLm5RtY7uPd";
const ADDRESS: &str = "joan.doyle@brightwater-labs.io";

fn policy(kind: &str, name: &str, spec: Value) -> Value {
    json!({"apiVersion": "callgate/v1", "kind": kind, "metadata": {"name": name}, "spec": spec})
}

fn dlp(spec: Value) -> Value {
    policy("DlpPolicy", "leaks", spec)
}

fn output(rule: Value) -> Value {
    let mut rule = rule;
    rule["type"] = json!("output");
    rule["name"] = json!("says");
    policy("RuleSet", "outputs", json!({"rules": [rule]}))
}

fn compiled(policies: &[Value]) -> CompiledRelease {
    let limits = Limits::default();
    let read = documents::read(&json!(policies).to_string(), Format::Json, &limits);
    assert!(read.diagnostics.is_empty(), "{:?}", read.diagnostics);
    let policies: Vec<_> = read
        .policies
        .into_iter()
        .map(|located| located.policy)
        .collect();
    let build = Build {
        project: "responses",
        number: 1,
        policies: &policies,
        ..Build::default()
    };
    let release = Release::read(build.to_json().as_bytes(), &limits).unwrap();
    CompiledRelease::compile(release, &limits).unwrap()
}

fn duty_of(release: &CompiledRelease, request: &Value, state: &Value) -> Option<Duty> {
    let call = json!({"identity": {"name": "bot"}, "request": request});
    let (call, state) = (call.to_string(), state.to_string());
    let limits = Limits::default().json;
    let call = Document::parse(call.as_bytes(), &limits).unwrap();
    let state = Document::parse(state.as_bytes(), &limits).unwrap();
    let call = Call::read(call.root()).unwrap();
    let state = State::read(state.root()).unwrap();
    let now = Timestamp::parse_rfc3339("2026-05-04T12:00:00Z").unwrap();
    Duty::of(release, &call, &state, now)
}

fn duty(release: &CompiledRelease) -> Option<Duty> {
    duty_of(release, &json!({"tool": {"name": "search"}}), &json!({}))
}

/// The record of a response, and its text after blanking.
fn judged_with(release: &CompiledRelease, message: &Value, limits: &Limits) -> (Value, String) {
    let text = message.to_string();
    let document = Document::parse(text.as_bytes(), &limits.json).unwrap();
    let part = |name: &str| document.root().pointer(name);
    let response = Response {
        result: part("/result"),
        error: part("/error"),
        params: part("/params"),
        part: part("/part"),
        id: part("/id"),
        method: part("/method"),
        own: false,
    };
    let scratch = Scratch::new(limits);
    let judged = duty(release).unwrap().judge(release, response, &scratch);
    let record: Value = serde_json::from_str(&judged.record.to_json()).unwrap();
    let mut out = text.clone();
    for blanked in judged.blanked.iter().rev() {
        out.replace_range(blanked.start as usize..blanked.end as usize, &blanked.text);
    }
    (record, out)
}

fn judged(release: &CompiledRelease, message: &Value) -> (Value, String) {
    judged_with(release, message, &Limits::default())
}

fn codes(record: &Value) -> Vec<&str> {
    let reasons = record["reasons"].as_array().into_iter().flatten();
    reasons
        .filter_map(|reason| reason["code"].as_str())
        .collect()
}

fn said(text: &str) -> Value {
    json!({"result": {"content": [{"type": "text", "text": text}]}})
}

#[test]
fn only_policies_that_look_at_responses_make_a_duty() {
    let cases = [
        (dlp(json!({})), true),
        (
            dlp(json!({"looks_for": "listed", "detectors": {"email-address": {"on": "request"}}})),
            false,
        ),
        (
            dlp(
                json!({"looks_for": "listed", "patterns": [{"name": "p", "regex": "PRJ-1", "on": "request"}]}),
            ),
            false,
        ),
        (
            dlp(
                json!({"looks_for": "listed", "patterns": [{"name": "p", "regex": "PRJ-1", "on": "response"}]}),
            ),
            true,
        ),
        (output(json!({"max_length": 3})), true),
        (
            policy(
                "RuleSet",
                "tools",
                json!({"rules": [{"type": "tool", "deny": ["x"]}]}),
            ),
            false,
        ),
        (
            policy(
                "CelPolicy",
                "cel",
                json!({"effect": "deny", "expression": "false"}),
            ),
            false,
        ),
    ];
    for (policy, expected) in cases {
        let release = compiled(std::slice::from_ref(&policy));
        assert_eq!(duty(&release).is_some(), expected, "{policy}");
    }
}

#[test]
fn scopes_and_exceptions_hold_for_responses_too() {
    let mut policy = output(json!({"max_length": 3}));
    policy["scope"] = json!({"level": "agent", "targets": ["other"]});
    assert!(duty(&compiled(&[policy.clone()])).is_none(), "another's");
    policy["scope"] = json!({"level": "agent", "targets": ["bot"]});
    let release = compiled(&[policy]);
    assert!(duty(&release).is_some());
    let request = json!({"tool": {"name": "search"}});
    let exception = json!({"id": "e1", "policy": "outputs", "agents": ["bot"], "expires_at": "2026-06-01T00:00:00Z", "reason": "r"});
    let state = json!({"exceptions": [exception]});
    assert!(duty_of(&release, &request, &state).is_none(), "lifted");
}

#[test]
fn the_answer_to_the_protocols_own_request_is_no_output_but_whatever_else_comes_is() {
    let rules = output(json!({"forbid": ["internal only"]}));
    let release = compiled(&[dlp(json!({})), rules]);
    let decided = |method: &str, own: bool, result: &Value| {
        let request = json!({"kind": "mcp_request", "method": method});
        let duty = duty_of(&release, &request, &json!({})).unwrap();
        assert_eq!(duty.is_of_protocol(), method != "resources/read");
        let text = result.to_string();
        let document = Document::parse(text.as_bytes(), &Limits::default().json).unwrap();
        let response = Response {
            result: Some(document.root()),
            own,
            ..Response::default()
        };
        let judged = duty.judge(&release, response, &Scratch::new(&Limits::default()));
        let record: Value = serde_json::from_str(&judged.record.to_json()).unwrap();
        codes(&record).first().map(|code| (*code).to_owned())
    };
    let rejected = || Some("OUTPUT_REJECTED".to_owned());
    let listed = json!({"tools": [{"name": "t", "description": "internal only"}]});
    for method in ["tools/list", "initialize", "ping", "GET"] {
        assert_eq!(decided(method, true, &listed), None, "{method}");
        assert_eq!(decided(method, false, &listed), rejected(), "{method}");
        // What looks like the output of a call is one.
        let output = json!({"content": [{"type": "text", "text": "internal only"}]});
        assert_eq!(decided(method, true, &output), rejected(), "{method}");
        let secret = json!({"instructions": TOKEN});
        let blocked = Some("DLP_BLOCKED".to_owned());
        assert_eq!(decided(method, true, &secret), blocked, "{method}");
    }
    assert_eq!(decided("resources/read", true, &listed), rejected());
}

#[test]
fn ids_and_methods_of_messages_are_looked_at_and_never_blanked() {
    let release = compiled(&[dlp(json!({"redact": true}))]);
    for message in [
        json!({"id": TOKEN, "result": {}}),
        json!({"id": 1, "method": TOKEN, "params": {}}),
    ] {
        let (record, text) = judged(&release, &message);
        assert_eq!(codes(&record), ["DLP_BLOCKED"], "{message}");
        assert_eq!(text, message.to_string());
        let path = record["findings"][0]["path"].as_str();
        assert!(
            ["/response/id", "/response/method"]
                .map(Some)
                .contains(&path)
        );
    }
    let message = json!({"id": "req-17", "method": "sampling/createMessage", "params": {}});
    assert_eq!(judged(&release, &message).0["decision"], "ALLOW");
}

#[test]
fn a_forbidden_phrase_is_found_however_it_is_said() {
    let release = compiled(&[output(json!({"forbid": ["Internal Only"]}))]);
    let refused = [
        said("this is internal only."),
        said("INTERNAL ONLY"),
        json!({"result": {"content": [{"type": "text", "text": "this is inter"}, {"type": "text", "text": "nal only"}]}}),
        json!({"result": {"content": [], "structuredContent": {"a": [{"b": "internal only"}]}}}),
        json!({"result": {"structuredContent": {"Internal only": 1}}}),
        json!({"result": {"content": [{"type": "resource", "resource": {"uri": "x:internal only", "text": ""}}]}}),
        json!({"result": "internal only"}),
        json!({"error": {"code": 1, "message": "internal only"}}),
        json!({"params": {"data": "internal only"}}),
    ];
    for message in refused {
        let (record, text) = judged(&release, &message);
        assert_eq!(codes(&record), ["OUTPUT_REJECTED"], "{message}");
        assert_eq!(record["deciding"]["rule"], "says");
        assert_eq!(
            (record["decision"].as_str(), text),
            (Some("DENY"), message.to_string())
        );
    }
    for message in [
        said("internal"),
        said("only internal"),
        json!({}),
        json!({"result": null}),
    ] {
        assert_eq!(
            judged(&release, &message).0["decision"],
            "ALLOW",
            "{message}"
        );
    }
}

#[test]
fn length_is_counted_in_characters_over_all_texts() {
    let release = compiled(&[output(json!({"max_length": 12}))]);
    let block = |text: &str| json!({"type": "text", "text": text});
    for (texts, expected) in [
        (vec!["123456789012"], "ALLOW"),
        (vec!["1234567890123"], "DENY"),
        (vec!["äöüß€ñçéäöüß"], "ALLOW"),
        (vec!["123456", "123456"], "ALLOW"),
        (vec!["123456", "1234567"], "DENY"),
    ] {
        let blocks: Vec<Value> = texts.iter().map(|text| block(text)).collect();
        let message = json!({"result": {"content": blocks}});
        assert_eq!(
            judged(&release, &message).0["decision"],
            expected,
            "{texts:?}"
        );
    }
    // The structured part repeats the content: the longer one counts, and neither hides behind the other.
    let both = |n: usize| json!({"result": {"content": [block("123456789012")], "structuredContent": {"t": "x".repeat(n)}}});
    assert_eq!(judged(&release, &both(12)).0["decision"], "ALLOW");
    assert_eq!(judged(&release, &both(13)).0["decision"], "DENY");
}

#[test]
fn results_have_the_form_that_the_schema_says() {
    let schema = json!({"type": "object", "required": ["total"], "properties": {"total": {"type": "integer"}}, "additionalProperties": false});
    let release = compiled(&[output(json!({"json_schema": schema}))]);
    let cases = [
        (
            json!({"result": {"structuredContent": {"total": 1}, "content": []}}),
            "ALLOW",
        ),
        (
            json!({"result": {"structuredContent": {"total": "1"}}}),
            "DENY",
        ),
        (
            json!({"result": {"structuredContent": {"total": 1, "more": 1}}}),
            "DENY",
        ),
        (said(r#"{"total": 1}"#), "ALLOW"),
        (said(r#"{"total": 1, "total": 1}"#), "DENY"),
        (said(r#"{"total": "1"}"#), "DENY"),
        (said("no JSON"), "DENY"),
        (json!({"result": {"content": [], "isError": true}}), "DENY"),
        (json!({"result": {"total": 1}}), "ALLOW"),
        (json!({"result": {}}), "DENY"),
        (json!({"error": {"code": 1, "message": "no"}}), "ALLOW"),
    ];
    for (message, expected) in cases {
        let (record, _) = judged(&release, &message);
        assert_eq!(record["decision"], expected, "{message}");
    }
}

#[test]
fn a_schema_that_is_none_is_refused_with_the_release() {
    let limits = Limits::default();
    let rules = output(json!({"json_schema": {"type": "objet"}}));
    let read = documents::read(&rules.to_string(), Format::Json, &limits);
    let policies: Vec<_> = read
        .policies
        .into_iter()
        .map(|located| located.policy)
        .collect();
    let build = Build {
        project: "p",
        number: 1,
        policies: &policies,
        ..Build::default()
    };
    let release = Release::read(build.to_json().as_bytes(), &limits).unwrap();
    assert!(CompiledRelease::compile(release, &limits).is_err());
}

#[test]
fn secrets_in_responses_are_refused_and_never_shown() {
    let release = compiled(&[dlp(json!({}))]);
    for message in [
        said(TOKEN),
        json!({"result": {"structuredContent": {"a": [{"b": TOKEN}]}}}),
        json!({"result": {TOKEN: 1}}),
        json!({"error": {"code": 1, "message": TOKEN}}),
        json!({"params": {"data": TOKEN}}),
    ] {
        let (record, text) = judged(&release, &message);
        assert_eq!(codes(&record), ["DLP_BLOCKED"], "{message}");
        assert_eq!(record["status"], "DLP_BLOCKED");
        assert!(!record.to_string().contains(TOKEN), "{record}");
        assert_eq!(
            text,
            message.to_string(),
            "nothing is blanked in what is refused"
        );
    }
    let (record, _) = judged(&release, &said(TOKEN));
    assert_eq!(
        record["findings"][0]["path"],
        "/response/result/content/0/text"
    );
    assert_eq!(record["delta"], json!({}));
}

#[test]
fn ways_are_kept_apart() {
    let spec = json!({"looks_for": "listed", "patterns": [
        {"name": "there", "regex": "PRJ-[0-9]{4}", "severity": "CRITICAL", "on": "request"},
        {"name": "back", "regex": "CST-[0-9]{4}", "severity": "CRITICAL", "on": "response"},
    ]});
    let release = compiled(&[dlp(spec)]);
    assert_eq!(judged(&release, &said("PRJ-1234")).0["decision"], "ALLOW");
    assert_eq!(judged(&release, &said("CST-1234")).0["decision"], "DENY");
}

#[test]
fn what_a_policy_redacts_is_blanked_and_the_rest_stays_byte_for_byte() {
    let release = compiled(&[dlp(json!({"redact": true, "actions": {"LOW": "flag"}}))]);
    let message = json!({"result": {"content": [
        {"type": "text", "text": format!("the token \"{TOKEN}\" and the address {ADDRESS}\n")},
        {"type": "text", "text": "nothing \u{1f600} here"},
    ], "structuredContent": {"token": TOKEN, "n": 12}}});
    let (record, text) = judged(&release, &message);
    assert_eq!(
        (record["decision"].as_str(), codes(&record)),
        (Some("FLAG"), vec!["DLP_WARNED"])
    );
    assert!(!text.contains(TOKEN) && !text.contains(ADDRESS), "{text}");
    let after: Value = serde_json::from_str(&text).unwrap();
    let first = after["result"]["content"][0]["text"].as_str().unwrap();
    assert!(
        first.starts_with("the token \"[") && first.ends_with("]\n"),
        "{first}"
    );
    assert_eq!(
        after["result"]["content"][1],
        message["result"]["content"][1]
    );
    assert_eq!(after["result"]["structuredContent"]["n"], 12);
    // Judged again, there is nothing more to find.
    assert_eq!(judged(&release, &after).0["decision"], "ALLOW");
}

#[test]
fn names_cannot_be_blanked_and_another_policy_may_still_refuse() {
    let release = compiled(&[dlp(json!({"redact": true}))]);
    assert_eq!(
        judged(&release, &json!({"result": {TOKEN: 1}})).0["decision"],
        "DENY"
    );
    let strict = policy("DlpPolicy", "strict", json!({}));
    let release = compiled(&[dlp(json!({"redact": true})), strict]);
    let (record, text) = judged(&release, &said(TOKEN));
    assert_eq!(record["decision"], "DENY");
    assert!(text.contains(TOKEN), "what is refused is not rewritten");
}

#[test]
fn a_response_that_costs_too_much_is_refused() {
    let limits = Limits {
        gas: 200,
        ..Limits::default()
    };
    let long = said(&"word ".repeat(5_000));
    for policy in [dlp(json!({})), output(json!({"forbid": ["x y"]}))] {
        let release = compiled(&[policy]);
        let (record, _) = judged_with(&release, &long, &limits);
        assert_eq!(codes(&record), ["GAS_EXHAUSTED"]);
    }
}

#[test]
fn of_a_part_neither_length_nor_form_is_judged() {
    let rules = json!([
        { "type": "output", "name": "short", "max_length": 3 },
        { "type": "output", "name": "typed", "json_schema": { "type": "integer" } },
        { "type": "output", "name": "quiet", "forbid": ["internal only"] },
    ]);
    let release = compiled(&[policy("RuleSet", "outputs", json!({ "rules": rules }))]);
    let decided = |message: Value| judged(&release, &message).0["decision"].clone();
    assert_eq!(
        decided(json!({ "part": { "text": "longer than that" } })),
        "ALLOW"
    );
    assert_eq!(
        decided(json!({ "part": { "text": "INTERNAL only" } })),
        "DENY"
    );
    assert_eq!(
        decided(json!({ "result": { "text": "longer than that" } })),
        "DENY"
    );
    assert!(duty(&release).unwrap().takes_all(&release));
}

/// The paths and places of findings in a result with these texts.
fn found_over(release: &CompiledRelease, texts: &[&str]) -> Vec<(String, u64, u64)> {
    let content: Vec<Value> = texts
        .iter()
        .map(|text| json!({"type": "text", "text": text}))
        .collect();
    let (record, _) = judged(release, &json!({"result": {"content": content}}));
    let findings = record["findings"].as_array().unwrap().iter();
    let findings = findings.map(|finding| {
        let place = |name: &str| finding[name].as_u64().unwrap();
        (
            finding["path"].as_str().unwrap().to_owned(),
            place("start"),
            place("end"),
        )
    });
    findings.collect()
}

#[test]
fn a_value_over_several_texts_is_found_where_it_ends() {
    let release = compiled(&[dlp(json!({}))]);
    let at = |text: u32, end: u64| vec![(format!("/response/result/content/{text}/text"), 0, end)];
    let (left, right) = TOKEN.split_at(13);
    let over = |texts: &[&str]| found_over(&release, texts);
    assert_eq!(over(&[left, right]), at(1, 13));
    assert_eq!(over(&["it is ", left, right]), at(2, 13));
    assert_eq!(over(&[left, right, "and so on"]), at(1, 13));
    assert_eq!(over(&["it is ", left, "", right, " and so on"]), at(3, 13));
    assert_eq!(
        over(&[left, &right[..5], &right[5..], "and so on"]),
        at(2, 8)
    );
    assert_eq!(over(&["a", "b "]), []);
    // What stands before it is no beginning of it.
    assert_eq!(over(&["hello", left, right]), at(2, 13));
    assert_eq!(over(&["hello", left, right, "and so on"]), at(2, 13));
    // Letter by letter, with words behind it.
    let letters: Vec<String> = TOKEN.chars().map(String::from).collect();
    let mut letters: Vec<&str> = letters.iter().map(String::as_str).collect();
    letters.extend(["and", "more"]);
    assert_eq!(over(&letters), at(25, 1));
    // Between texts that are long, and behind many that are short.
    let long = "word ".repeat(2_000);
    assert_eq!(
        over(&[&format!("{long}{left}"), &format!("{right} {long}")]),
        at(1, 13)
    );
    let mut many = vec!["x"; 3_000];
    many.extend([" ", left, right]);
    assert_eq!(over(&many), at(3_002, 13));
    let card = over(&["4532 0151 ", "1283 0366 it is"]);
    assert_eq!(card, at(1, 9));
}

#[test]
fn a_long_phrase_over_several_texts_is_found() {
    let phrase = "the quick brown fox that everybody knows jumps over the lazy dog every day";
    let keywords = json!([{"name": "fox", "keywords": [phrase], "severity": "CRITICAL"}]);
    let release = compiled(&[dlp(json!({"looks_for": "listed", "patterns": keywords}))]);
    let texts: Vec<&str> = phrase.split_inclusive(' ').collect();
    let found = found_over(&release, &texts);
    assert_eq!(
        found,
        [("/response/result/content/13/text".to_owned(), 0, 3)]
    );
    let mut more = texts;
    more.push(" and more");
    assert_eq!(found_over(&release, &more), found);
}

#[test]
fn many_short_texts_cost_about_what_one_long_one_does() {
    let release = compiled(&[dlp(json!({}))]);
    let gas = |texts: &[String]| {
        let content: Vec<Value> = texts
            .iter()
            .map(|text| json!({"type": "text", "text": text}))
            .collect();
        let (record, _) = judged(&release, &json!({"result": {"content": content}}));
        assert_eq!(record["decision"], "ALLOW");
        record["gas"].as_u64().unwrap()
    };
    let lines: Vec<String> = (0..2_000)
        .map(|n| format!("line {n} of the file"))
        .collect();
    let (many, one) = (gas(&lines), gas(&[lines.join(" ")]));
    assert!(many < 20 * one, "{many} for many, {one} for one");
}
