//! What the filter costs in a real Envoy: processor time of a request, beside what else could stand in its place,
//! all in one process and in turn, so that a machine that drifts drifts for all.

mod chain;
mod peer;

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::envoy::Envoy;
use crate::layout::Layout;
use crate::process::Scratch;
use crate::{say, setup, wasm};
use chain::{Chain, chains};
use peer::{Client, Server};

/// Rounds, in each of which every chain has its turn.
const ROUNDS: usize = 41;
/// Requests of a turn on each connection.
const REQUESTS: u32 = 100;
/// Turns before the first that counts: a machine that had nothing to do needs seconds to get up to its speed, and V8
/// compiles a function for speed only after thousands of calls.
const WARM: u32 = 30;
/// Lengths of the arguments' longest text: calls of 263 bytes and of 8.2 KB.
const SIZES: [usize; 2] = [263, 8_400];

/// Builds the filter, runs all chains, and prints the table.
pub fn run(layout: &Layout) -> Result<()> {
    setup::run(layout)?;
    let module = wasm::build(layout)?;
    let scratch = Scratch::new(&layout.products())?;
    let idle = scratch.path().join("idle.wasm");
    fs::write(&idle, wat::parse_str(include_str!("envoy/idle.wat"))?)?;
    let server = Server::start()?;
    let release = chain::release(layout, scratch.path())?;
    let chains = chains(&module, &idle, &release)?;
    let bootstrap = chain::bootstrap(&chains, server.port());
    say::step("bench: chains of filters in Envoy, in turn");
    let envoy = Envoy::start_with(layout, &bootstrap, 1)?;
    for size in SIZES {
        let body = call(size);
        let rows = measure(&envoy, &chains, &body)?;
        println!("{}", table(&rows, body.len()));
    }
    Ok(())
}

/// A call whose body is as long as asked for.
fn call(length: usize) -> String {
    let with = |text: &str| {
        let arguments = json!({ "title": "A question", "amount": 12, "text": text });
        let params = json!({ "name": "create_issue", "arguments": arguments });
        json!({ "jsonrpc": "2.0", "id": 17, "method": "tools/call", "params": params }).to_string()
    };
    let more = length.saturating_sub(with("").len());
    let words = "all of this is text that somebody wrote; ";
    with(&words.chars().cycle().take(more).collect::<String>())
}

/// What a chain came to.
struct Row<'c> {
    chain: &'c Chain,
    /// Microseconds of Envoy's processor time for a request, of each round.
    busy: Vec<f64>,
    /// Requests in a second, of each round.
    rate: Vec<f64>,
}

fn measure<'c>(envoy: &Envoy, chains: &'c [Chain], body: &str) -> Result<Vec<Row<'c>>> {
    let mut rows = Vec::new();
    let mut clients = Vec::new();
    for chain in chains {
        let address = envoy.listener(chain.name)?;
        let mut client = Client::connect(&address, body)?;
        client
            .send(REQUESTS * WARM)
            .with_context(|| chain.name.to_owned())?;
        clients.push(client);
        rows.push(Row {
            chain,
            busy: Vec::new(),
            rate: Vec::new(),
        });
    }
    for _ in 0..ROUNDS {
        for (row, client) in rows.iter_mut().zip(&mut clients) {
            let before = processor_time(envoy.id())?;
            let took = client.send(REQUESTS)?;
            let busy = processor_time(envoy.id())?.saturating_sub(before);
            let count = f64::from(REQUESTS * client.at_once());
            row.busy.push(busy as f64 / 1e3 / count);
            row.rate.push(count / took.as_secs_f64());
        }
    }
    Ok(rows)
}

/// Nanoseconds that all threads of a process have run, as the scheduler counts them.
fn processor_time(process: u32) -> Result<u64> {
    let mut sum = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread may end meanwhile; then it has run before.
        let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) else {
            continue;
        };
        let first = text.split_ascii_whitespace().next();
        sum += first
            .and_then(|text| text.parse::<u64>().ok())
            .context("schedstat")?;
    }
    ensure!(
        sum > 0,
        "this kernel does not count the time of threads (CONFIG_SCHEDSTATS)"
    );
    Ok(sum)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// How much of another chain's time a chain needs: the median of the rounds, in each of which both had their turn.
fn share(busy: &[f64], of: &[f64]) -> f64 {
    let rounds = busy.iter().zip(of);
    median(rounds.map(|(busy, of)| busy / of).collect())
}

fn table(rows: &[Row<'_>], length: usize) -> String {
    let nothing = rows.first().map_or(0.0, |row| median(row.busy.clone()));
    let native = rows.iter().find(|row| row.chain.is_peer);
    let native = native.map_or(&[][..], |row| &row.busy);
    let mut lines = vec![format!(
        "tools/call of {length} bytes: µs of Envoy's processor time a request (more than without a filter), \
         requests a second, of native mcp + RBAC in the same round"
    )];
    for row in rows {
        let busy = median(row.busy.clone());
        lines.push(format!(
            "{:<42} {:>6.1} ({:>+6.1}) {:>8.0} {:>5.0} %",
            row.chain.about,
            busy,
            busy - nothing,
            median(row.rate.clone()),
            share(&row.busy, native) * 100.0,
        ));
    }
    lines.join("\n")
}
