//! Leases under whatever comes: answers that are lost, late, repeated or nonsense, hang-ups, traps, other
//! configurations. No window has more calls than its limit, nobody spends more than a budget, and all ends.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{CalloutAnswer, Exchange, Headers, Open, Process, Random, Upstream, Vm};
use callgate_tests::approving::{self, close, questions, written};
use callgate_tests::filter::{policy, worker};
use callgate_tests::lender::Lender;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Steps of a normal run; set it higher for a long one.
const ROUNDS: &str = "CALLGATE_FUZZ_ROUNDS";

const LIMIT: usize = 20;
/// In millionths of a dollar, of each run.
const BUDGET: u64 = 400_000;
/// Steps after which other runs begin: those before have nothing left.
const RUN_STEPS: usize = 500;
const PROCESSES: usize = 2;
const WORKERS: usize = 2;
const STEPS: usize = 5_000;
const SEEDS: usize = 24;

/// Gateways, and what became of their calls.
struct World {
    random: Random,
    state: &'static str,
    /// How long a call counts for the rate, in seconds.
    window: u64,
    vms: Vec<Vm>,
    /// Those that are under way at each of them.
    open: Vec<Vec<Sent>>,
    lender: Lender,
    /// Questions that reach the control plane later.
    late: Vec<(Headers, Vec<u8>)>,
    /// When calls of the rate went on.
    passed: Vec<u64>,
    /// What each run cost, in millionths of a dollar.
    spent: BTreeMap<String, u64>,
    steps: usize,
    shown: bool,
    /// How much more often than else the control plane answers well.
    calm: usize,
}

/// A call that is not over.
struct Sent {
    open: Open,
    /// Whether the rate counts it.
    pays: bool,
    run: String,
}

/// `pay` is limited by a rate, and everything by the budget of its run.
fn configuration(state: &str, window: u64, shown: bool) -> Result<Value> {
    let limits = json!({
        "rate_limits": { "pay": { "max_count": LIMIT, "window_seconds": window } },
        "run_budget": BUDGET as f64 / 1e6,
    });
    let mut plugin = approving::plugin(&[policy("ControlPolicy", limits)], 0)?;
    plugin["state"] = json!(state);
    plugin["response_headers"] = json!(shown);
    plugin["routes"][0]["cost"] = json!({ "usd": 0.01, "header": "x-cost-usd" });
    Ok(plugin)
}

fn call(tool: &str, run: &str) -> Exchange {
    let params = json!({ "name": tool, "arguments": {} });
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    Exchange::post("/mcp")
        .header("mcp-protocol-version", "2025-06-18")
        .header("x-agent", "ann")
        .header("x-run", run)
        .body(body.to_string())
}

impl World {
    fn new(seed: usize) -> Result<Self> {
        let state = ["fleet", "strict"][seed % 2];
        let window = [2, 60][seed / 2 % 2];
        let plugin = configuration(state, window, true)?;
        let mut vms = Vec::new();
        for _ in 0..PROCESSES {
            let process = Process::new();
            for _ in 0..WORKERS {
                vms.push(worker(&process, &plugin)?);
            }
        }
        Ok(Self {
            random: Random::seeded(u64::try_from(seed)?),
            state,
            window,
            open: vms.iter().map(|_| Vec::new()).collect(),
            vms,
            lender: Lender::default(),
            late: Vec::new(),
            passed: Vec::new(),
            spent: BTreeMap::new(),
            steps: 0,
            shown: true,
            calm: [2, 20, 200][seed % 3],
        })
    }

    fn now(&self) -> u64 {
        self.vms[0].process().now()
    }

    fn step(&mut self) -> Result<()> {
        self.steps += 1;
        let at = self.random.below(self.vms.len());
        match self.random.below(20) {
            0..=8 => self.begin(at),
            9..=12 => self.answer(at),
            13..=15 => self.wait(),
            16 => self.hang_up(at),
            17 => self.deliver_late(),
            18 if self.random.one_in(8) => self.reconfigure(at),
            19 if self.random.one_in(30) => self.replace(at),
            _ => self.finish(at),
        }
    }

    fn begin(&mut self, at: usize) -> Result<()> {
        let response = match self.random.below(4) {
            0 => Upstream::json("{}").header("x-cost-usd", "0.001"),
            _ => Upstream::json("{}"),
        };
        let run = self.steps / RUN_STEPS * 2 + self.random.below(2);
        let run = format!("r-{run}");
        let pays = self.random.below(2) == 0;
        let exchange = call(if pays { "pay" } else { "read" }, &run).upstream(response);
        let open = self.vms[at].open(exchange)?;
        self.open[at].push(Sent { open, pays, run });
        self.finish(at)
    }

    /// Ends calls that went on or were refused; what is held stays.
    fn finish(&mut self, at: usize) -> Result<()> {
        let now = self.now();
        for sent in std::mem::take(&mut self.open[at]) {
            while self.vms[at].advance(&sent.open)? {}
            if self.vms[at].is_waiting(&sent.open) {
                self.open[at].push(sent);
                continue;
            }
            let outcome = close(&mut self.vms[at], sent.open)?;
            if outcome.forwarded.is_some() {
                let answered = outcome.response.context("it was not answered")?;
                let is_cheap = answered.headers.first("x-cost-usd").is_some();
                let cost = if is_cheap { 1_000 } else { 10_000 };
                *self.spent.entry(sent.run).or_default() += cost;
                self.passed.extend(sent.pays.then_some(now));
            }
        }
        Ok(())
    }

