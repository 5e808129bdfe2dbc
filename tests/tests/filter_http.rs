//! Plain HTTP routes through the filter: what goes on unchanged, what is answered and how.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{
    Exchange, Module, Options, Outcome, Process, Upstream, Vm, split_every_way,
};
use callgate_tests::filter::{plugin, policy, worker};
use serde_json::{Value, json};

const BODY: &str = r#"{"amount": 40, "reason": "late"}"#;

fn routes(denial: &str) -> Value {
    json!([
        {
            "kind": "http", "server": "billing", "upstream": "billing-api", "denial": denial,
            "limits": { "body_bytes": 2048 },
            "templates": [
                { "method": "POST", "path": "/v1/refunds/{id}", "tool": "refund" },
                { "method": "GET", "path": "/v1/refunds/{id}", "tool": "show_refund" },
            ],
        },
        { "kind": "mcp", "path": "/mcp", "server": "billing" },
        { "kind": "pass", "path_prefix": "/health" },
    ])
}

/// Refunds up to 50 for `re_` ids, by plain HTTP.
fn policies() -> Vec<Value> {
    let allow = r#"request.kind == "http_request" && request.upstream == "billing-api"
        && (request.tool.name == "billing__show_refund" && request.method == "GET"
            || request.tool.name == "billing__refund" && request.path == "/v1/refunds/" + request.tool.args.id
                && request.tool.args.id.startsWith("re_") && request.tool.args.amount <= 50)"#;
    vec![policy(
        "CelPolicy",
        json!({ "effect": "allow", "expression": allow }),
    )]
}

fn start_with(policies: &[Value], routes: Value) -> Result<Vm> {
    let mut plugin = plugin(policies)?;
    plugin["routes"] = routes;
    worker(&Process::new(), &plugin)
}

fn start() -> Result<Vm> {
    start_with(&policies(), routes("http_403"))
}

fn send(vm: &mut Vm, exchange: Exchange) -> Result<Outcome> {
    let outcome = vm.exchange(exchange)?;
    ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
    Ok(outcome)
}

fn refund(id: &str, body: &str) -> Exchange {
    Exchange::new("POST", format!("/v1/refunds/{id}"))
        .header("content-type", "application/json")
        .body(body)
}

/// Status and problem of what was answered here; nothing of it went on.
fn problem(outcome: &Outcome) -> Result<(u32, Value)> {
    ensure!(outcome.forwarded.is_none(), "forwarded");
    let reply = outcome.reply.as_ref().context("a reply")?;
    let kind = reply
        .headers
        .iter()
        .find(|(name, _)| *name == b"content-type");
    let kind = kind.map(|(_, value)| String::from_utf8_lossy(value).into_owned());
    ensure!(
        kind.as_deref() == Some("application/problem+json"),
        "{kind:?}"
    );
    let body: Value = serde_json::from_slice(&reply.body)?;
    ensure!(body["status"] == reply.status, "{body}");
    Ok((reply.status, body))
}

#[test]
fn an_allowed_call_goes_on_byte_for_byte() -> Result<()> {
    let mut vm = start()?;
    for split in split_every_way(BODY.as_bytes()) {
        let exchange = refund("re_1?dry=1", "").chunks(split);
        let outcome = send(&mut vm, exchange.header("accept-encoding", "gzip"))?;
        let sent = outcome.forwarded.as_ref().context("forwarded")?;
        ensure!(sent.complete && sent.body == BODY.as_bytes(), "changed");
        ensure!(outcome.status() == Some(200), "{:?}", outcome.status());
    }
    let outcome = send(&mut vm, Exchange::get("/v1/refunds/re_1"))?;
    ensure!(outcome.forwarded.is_some(), "{:?}", outcome.reply);
    let outcome = send(&mut vm, Exchange::get("/health/live"))?;
    ensure!(outcome.forwarded.is_some(), "{:?}", outcome.reply);
    Ok(())
}

