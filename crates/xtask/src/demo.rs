//! The demo: a real agent's tool calls through a real Envoy, and a table of what was decided and why.

pub mod table;

use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::envoy::bootstrap::{KEY_HEADER, TASK_TOKEN_HEADER};
use crate::example::{self, Front, Gateway};
use crate::layout::Layout;
use crate::mcp::Client;
use crate::{say, setup, wasm};

/// How often the demo looks whether Envoy still runs.
const LOOK: Duration = Duration::from_millis(200);

/// Builds everything, makes the example's calls and prints the table; then serves until it is stopped.
pub fn run(layout: &Layout, once: bool) -> Result<()> {
    setup::run(layout)?;
    wasm::build(layout)?;
    example::build(layout)?;
    say::step("gateway: Envoy with the filter, a real MCP server behind it");
    let gateway = Gateway::start(layout)?;
    say::step("calls: the Python `mcp` client, as several agents at once");
    let rows = gateway.run_calls(layout, Client::Python)?;
    println!("{}", table::render(&rows));
    let wrong = rows.iter().filter(|row| !row.is_expected()).count();
    println!(
        "{} calls decided, {} as expected, {wrong} not",
        rows.len(),
        rows.len() - wrong
    );
    if wrong > 0 {
        bail!(
            "{wrong} decisions are not the expected ones; Envoy's log:\n{}",
            gateway.front.envoy.log()
        );
    }
    if once { Ok(()) } else { serve(gateway) }
}

fn serve(gateway: Gateway) -> Result<()> {
    // The server stays bound so that it lives as long as the front.
    let Gateway {
        mut front,
        server: _server,
    } = gateway;
    println!("\nThe gateway keeps running; Ctrl-C ends it.");
    println!("  MCP endpoint   {}", front.envoy.url("/mcp"));
    println!("  Envoy's admin  http://{}", front.envoy.admin());
    println!(
        "  configuration  {}",
        front.envoy.folder().join("envoy.json").display()
    );
    for (agent, key) in &front.keys {
        println!("  {agent:<14} {KEY_HEADER}: {key}");
    }
    println!("  a task session is a signed token in `{TASK_TOKEN_HEADER}`");
    until_stopped(&mut front)
}

/// Returns on Ctrl-C, so that both processes and their folders are cleared away by their handles.
fn until_stopped(front: &mut Front) -> Result<()> {
    let (stop, stopped) = mpsc::channel();
    ctrlc::set_handler(move || {
        // A second signal finds the receiver gone: the end is already under way.
        let _ = stop.send(());
    })?;
    while stopped.recv_timeout(LOOK).is_err() {
        if !front.envoy.is_running() {
            bail!("Envoy ended by itself\n{}", front.envoy.log());
        }
    }
    Ok(())
}