    fn hang_up(&mut self, at: usize) -> Result<()> {
        if !self.open[at].is_empty() {
            let sent = self.open[at].swap_remove(0);
            let outcome = close(&mut self.vms[at], sent.open)?;
            ensure!(outcome.forwarded.is_none(), "late");
        }
        Ok(())
    }

    fn lent(&mut self, headers: &Headers, body: &[u8]) -> Result<CalloutAnswer> {
        let key = headers.text("idempotency-key").context("no key")?;
        let now = self.now() / 1_000_000;
        Ok(written(self.lender.answer(&key, body, now)))
    }

    fn answer(&mut self, at: usize) -> Result<()> {
        for batch in questions(&mut self.vms[at])? {
            let kinds = 8 + self.calm;
            let answer = match self.random.below(kinds) {
                0 => CalloutAnswer::Failed,
                1 => {
                    // It arrives there later, when nobody waits for it any more.
                    self.late.push((batch.headers.clone(), batch.body.clone()));
                    CalloutAnswer::Failed
                }
                2 => {
                    self.lent(&batch.headers, &batch.body)?;
                    CalloutAnswer::Failed
                }
                3 => {
                    self.lent(&batch.headers, &batch.body)?;
                    let status = [400, 404, 408, 429, 500, 503][self.random.below(6)];
                    written((status, String::new()))
                }
                4 => written((200, "{".to_owned())),
                5 if self.random.one_in(4) => continue,
                _ => self.lent(&batch.headers, &batch.body)?,
            };
            self.vms[at].answer(batch.token, answer)?;
        }
        self.finish(at)
    }

    fn deliver_late(&mut self) -> Result<()> {
        if let Some((headers, body)) = self.late.pop() {
            self.lent(&headers, &body)?;
        }
        Ok(())
    }

    fn wait(&mut self) -> Result<()> {
        let often = 60 * usize::try_from(self.window)?;
        let most = if self.random.one_in(60) {
            12_000
        } else {
            often
        };
        let by = Duration::from_millis(self.random.below(most) as u64);
        for at in (0..self.vms.len()).step_by(WORKERS) {
            self.vms[at].process().advance(by);
        }
        for at in 0..self.vms.len() {
            self.vms[at].run_due()?;
            self.finish(at)?;
        }
        Ok(())
    }

    fn reconfigure(&mut self, at: usize) -> Result<()> {
        self.shown = !self.shown;
        let next = configuration(self.state, self.window, self.shown)?;
        Ok(self.vms[at].reconfigure(next.to_string())?)
    }

    /// A VM that begins anew, after a trap or as another one, has forgotten what it asked; what was under way
    /// there is lost.
    fn replace(&mut self, at: usize) -> Result<()> {
        self.open[at].clear();
        if self.random.one_in(2) {
            return Ok(self.vms[at].reload()?);
        }
        let process = self.vms[at].process().clone();
        self.vms[at] = worker(
            &process,
            &configuration(self.state, self.window, self.shown)?,
        )?;
        Ok(())
    }

    /// Without any answer everything ends.
    fn end(&mut self) -> Result<()> {
        for _ in 0..400 {
            for at in (0..self.vms.len()).step_by(WORKERS) {
                self.vms[at].process().advance(Duration::from_millis(250));
            }
            for at in 0..self.vms.len() {
                self.vms[at].run_due()?;
                self.finish(at)?;
            }
        }
        ensure!(self.open.iter().all(Vec::is_empty), "something is held");
        Ok(())
    }
}

/// Plays a world; gives how many calls went on.
fn play(seed: usize) -> Result<usize> {
    let mut world = World::new(seed)?;
    for step in 0..STEPS {
        world.step().with_context(|| format!("step {step}"))?;
    }
    world.end()?;
    let passed = &world.passed;
    for (number, first) in passed.iter().enumerate() {
        let end = first + world.window * 1_000_000_000;
        let window = passed[number..].iter().take_while(|at| **at < end);
        let count = window.count();
        ensure!(count <= LIMIT, "{count} in a window");
    }
    for (run, spent) in &world.spent {
        ensure!(*spent <= BUDGET, "{run}: {spent} spent");
    }
    Ok(passed.len())
}

#[test]
fn no_limit_is_exceeded_whatever_happens() -> Result<()> {
    let rounds = std::env::var(ROUNDS).ok();
    let rounds: Option<usize> = rounds.and_then(|text| text.parse().ok());
    let seeds = rounds.map_or(SEEDS, |rounds| (rounds / STEPS).max(SEEDS));
    let mut total = 0;
    for seed in 0..seeds {
        total += play(seed).with_context(|| format!("seed {seed}"))?;
    }
    ensure!(total > seeds * 10, "{total} passed: too few to tell");
    Ok(())
}
