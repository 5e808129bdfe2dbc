//! Three real Envoys share one budget and one rate: what the control plane lends is never exceeded.

use anyhow::{Result, ensure};
use callgate_release::signed::PrivateKey;
use callgate_tests::control::{self, Control};
use callgate_tests::envoy::client::Client;
use callgate_tests::envoy::request;
use callgate_tests::envoy::upstream::Upstream;
use callgate_tests::filter::policy;
use callgate_tests::releases::signed;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use xtask::envoy::Envoy;

const ENVOYS: usize = 3;
/// Connections to each.
const CLIENTS: usize = 8;
/// Calls of each connection: twice as many as may pass.
const CALLS: usize = 25;

fn plugin(spec: &Value, state: &str) -> Result<Value> {
    let key = PrivateKey::from_seed(&[9; 32]);
    let policies = [policy("ControlPolicy", spec.clone())];
    Ok(json!({
        "identity": { "source": "static", "name": "bot" },
        "run": { "source": "header", "header": "x-run" },
        "routes": [{ "path": "/mcp", "kind": "mcp", "cost": { "usd": 0.01 } }],
        "trusted_keys": [key.public().to_pem()],
        "release": serde_json::from_str::<Value>(&signed("paying", 1, &policies, &key)?)?,
        "control_plane": { "cluster": "control", "poll_ms": 100 },
        "state": state,
    }))
}

/// The reasons of refusals, and how many had each.
type Refused = BTreeMap<String, usize>;

async fn calls(address: String) -> Result<Refused> {
    let mut client = Client::http1(&address).await?;
    let mut refused = Refused::new();
    for _ in 0..CALLS {
        let mut asked = request::post(None, request::whole(request::call(1, "pay", &json!({}))))?;
        asked.headers_mut().insert("x-run", "r-1".parse()?);
        let answer = client.send(asked).await?.json();
        if answer["result"].is_object() {
            continue;
        }
        let reason = answer["error"]["data"]["reasons"][0].as_str();
        *refused
            .entry(reason.unwrap_or_default().to_owned())
            .or_default() += 1;
    }
    Ok(refused)
}

/// Calls all of them at once; gives how many calls went on, and why the others did not.
async fn storm(spec: &Value, state: &str) -> Result<(usize, Refused, u64)> {
    let (upstream, control) = (Upstream::start().await?, Control::start().await?);
    let mut envoys: Vec<Envoy> = Vec::new();
    for _ in 0..ENVOYS {
        envoys.push(control::envoy(upstream.port, control.port, plugin(spec, state)?).await?);
    }
    let mut callers = Vec::new();
    for envoy in &envoys {
        for _ in 0..CLIENTS {
            callers.push(tokio::spawn(calls(envoy.address.clone())));
        }
    }
    let mut refused = Refused::new();
    for caller in callers {
        for (reason, count) in caller.await?? {
            *refused.entry(reason).or_default() += count;
        }
    }
    let lent = control.told().lender.lent();
    Ok((upstream.seen().len(), refused, lent))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_is_shared_and_never_overspent() -> Result<()> {
    // 300 calls of a cent each, of 600 that are made.
    let spec = json!({ "run_budget": 3.0 });
    for state in ["fleet", "strict"] {
        let (passed, refused, lent) = storm(&spec, state).await?;
        let all: usize = refused.values().sum();
        ensure!(
            passed + all == ENVOYS * CLIENTS * CALLS,
            "{state}: {passed} {refused:?}"
        );
        ensure!(
            refused.len() == 1 && refused.contains_key("BUDGET_EXCEEDED"),
            "{refused:?}"
        );
        // What one has been lent and does not need lies idle there until it is given back.
        let least = if state == "strict" { 300 } else { 240 };
        ensure!((least..=300).contains(&passed), "{state}: {passed} passed");
        ensure!(lent <= 3_000_000, "{state}: {lent} were lent");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_is_shared_and_never_exceeded() -> Result<()> {
    let limit = json!({ "pay": { "max_count": 300, "window_seconds": 3_600 } });
    let (passed, refused, lent) = storm(&json!({ "rate_limits": limit }), "fleet").await?;
    ensure!(
        refused.len() == 1 && refused.contains_key("RATE_LIMITED"),
        "{refused:?}"
    );
    ensure!((240..=300).contains(&passed), "{passed} passed");
    ensure!(lent <= 300, "{lent} were lent");
    Ok(())
}
