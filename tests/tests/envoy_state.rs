//! A real Envoy counts across its workers: a cap lets exactly as many calls pass as it says.

use anyhow::{Context as _, Result, ensure};
use callgate_tests::envoy::Rig;
use callgate_tests::envoy::client::Client;
use callgate_tests::releases::extended;
use futures_util::future::join_all;
use serde_json::{Value, json};

const CAP: usize = 100;
const CONNECTIONS: usize = 16;
const CALLS: usize = 20;

/// A cap on all calls. An hour is longer than any test.
fn cap() -> Value {
    json!({
        "apiVersion": "callgate/v1", "kind": "RuleSet", "metadata": { "name": "pace" },
        "spec": { "rules": [{ "type": "rate", "name": "all", "max": CAP, "per": "hour", "by": "tenant" }] },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_and_sixteen_connections_share_one_cap() -> Result<()> {
    let rig = Rig::adapted(|bootstrap| {
        bootstrap.workers = 2;
        if let Ok(release) = extended(&bootstrap.plugin, &cap()) {
            bootstrap.plugin["release"] = release;
        }
    })
    .await?;
    let address = &rig.envoy().address;
    let connections = (0..CONNECTIONS).map(async |connection| {
        let mut client = Client::http1(address).await?;
        let mut passed = 0;
        for call in 0..CALLS {
            let id = u64::try_from(connection * CALLS + call)?;
            let message = json!({ "message": "hi" });
            let answer = client
                .send(rig.call("support-bot", id, "echo", &message)?)
                .await?;
            let body = answer.json();
            if body["result"].is_object() {
                passed += 1;
                continue;
            }
            let reason = body["error"]["data"]["reasons"][0].as_str();
            let reason = reason.with_context(|| body.to_string())?;
            ensure!(reason == "RATE_LIMITED", "{body}");
        }
        anyhow::Ok(passed)
    });
    let passed: Result<Vec<usize>> = join_all(connections).await.into_iter().collect();
    assert_eq!(passed?.iter().sum::<usize>(), CAP);
    assert_eq!(rig.upstream.seen().len(), CAP);
    Ok(())
}