#[test]
fn a_denied_call_is_a_problem() -> Result<()> {
    let mut vm = start()?;
    for (id, body, code) in [
        ("re_1", r#"{"amount": 51}"#, "CEL_ALLOW_NOT_MET"),
        ("ch_1", BODY, "CEL_ALLOW_NOT_MET"),
        // Reading an argument that is not there is an error, and an error denies.
        ("re_1", "{}", "CEL_ERROR"),
        ("re_1?amount=1", "", "CEL_ERROR"),
    ] {
        let (status, body) = problem(&send(&mut vm, refund(id, body))?)?;
        ensure!(status == 403 && body["title"] == "Forbidden", "{body}");
        ensure!(
            body["reasons"] == json!([code]) && body["policy"] == "CelPolicy",
            "{body}"
        );
        ensure!(
            body["decision_id"]
                .as_str()
                .is_some_and(|id| id.starts_with("exe_")),
            "{body}"
        );
        let detail = body["detail"].as_str().context("a detail")?;
        ensure!(detail == format!("denied by policy: {code}"), "{detail}");
    }
    Ok(())
}

#[test]
fn what_is_not_one_call_is_refused() -> Result<()> {
    let mut vm = start()?;
    let json = |method: &str, target: &str, body: &str| {
        Exchange::new(method, target)
            .header("content-type", "application/json")
            .body(body)
    };
    let large = format!(r#"{{"amount":1,"reason":"{}"}}"#, "x".repeat(2048));
    for (exchange, status, code) in [
        (json("PATCH", "/v1/refunds/re_1", BODY), 404, "NO_TEMPLATE"),
        (
            json("POST", "/v1/refunds/re_1?amount=1", BODY),
            400,
            "JSON_DUPLICATE_KEY",
        ),
        (
            json("POST", "/v1/refunds/re_1", r#"{"amount":1,"id":"re_2"}"#),
            400,
            "JSON_DUPLICATE_KEY",
        ),
        (
            json("POST", "/v1/refunds/re_1", r#"{"amount":1,"Amount":900}"#),
            400,
            "KEY_LOOK_ALIKE",
        ),
        (json("POST", "/v1/refunds/re_1?a=%31", BODY), 400, "QUERY"),
        (json("POST", "/v1/refunds/re_1", "[1]"), 400, "ARGUMENTS"),
        (
            json("POST", "/v1/refunds/re_1", &large),
            413,
            "BODY_TOO_LARGE",
        ),
        (
            json("POST", "/v1/refunds/re_1", BODY).header("content-encoding", "gzip"),
            415,
            "CONTENT_ENCODING",
        ),
        (
            Exchange::get("/v1/refunds/re_1").body("{}"),
            400,
            "BODY_UNEXPECTED",
        ),
        (
            Exchange::new("POST", "/v1/refunds/re_1").body(BODY),
            415,
            "MEDIA_TYPE",
        ),
    ] {
        let (found, body) = problem(&send(&mut vm, exchange)?)?;
        ensure!(
            found == status && body["reasons"] == json!([code]),
            "{body}"
        );
    }
    for target in [
        "/v1/refunds/re_1/",
        "/v1//refunds/re_1",
        "/v1/refunds/%72e_1",
        "/v1/refunds/re_1;a",
        "/V1/refunds/re_1",
        "/v1/refunds",
    ] {
        let outcome = send(&mut vm, json("POST", target, BODY))?;
        ensure!(
            outcome.forwarded.is_none() && outcome.status() == Some(404),
            "{target}"
        );
    }
    Ok(())
}

#[test]
fn a_stealthy_route_denies_as_if_nothing_was_there() -> Result<()> {
    let mut vm = start_with(&policies(), routes("stealth"))?;
    for exchange in [
        refund("ch_1", BODY),
        Exchange::new("PATCH", "/v1/refunds/re_1"),
    ] {
        let outcome = send(&mut vm, exchange)?;
        let (status, body) = problem(&outcome)?;
        ensure!(
            status == 404 && body == json!({ "status": 404, "title": "Not Found" }),
            "{body}"
        );
        let reply = outcome.reply.context("a reply")?;
        let shown = reply
            .headers
            .iter()
            .any(|(name, _)| name.starts_with(b"x-callgate-"));
        ensure!(!shown, "{:?}", reply.headers);
    }
    Ok(())
}

#[test]
fn responses_of_apis_are_judged_whole() -> Result<()> {
    const TOKEN: &str = "glpat-Zq3xW8vN2kLm5RtY7uPd";
    let leaked = json!({ "id": "re_1", "note": { "token": TOKEN } }).to_string();
    let dlp = |redact: bool| {
        let mut all = policies();
        all.push(policy(
            "DlpPolicy",
            json!({ "redact": redact, "actions": { "CRITICAL": "deny", "HIGH": "deny" } }),
        ));
        all
    };
    let get = |kind: &str, body: &str| {
        let upstream = Upstream::status(200)
            .header("content-type", kind)
            .chunks(vec![body.as_bytes().to_vec()]);
        Exchange::get("/v1/refunds/re_1").upstream(upstream)
    };
    let mut vm = start_with(&dlp(false), routes("http_403"))?;
    for kind in ["application/json", "application/problem+json"] {
        let outcome = send(&mut vm, get(kind, &leaked))?;
        let reply = outcome.reply.context("a reply")?;
        let body: Value = serde_json::from_slice(&reply.body)?;
        ensure!(
            reply.status == 403 && body["reasons"] == json!(["DLP_BLOCKED"]),
            "{body}"
        );
    }
    let outcome = send(&mut vm, get("text/html", "<p>hello"))?;
    let body: Value = serde_json::from_slice(&outcome.reply.context("a reply")?.body)?;
    ensure!(body["reasons"][0] == "RESPONSE_UNREADABLE", "{body}");
    let mut vm = start_with(&dlp(true), routes("http_403"))?;
    let outcome = send(&mut vm, get("application/json", &leaked))?;
    let response = outcome.response.context("a response")?;
    let body: Value = serde_json::from_slice(&response.body)?;
    ensure!(
        body["id"] == "re_1" && !body.to_string().contains(TOKEN),
        "{body}"
    );
    Ok(())
}

#[test]
fn limits_count_calls_by_http_and_mcp_together() -> Result<()> {
    let rate = json!({ "type": "rate", "max": 2, "per": "minute", "by": "tool" });
    let mut vm = start_with(
        &[policy("RuleSet", json!({ "rules": [rate] }))],
        routes("http_403"),
    )?;
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"refund","arguments":{"id":"re_1"}}}"#;
    let by_mcp = Exchange::post("/mcp")
        .header("mcp-protocol-version", "2025-06-18")
        .body(call);
    ensure!(
        send(&mut vm, refund("re_1", BODY))?.forwarded.is_some(),
        "the first"
    );
    ensure!(
        send(&mut vm, by_mcp.clone())?.forwarded.is_some(),
        "the second"
    );
    let (status, body) = problem(&send(&mut vm, refund("re_1", BODY))?)?;
    ensure!(
        status == 429 && body["reasons"] == json!(["RATE_LIMITED"]),
        "{body}"
    );
    ensure!(send(&mut vm, by_mcp)?.forwarded.is_none(), "the fourth");
    ensure!(
        send(&mut vm, Exchange::get("/v1/refunds/re_1"))?
            .forwarded
            .is_some(),
        "another tool"
    );
    Ok(())
}

#[test]
fn routes_that_lead_around_each_other_are_no_configuration() -> Result<()> {
    let http = |path: &str| json!({ "kind": "http", "templates": [{ "method": "GET", "path": path, "tool": "t" }] });
    let mcp = json!({ "kind": "mcp", "path": "/api/mcp" });
    let pass = json!({ "kind": "pass", "path_prefix": "/api/health" });
    for (routes, code) in [
        (
            json!([http("/api/{x}"), mcp]),
            "two routes have the path `/api/mcp`",
        ),
        (
            json!([http("/API/MCP"), mcp]),
            "two routes have the path `/api/mcp`",
        ),
        (
            json!([http("/a/{x}"), http("/A/{y}")]),
            "two routes have the path `/A/{y}`",
        ),
        (
            json!([http("/api/{x}"), pass]),
            "`/api/health` would pass other spellings of `/api/{x}` unjudged",
        ),
        (
            json!([http("/{a}/{b}/{c}"), pass]),
            "would pass other spellings",
        ),
        (
            json!([{ "kind": "http", "templates": [] }]),
            "knows no request",
        ),
        (json!([http("/a/{x}/")]), "cannot be a template"),
    ] {
        let mut plugin = plugin(&policies())?;
        plugin["routes"] = routes.clone();
        let vm = Vm::start(Module::filter()?, plugin.to_string(), Options::default())?;
        let logs: Vec<_> = vm
            .root_logs()
            .iter()
            .map(|line| line.message.clone())
            .collect();
        ensure!(
            logs.iter().any(|line| line.contains(code)),
            "{routes} {logs:?}"
        );
    }
    Ok(())
}
