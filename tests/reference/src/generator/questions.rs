//! Calls and states: counters at the edges of windows, spending near caps, evidence on both sides of its age.

use serde_json::{Map, Value, json};

use crate::choices::Choices;
use crate::values::{digest, join, key, members, micro_usd};
use crate::{Documents, Question};

use super::dlp;
use super::{
    AGENTS, FIELDS, GROUPS, MISSIONS, MONEY, PATTERNS, RISKS, RUNS, SECONDS, TAGS, TEXTS, TOOLS,
};

/// Around changes of local time in Berlin and New York, midnights, working hours, and where tables of zones end.
const NOWS: &[i64] = &[
    1_767_600_000, // 2026-01-05T08:00:00Z, a Monday
    1_774_745_999, // 2026-03-29T00:59:59Z, the last second of winter in Berlin
    1_774_746_000,
    1_792_888_200, // 2026-10-25T00:30:00Z, half past two in Berlin, for the first time
    1_792_891_800,
    1_793_511_000, // 2026-11-01T05:30:00Z, half past one in New York, for the first time
    1_767_657_600, // 2026-01-06T00:00:00Z
    1_767_657_599,
    1_767_740_400, // 2026-01-06T23:00:00Z
    2_840_140_800, // 2060-01-01T00:00:00Z
];

/// A question that has something to do with `documents`.
pub fn question(choices: &mut Choices, documents: &Documents) -> Question {
    let now = choices.pick(NOWS);
    let call = call(choices, now);
    let state = match choices.chance(4) {
        true => Value::Null,
        false => state(choices, documents, &call, now),
    };
    Question { call, state, now: time(now) }
}

fn time(seconds: i64) -> String {
    let instant = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    instant.to_string()
}

fn call(choices: &mut Choices, now: i64) -> Value {
    let mut call = Map::new();
    let mut put = |name: &str, part: Option<Value>| {
        call.extend(part.map(|part| (name.to_owned(), part)));
    };
    let identity = choices.chance(98).then(|| identity(choices));
    put("identity", identity);
    put("task", choices.chance(50).then(|| task(choices)));
    put("request", Some(request(choices)));
    put("run", choices.chance(80).then(|| run(choices, now)));
    put("session", choices.chance(70).then(|| json!({"id": "s1"})));
    put("mission", choices.chance(60).then(|| json!({"id": choices.pick(MISSIONS)})));
    Value::Object(call)
}

fn identity(choices: &mut Choices) -> Value {
    let mut identity = json!({"name": choices.pick(AGENTS)});
    if choices.chance(60) {
        identity["labels"] = json!({"team": choices.pick(TEXTS)});
    }
    if choices.chance(60) {
        identity["groups"] = json!(choices.some(GROUPS, 40));
    }
    identity
}

fn task(choices: &mut Choices) -> Value {
    match choices.below(4) {
        0 => json!({}),
        1 => json!({"name": "t"}),
        _ => json!({"name": "t", "context": {choices.pick(FIELDS): choices.pick(TEXTS)}}),
    }
}

fn run(choices: &mut Choices, now: i64) -> Value {
    let mut run = Map::new();
    if choices.chance(85) {
        run.insert("id".to_owned(), json!(choices.pick(RUNS)));
    }
    if choices.chance(50) {
        run.insert("started_at".to_owned(), json!(time(now - edge(choices))));
    }
    Value::Object(run)
}

/// Seconds ago, at or beside the end of some window.
fn edge(choices: &mut Choices) -> i64 {
    let window = i64::try_from(choices.pick(SECONDS)).unwrap_or(0);
    choices.pick(&[0, 1, window - 1, window, window + 1, -5])
}

fn request(choices: &mut Choices) -> Value {
    let mut request = Map::new();
    let mut put = |name: &str, value: Value| {
        request.insert(name.to_owned(), value);
    };
    let kind = choices.pick(&[
        "",
        "tool_call",
        "tool_call",
        "tool_call",
        "chat_completion",
        "http_request",
        "mcp_request",
    ]);
    let is_call = kind.is_empty() || kind == "tool_call";
    if !kind.is_empty() {
        put("kind", json!(kind));
    }
    if kind == "mcp_request" {
        put("method", json!(choices.pick(&["ping", "custom/read", "custom/x", "other"])));
    }
    if is_call || choices.chance(5) {
        put("tool", tool(choices));
    }
    let texts: [(&str, &[&str], usize); 4] = [
        ("upstream", &["u1", "u2"], 40),
        ("risk", RISKS, 50),
        ("impact", &["low", "medium", "high"], 60),
        ("model", &["gpt", "gpt-x"], 20),
    ];
    for (name, values, percent) in texts {
        if choices.chance(percent) {
            put(name, json!(choices.pick(values)));
        }
    }
    if choices.chance(60) {
        put("cost_usd", json!(choices.pick(MONEY)));
    }
    if choices.chance(50) {
        put("tags", json!(choices.some(TAGS, 40)));
    }
    if choices.chance(30) {
        put("prompt", prompts(choices));
    }
    if choices.chance(30) {
        put("headers", json!({choices.pick(&["x-a", "x-b"]): choices.pick(TEXTS)}));
    }
    if choices.chance(20) {
        put("path", json!(format!("/items?q={}", dlp::text(choices))));
    }
    Value::Object(request)
}

