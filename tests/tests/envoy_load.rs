//! Many calls at once: each gets its own answer, and the filter's memory stays small.

use anyhow::{Context as _, Result, ensure};
use callgate_tests::envoy::client::{Answer, Client};
use callgate_tests::envoy::{Rig, memory, request};
use serde_json::{Value, json};

/// What a call must come to.
#[derive(Clone, Copy, Debug)]
enum Expected {
    Allowed,
    DeniedBy(&'static str),
}
use Expected::{Allowed, DeniedBy};

const MIX: [(&str, &str, Expected); 8] = [
    ("support-bot", "echo", Allowed),
    ("support-bot", "get-env", DeniedBy("block-dangerous-tools")),
    ("support-bot", "get-sum", DeniedBy("block-large-sums")),
    (
        "support-bot",
        "get-tiny-image",
        DeniedBy("allow-team-tools"),
    ),
    ("build-bot", "echo", Allowed),
    ("build-bot", "get-tiny-image", Allowed),
    (
        "build-bot",
        "get-structured-content",
        DeniedBy("allow-team-tools"),
    ),
    (
        "build-bot",
        "gzip-file-as-resource",
        DeniedBy("block-dangerous-tools"),
    ),
];

/// The `id`th call of the mix: its arguments are its own, so that a swapped answer shows.
async fn call(rig: &Rig, client: &mut Client, id: u64) -> Result<()> {
    let (agent, tool, expected) = MIX[(id % MIX.len() as u64) as usize];
    let arguments = json!({ "a": 1001, "b": id, "message": format!("call {id}") });
    let answer = client.send(rig.call(agent, id, tool, &arguments)?).await?;
    check(&answer, id, &arguments, expected).with_context(|| format!("call {id}: {agent} {tool}"))
}

fn check(answer: &Answer, id: u64, arguments: &Value, expected: Expected) -> Result<()> {
    let body = answer.json();
    ensure!(
        answer.status == 200 && body["id"] == id,
        "{} {body}",
        answer.status
    );
    // The upstream echoes the arguments' text inside a JSON string.
    let echoed = arguments.to_string();
    match expected {
        Allowed => ensure!(body["result"]["content"][0]["text"] == echoed, "{body}"),
        DeniedBy(policy) => ensure!(body["error"]["data"]["policy"] == policy, "{body}"),
    }
    Ok(())
}

fn allowed(calls: u64) -> usize {
    (0..calls)
        .filter(|id| matches!(MIX[(id % MIX.len() as u64) as usize].2, Allowed))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_calls_at_once_each_get_their_answer() -> Result<()> {
    let rig = Rig::start().await?;
    let address = &rig.envoy().address;
    let calls = (0..200).map(async |id| {
        let mut client = if id % 2 == 0 {
            Client::http1(address).await?
        } else {
            Client::http2(address).await?
        };
        call(&rig, &mut client, id).await
    });
    for outcome in join_all(calls).await {
        outcome?;
    }
    assert_eq!(rig.upstream.seen().len(), allowed(200));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_calls_on_eight_connections_have_no_wrong_answer() -> Result<()> {
    const CALLS: u64 = 10_000;
    const CONNECTIONS: u64 = 8;
    let rig = Rig::start().await?;
    let address = &rig.envoy().address;
    let connections = (0..CONNECTIONS).map(async |first| {
        let mut client = Client::http1(address).await?;
        for id in (first..CALLS).step_by(CONNECTIONS as usize) {
            call(&rig, &mut client, id).await?;
        }
        anyhow::Ok(())
    });
    for outcome in join_all(connections).await {
        outcome?;
    }
    assert_eq!(rig.upstream.seen().len(), allowed(CALLS));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_filter_stays_under_32_mib_in_every_worker() -> Result<()> {
    const LIMIT: u64 = 32 << 20;
    let rig = Rig::start().await?;
    let workers = 2;
    let address = &rig.envoy().address;
    // Sixteen connections at a time, each with the largest body there may be, so that bodies wait side by side.
    let size = (1 << 20) - request::call(0, "echo", &json!({ "message": "" })).len() - 8;
    let connections = (0..16).map(async |id| {
        let mut client = Client::http2(address).await?;
        for round in 0..8 {
            let arguments = json!({ "message": "x".repeat(size) });
            let answer = client
                .send(rig.call("support-bot", id * 8 + round, "echo", &arguments)?)
                .await?;
            ensure!(
                answer.header("x-callgate-decision") == "ALLOW",
                "{}",
                answer.status
            );
        }
        anyhow::Ok(())
    });
    for outcome in join_all(connections).await {
        outcome?;
    }
    let memories = memory::linear_memories(rig.envoy().id())?;
    assert!(memories.len() >= workers, "{memories:?}");
    assert!(memories.iter().all(|bytes| *bytes < LIMIT), "{memories:?}");
    // Bodies of one mebibyte leave a trace: these are the memories that judged them.
    assert!(
        memories.iter().any(|bytes| *bytes > 1 << 20),
        "{memories:?}"
    );
    Ok(())
}

#[test]
fn the_module_stays_under_1200_kb() -> Result<()> {
    let module = xtask::layout::Layout::of_this_tree().filter();
    let bytes = std::fs::metadata(&module)
        .with_context(|| format!("{} is missing", module.display()))?
        .len();
    assert!(bytes <= 1_200_000, "{bytes} bytes");
    Ok(())
}

/// Runs all futures side by side.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    futures_util::future::join_all(futures).await
}
