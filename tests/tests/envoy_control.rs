//! A control plane behind a real Envoy: every request is recorded once, and approved calls pass once.

use anyhow::{Context as _, Result, ensure};
use callgate_release::signed::PrivateKey;
use callgate_tests::control::{self, Control, Told};
use callgate_tests::desk::Verdict;
use callgate_tests::envoy::client::{Answer, Client};
use callgate_tests::envoy::request;
use callgate_tests::envoy::upstream::Upstream;
use callgate_tests::filter::policy;
use callgate_tests::releases::signed;
use hyper::Request;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpListener;
use xtask::envoy::Envoy;

async fn envoy(upstream: u16, control: u16, wait: u64) -> Result<Envoy> {
    let key = PrivateKey::from_seed(&[9; 32]);
    let approve = json!({ "require_approval": true, "approval_actions": ["pay"] });
    let policies = [policy("ControlPolicy", approve)];
    let plugin = json!({
        "identity": { "source": "static", "name": "bot" },
        "routes": [{ "path": "/mcp", "kind": "mcp" }],
        "trusted_keys": [key.public().to_pem()],
        "release": serde_json::from_str::<Value>(&signed("paying", 1, &policies, &key)?)?,
        "control_plane": { "cluster": "control", "poll_ms": 100 },
        "audit": { "executions": true },
        "approvals": { "wait_seconds": wait },
    });
    control::envoy(upstream, control, plugin).await
}

async fn call(client: &mut Client, tool: &str, arguments: &Value) -> Result<Answer> {
    let body = request::call(1, tool, arguments);
    // In pieces, so that a part of it is there before the rest.
    let body = request::chunks(&body, 16, None);
    client.send(request::post(None, body)?).await
}

/// Looks until something holds.
async fn until(what: &str, mut holds: impl FnMut() -> bool) -> Result<()> {
    let look = async {
        let mut clock = tokio::time::interval(Duration::from_millis(5));
        while !holds() {
            clock.tick().await;
        }
    };
    let patience = Duration::from_secs(60);
    let looked = tokio::time::timeout(patience, look).await;
    looked.with_context(|| what.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_requests_as_records_each_once() -> Result<()> {
    const REQUESTS: usize = 400;
    let (upstream, control) = (Upstream::start().await?, Control::start().await?);
    control.told().refuses = 3;
    let envoy = envoy(upstream.port, control.port, 0).await?;
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(Client::http1(&envoy.address).await?);
    }
    for round in 0..REQUESTS / clients.len() {
        for client in &mut clients {
            let answer = call(client, "read", &json!({ "n": round })).await?;
            ensure!(answer.json()["result"].is_object(), "{}", answer.json());
        }
    }
    until("records are missing", || {
        control.records().len() >= REQUESTS
    })
    .await?;
    let mut ids: Vec<String> = Vec::new();
    for entry in control.records() {
        assert_eq!(entry["record"]["decision"], "ALLOW");
        ids.push(entry["id"].as_str().context("an id")?.to_owned());
    }
    assert_eq!(ids.len(), REQUESTS);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), REQUESTS);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_call_passes_once_and_then_is_asked_about_again() -> Result<()> {
    let (upstream, control) = (Upstream::start().await?, Control::start().await?);
    let envoy = envoy(upstream.port, control.port, 0).await?;
    let mut client = Client::http1(&envoy.address).await?;
    let arguments = json!({ "to": "ACME", "amount": 5, "note": "n".repeat(5_000) });
    for round in 0..3 {
        let answer = call(&mut client, "pay", &arguments).await?.json();
        let id = format!("apr_{round}");
        assert_eq!(answer["error"]["code"], 40302, "{answer}");
        assert_eq!(answer["error"]["data"]["approval"]["id"], id.as_str());
        assert_eq!(upstream.seen().len(), round);
        control.told().desk.decide(&id, Verdict::Approved);
        let answer = call(&mut client, "pay", &arguments).await?.json();
        ensure!(answer["result"].is_object(), "{answer}");
    }
    let last = upstream.seen().pop().context("it got nothing")?;
    let sent: Value = serde_json::from_slice(&last.body.context("a body")?)?;
    assert_eq!(sent["params"]["arguments"], arguments);
    assert_eq!(control.told().desk.redeemed(), 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_call_goes_on_when_it_is_approved() -> Result<()> {
    let (upstream, control) = (Upstream::start().await?, Control::start().await?);
    let envoy = envoy(upstream.port, control.port, 60).await?;
    // One that gives up while it is held leaves nothing that would go on.
    let mut gone = Client::http1(&envoy.address).await?;
    let arguments = json!({ "to": "nobody" });
    let given_up = tokio::spawn(async move { call(&mut gone, "pay", &arguments).await });
    until("nobody asked", || control.told().desk.asked.len() == 1).await?;
    given_up.abort();
    ensure!(given_up.await.is_err(), "it was answered");
    let mut client = Client::http2(&envoy.address).await?;
    let arguments = json!({ "to": "ACME" });
    let held = tokio::spawn(async move { call(&mut client, "pay", &arguments).await });
    let asked_for = |told: &Told, id: &str| told.desk.last_id() == id;
    until("nobody asked", || asked_for(&control.told(), "apr_1")).await?;
    assert_eq!(upstream.seen().len(), 0);
    control.told().desk.decide("apr_0", Verdict::Approved);
    control.told().desk.decide("apr_1", Verdict::Approved);
    let answer = held.await??.json();
    ensure!(answer["result"].is_object(), "{answer}");
    assert_eq!(upstream.seen().len(), 1);
    let body = upstream.seen().pop().and_then(|seen| seen.body);
    let sent: Value = serde_json::from_slice(&body.context("a body")?)?;
    assert_eq!(sent["params"]["arguments"]["to"], "ACME");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_control_plane_that_answers_nothing_passes() -> Result<()> {
    let upstream = Upstream::start().await?;
    // A port that nobody listens on any more.
    let port = TcpListener::bind(("127.0.0.1", 0))
        .await?
        .local_addr()?
        .port();
    let envoy = envoy(upstream.port, port, 0).await?;
    let mut client = Client::http1(&envoy.address).await?;
    for _ in 0..3 {
        let answer = call(&mut client, "pay", &json!({})).await?.json();
        assert_eq!(answer["error"]["code"], 40302, "{answer}");
        let answer = call(&mut client, "read", &json!({})).await?.json();
        ensure!(answer["result"].is_object(), "{answer}");
    }
    assert_eq!(upstream.seen().len(), 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_envoy_that_ends_does_not_wait_for_records() -> Result<()> {
    let (upstream, control) = (Upstream::start().await?, Control::start().await?);
    control.told().refuses = usize::MAX;
    let mut envoy = envoy(upstream.port, control.port, 0).await?;
    let mut client = Client::http1(&envoy.address).await?;
    for _ in 0..20 {
        call(&mut client, "read", &json!({})).await?;
    }
    until("no batch came", || control.told().refuses < usize::MAX).await?;
    let mut admin = Client::http1(envoy.admin()).await?;
    let quit = Request::post("/quitquitquit").header("host", "admin");
    // It may be gone before it has answered.
    drop(admin.open(quit.body(request::whole(""))?).await);
    until("it stays", || !envoy.is_running()).await
}