fn prompts(choices: &mut Choices) -> Value {
    let mut prompts = choices.some(&["what is my salary", "aws_key", ""], 50);
    let secret = dlp::text(choices);
    if choices.chance(30) {
        prompts.push(&secret);
    }
    json!(prompts)
}

fn tool(choices: &mut Choices) -> Value {
    let mut tool = Map::new();
    if choices.chance(96) {
        let name = match choices.chance(3) {
            true => choices.pick(&["ann@corp.io", "4539578763621486"]),
            false => choices.pick(TOOLS),
        };
        tool.insert("name".to_owned(), json!(name));
    }
    if choices.chance(85) {
        tool.insert("args".to_owned(), args(choices));
    }
    Value::Object(tool)
}

fn args(choices: &mut Choices) -> Value {
    let fields = choices.some(FIELDS, 50).into_iter();
    Value::Object(fields.map(|field| (field.to_owned(), value(choices))).collect())
}

fn value(choices: &mut Choices) -> Value {
    match choices.below(16) {
        0 => json!(1),
        1 => json!(2),
        2 => json!(1.5),
        3 => json!(true),
        4 => Value::Null,
        5 => json!([]),
        6 => json!(["x", "y"]),
        7 => json!([1, {"id": "x"}]),
        8 => json!({"id": choices.pick(TEXTS)}),
        9 | 10 => dlp::value(choices),
        _ => json!(choices.pick(TEXTS)),
    }
}

fn state(choices: &mut Choices, documents: &Documents, call: &Value, now: i64) -> Value {
    let mut counters = Map::new();
    let mut spend = Map::new();
    for policy in &documents.policies {
        for (key, max) in rate_keys(policy, call) {
            if choices.chance(70) {
                let counts = (0..=choices.below(3)).map(|_| {
                    let count = choices.pick(&[1, 1, max.saturating_sub(1), max, max + 1]);
                    json!({"at": time(now - edge(choices)), "count": count})
                });
                counters.insert(key, counts.collect());
            }
        }
        for (key, max) in spend_keys(policy, call, now) {
            if choices.chance(70) {
                spend.insert(key, near(choices, max, micro_usd(&call["request"]["cost_usd"])));
            }
        }
    }
    let mut state = json!({"counters": counters, "spend": spend});
    state["evidence"] = evidence(choices, call, now);
    state["approvals"] = approvals(choices, documents, call, now);
    state["exceptions"] = exceptions(choices, documents, now);
    if choices.chance(50) {
        state["runs"] = json!({choices.pick(RUNS): {"started_at": time(now - edge(choices))}});
    }
    state
}

/// An amount beside the cap, beside what leaves room for the call, or beside a warning.
fn near(choices: &mut Choices, max: i64, cost: i64) -> Value {
    let base = choices.pick(&[0, max - cost, max, max * 8 / 10, max / 2, max * 8 / 10 - cost]);
    let micro = (base + choices.pick(&[-1, 0, 0, 1])).max(0);
    json!(format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000))
}

fn name_of<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn rate_keys(policy: &Value, call: &Value) -> Vec<(String, u64)> {
    let agent = name_of(call, "/identity/name");
    let own = key(policy);
    let mut keys = Vec::new();
    let rules = policy["spec"]["rules"].as_array().into_iter().flatten();
    for (number, rule) in rules.enumerate().filter(|(_, rule)| rule["type"] == "rate") {
        let unnamed = format!("rules[{number}]");
        let name = rule["name"].as_str().unwrap_or(&unnamed);
        let (by, who) = match name_of(rule, "/by") {
            "tool" => ("tool", name_of(call, "/request/tool/name")),
            "tenant" => ("tenant", ""),
            by => (by, agent),
        };
        keys.push((join(&["rate", own, name, by, who]), rule["max"].as_u64().unwrap_or(0)));
    }
    for (pattern, limit) in members(&policy["spec"]["rate_limits"]) {
        let key = join(&["rate", own, pattern, "agent", agent]);
        keys.push((key, limit["max_count"].as_u64().unwrap_or(0)));
    }
    keys
}

