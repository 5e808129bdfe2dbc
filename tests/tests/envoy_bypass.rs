//! The bypass corpus through a real Envoy in front of real MCP servers: nothing that must not go on does.

use anyhow::{Result, ensure};
use callgate_tests::parity::{Fared, bypass_before};
use xtask::layout::Layout;
use xtask::mcp::Server;

/// Cases that are sent and must not go on.
const ATTACKS: usize = 430;
/// Twins that are sent and must go on.
const TWINS: usize = 60;

#[allow(
    clippy::print_stdout,
    reason = "how many were sent is what the run is for"
)]
fn holds(fared: &Fared) -> Result<()> {
    println!("{fared:?}");
    ensure!(
        fared.differences.is_empty(),
        "{}",
        fared.differences.join("\n")
    );
    ensure!(fared.attacks_forwarded == 0, "{fared:?}");
    ensure!(fared.attacks >= ATTACKS, "only {} were sent", fared.attacks);
    let twins = fared.alike + fared.refused_as_one_line + fared.refused_by_envoy - fared.attacks;
    ensure!(twins >= TWINS, "only {twins} twins");
    Ok(())
}

/// What the server says when the deny rules of the corpus were led around.
const HARM: [&str; 3] = [
    "called delete_issue",
    "called refund True",
    "called comment True",
];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_reaches_a_server_of_the_python_package() -> Result<()> {
    let server = Server::start_python(&Layout::of_this_tree())?;
    holds(&bypass_before(&server).await?)?;
    let log = server.log();
    let harm = HARM.iter().find(|harm| log.contains(**harm));
    ensure!(harm.is_none(), "{harm:?}: {log}");
    // It does run what comes through.
    ensure!(log.contains("called get_issue"), "{log}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_reaches_the_reference_server() -> Result<()> {
    let server = Server::start(&Layout::of_this_tree())?;
    holds(&bypass_before(&server).await?)
}
