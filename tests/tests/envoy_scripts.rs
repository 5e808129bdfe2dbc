//! The scripts of the bypass corpus in a real Envoy end as they end in wasmtime, over HTTP/1.1 and HTTP/2.

use anyhow::{Result, ensure};
use callgate_tests::envoy::sending::Wire;
use callgate_tests::scenes::play_in_envoy;

/// Scripts that a real host can play.
const PLAYED: usize = 350;
/// Requests that Envoy has no patience with: more header lines than it reads.
const REFUSED_BY_ENVOY: usize = 1;

#[allow(
    clippy::print_stdout,
    reason = "how many were played is what the run is for"
)]
async fn plays(wire: Wire) -> Result<()> {
    let played = play_in_envoy(wire).await?;
    let withheld: usize = played.withheld.values().sum();
    println!(
        "{wire:?}: {} scripts alike, {} differences, {} requests refused by Envoy itself, {withheld} not played: {:?}",
        played.alike,
        played.differences.len(),
        played.refused_by_envoy,
        played.withheld,
    );
    ensure!(
        played.differences.is_empty(),
        "{}",
        played.differences.join("\n")
    );
    ensure!(played.refused_by_envoy <= REFUSED_BY_ENVOY, "{played:?}");
    ensure!(played.alike >= PLAYED, "only {} were played", played.alike);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_over_http_1() -> Result<()> {
    plays(Wire::Http1).await
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_over_http_2() -> Result<()> {
    plays(Wire::Http2).await
}