fn spend_keys(policy: &Value, call: &Value, now: i64) -> Vec<(String, i64)> {
    let run = name_of(call, "/run/id");
    let spec = &policy["spec"];
    let session = join(&["session", name_of(call, "/session/id")]);
    let mut keys =
        vec![(join(&["run", run]), &spec["run_budget"]), (session, &spec["session_budget"])];
    for (pattern, limit) in members(&spec["action_budgets"]) {
        keys.push((join(&["run", run, "action", pattern]), limit));
    }
    let rules = spec["rules"].as_array().into_iter().flatten();
    for rule in rules.filter(|rule| rule["type"] == "cost") {
        let key = match name_of(rule, "/per") {
            "run" => join(&["run", run]),
            "agent" => join(&["agent", name_of(call, "/identity/name")]),
            _ => join(&["day", key(policy), &time(now)[..10]]),
        };
        keys.push((key, &rule["max_usd"]));
    }
    keys.retain(|(_, max)| !max.is_null());
    keys.into_iter().map(|(key, max)| (key, micro_usd(max))).collect()
}

fn evidence(choices: &mut Choices, call: &Value, now: i64) -> Value {
    let length = choices.below(6);
    let records = (0..length).map(|_| {
        let run = match choices.chance(75) {
            true => name_of(call, "/run/id"),
            false => choices.pick(RUNS),
        };
        let args = &call["request"]["tool"]["args"];
        let source = |choices: &mut Choices| {
            let field = choices.pick(FIELDS);
            let value = match choices.chance(60) {
                true => args[field].clone(),
                false => value(choices),
            };
            json!({"id": value, "to": args["to"], "user": {"id": value}})
        };
        let (args, result) = (source(choices), source(choices));
        let mut record =
            json!({"run": run, "action": choices.pick(TOOLS), "at": time(now - edge(choices))});
        if choices.chance(70) {
            record["args"] = args;
        }
        if choices.chance(80) {
            record["result"] = result;
        }
        record
    });
    Value::Array(records.collect())
}

fn approvals(choices: &mut Choices, documents: &Documents, call: &Value, now: i64) -> Value {
    let controls = documents.policies.iter().filter(|policy| policy["kind"] == "ControlPolicy");
    let mut tickets = Vec::new();
    for control in controls {
        for _ in 0..choices.pick(&[0, 0, 1, 1, 2]) {
            let kind = call["request"]["kind"].as_str().unwrap_or("tool_call");
            let unnamed = if kind == "tool_call" { "" } else { kind };
            let tool = call.pointer("/request/tool/name").and_then(Value::as_str);
            let mut ticket = json!({
                "id": format!("apr_{}", tickets.len()),
                "policy": key(control),
                "identity": name_of(call, "/identity/name"),
                "tool": tool.unwrap_or(unnamed),
                "args_digest": digest(&call["request"]),
                "expires_at": time(now + choices.pick(&[1, 1, 1, 60, 0])),
            });
            if choices.chance(25) {
                match choices.below(4) {
                    0 => ticket["policy"] = json!("p0"),
                    1 => ticket["identity"] = json!(choices.pick(AGENTS)),
                    2 => ticket["tool"] = json!(choices.pick(PATTERNS)),
                    _ => {
                        ticket["args_digest"] =
                            json!(digest(&json!({ "tool": { "name": "", "args": args(choices) } })))
                    }
                }
            }
            tickets.push(ticket);
        }
    }
    Value::Array(tickets)
}

fn exceptions(choices: &mut Choices, documents: &Documents, now: i64) -> Value {
    let mut exceptions = Vec::new();
    for policy in &documents.policies {
        for _ in 0..choices.pick(&[0, 0, 0, 0, 1, 2]) {
            let policy = match choices.chance(90) {
                true => key(policy),
                false => name_of(policy, "/metadata/name"),
            };
            let id = format!("exc_{}", exceptions.len());
            let mut exception = json!({"id": id, "policy": policy, "reason": "r"});
            let which = choices.below(3);
            if which != 0 {
                exception["agents"] = json!(choices.some(AGENTS, 70));
            }
            if which != 1 {
                exception["runs"] = json!(choices.some(RUNS, 70));
            }
            let how = choices.below(3);
            if how != 0 {
                exception["expires_at"] = json!(time(now + choices.pick(&[1, 1, 60, 0, -1])));
            }
            if how != 1 {
                exception["max_uses"] = json!(choices.below(3));
                exception["uses"] = json!(choices.below(2));
            }
            exceptions.push(exception);
        }
    }
    Value::Array(exceptions)
}
