//! Leases under random traffic: several gateways and workers, answers that are late, lost, broken or doubled, clocks,
//! hang-ups and new configurations; no limit is exceeded, nothing traps, and every exchange ends.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{Callout, CalloutAnswer, Exchange, Open, Process, Random, Vm};
use callgate_tests::approving::{self, questions, start_with, written};
use callgate_tests::filter::policy;
use callgate_tests::lender::Lender;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Steps of a normal run; set it higher for a long one.
const ROUNDS: &str = "CALLGATE_FUZZ_ROUNDS";
const DEFAULT_ROUNDS: usize = 3_000;
/// Steps of one storm.
const STEPS: usize = 1_000;
/// The limit of each rate and budget, in calls.
const LIMIT: u64 = 48;
/// Seconds that a call of the rate counts.
const WINDOW: u64 = 60;
const GATEWAYS: usize = 2;
/// Workers of each.
const WORKERS: usize = 2;

fn rounds() -> usize {
    let set = std::env::var(ROUNDS).ok();
    set.and_then(|text| text.parse().ok())
        .unwrap_or(DEFAULT_ROUNDS)
}

/// `pay` is limited by a rate, and everything by the budget of its run: a cent a call.
fn plugin(state: &str, headers: bool) -> Result<Value> {
    let spec = json!({
        "rate_limits": { "pay": { "max_count": LIMIT, "window_seconds": WINDOW } },
        "run_budget": 0.48,
    });
    let mut plugin = approving::plugin(&[policy("ControlPolicy", spec)], 0)?;
    plugin["state"] = json!(state);
    plugin["response_headers"] = json!(headers);
    plugin["routes"][0]["cost"] = json!({ "usd": 0.01 });
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

struct Worker {
    vm: Vm,
    gateway: usize,
    open: Vec<Sent>,
}

/// A call that is not over.
struct Sent {
    open: Open,
    tool: &'static str,
    run: String,
    at: u64,
}

/// One storm: who there is, and what became of it.
struct Storm {
    random: Random,
    state: &'static str,
    processes: Vec<Process>,
    workers: Vec<Worker>,
    lender: Lender,
    /// Milliseconds since it began: everybody's clock.
    now: u64,
    /// Between which instants calls of the rate went on.
    paid: Vec<(u64, u64)>,
    /// Calls that went on, by run.
    spent: BTreeMap<String, u64>,
}

impl Storm {
    fn begin(seed: u64, state: &'static str) -> Result<Self> {
        let processes: Vec<Process> = (0..GATEWAYS).map(|_| Process::new()).collect();
        let mut workers = Vec::new();
        for (gateway, process) in processes.iter().enumerate() {
            for _ in 0..WORKERS {
                let vm = start_with(process, &plugin(state, true)?)?;
                let open = Vec::new();
                workers.push(Worker { vm, gateway, open });
            }
        }
        Ok(Self {
            random: Random::seeded(seed),
            state,
            processes,
            workers,
            lender: Lender::default(),
            now: 0,
            paid: Vec::new(),
            spent: BTreeMap::new(),
        })
    }

    fn step(&mut self) -> Result<()> {
        let number = self.random.below(self.workers.len());
        match self.random.below(20) {
            0..=6 => self.open(number),
            7..=11 => self.answer(number),
            12 | 13 => self.wait(),
            14 => self.workers[number].vm.run_due().map_err(Into::into),
            15 => self.configure(number),
            _ => self.hang_up(number),
        }
    }

    fn open(&mut self, number: usize) -> Result<()> {
        let run = format!("r-{}", self.random.below(2));
        let tool = if self.random.below(2) == 0 {
            "pay"
        } else {
            "read"
        };
        let exchange = call(tool, &run);
        let worker = &mut self.workers[number];
        if worker.open.len() < 8 {
            let open = worker.vm.open(exchange)?;
            let at = self.now;
            worker.open.push(Sent {
                open,
                tool,
                run,
                at,
            });
        }
        self.move_on(number)
    }

    /// Moves every exchange of a worker as far as it goes, and ends those that are over.
    fn move_on(&mut self, number: usize) -> Result<()> {
        let worker = &mut self.workers[number];
        for sent in &worker.open {
            while worker.vm.advance(&sent.open)? {}
        }
        Ok(())
    }

    /// Ends an exchange, perhaps one that is still held.
    fn hang_up(&mut self, number: usize) -> Result<()> {
        let worker = &mut self.workers[number];
        if worker.open.is_empty() {
            return Ok(());
        }
        let sent = worker
            .open
            .swap_remove(self.random.below(worker.open.len()));
        self.close(number, sent)
    }

    fn close(&mut self, number: usize, sent: Sent) -> Result<()> {
        let outcome = self.workers[number].vm.close(sent.open)?;
        ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
        if outcome.forwarded.is_none() {
            return Ok(());
        }
        *self.spent.entry(sent.run).or_default() += 1;
        if sent.tool == "pay" {
            self.paid.push((sent.at, self.now));
        }
        Ok(())
    }

    fn asked(&mut self, number: usize) -> Result<Vec<Callout>> {
        questions(&mut self.workers[number].vm)
    }

    fn answer(&mut self, number: usize) -> Result<()> {
        for batch in self.asked(number)? {
            let key = batch.headers.text("idempotency-key").unwrap_or_default();
            let kind = self.random.below(40);
            // It is done, or it never came there.
            let lent = match kind {
                0 | 1 => None,
                _ => Some(self.lender.answer(&key, &batch.body, self.now)),
            };
            let answer = match (kind, lent) {
                (2, _) => CalloutAnswer::Failed,
                (3, _) => written((200, "{\"leases\":[".to_owned())),
                (4, _) => written((503, String::new())),
                (_, Some(lent)) => written(lent),
                (_, None) => CalloutAnswer::Failed,
            };
            self.workers[number].vm.answer(batch.token, answer)?;
        }
        self.move_on(number)
    }

    fn wait(&mut self) -> Result<()> {
        let millis = [1, 50, 300, 2_000, 20_000][self.random.below(5)];
        self.now += millis;
        for process in &self.processes {
            process.advance(Duration::from_millis(millis));
        }
        for worker in &mut self.workers {
            worker.vm.run_due()?;
        }
        Ok(())
    }

    fn configure(&mut self, number: usize) -> Result<()> {
        let headers = self.random.below(2) == 0;
        let next = plugin(self.state, headers)?;
        let gateway = self.workers[number].gateway;
        match self.random.below(3) {
            // A VM that begins anew has forgotten what it asked.
            0 if self.workers[number].open.is_empty() => {
                self.workers[number].vm = start_with(&self.processes[gateway], &next)?;
            }
            _ => self.workers[number].vm.reconfigure(next.to_string())?,
        }
        Ok(())
    }

    /// Ends all, and looks whether anything was exceeded.
    fn end(mut self) -> Result<usize> {
        for number in 0..self.workers.len() {
            while let Some(sent) = self.workers[number].open.pop() {
                self.close(number, sent)?;
            }
        }
        for (run, spent) in &self.spent {
            ensure!(*spent <= LIMIT, "{run}: {spent} calls were paid for");
        }
        for (begin, _) in &self.paid {
            let end = begin + WINDOW * 1_000;
            let within = self.paid.iter();
            let within = within
                .filter(|(from, to)| from >= begin && *to < end)
                .count();
            ensure!(
                within <= usize::try_from(LIMIT)?,
                "{within} calls in a window"
            );
        }
        Ok(self.spent.values().sum::<u64>().try_into()?)
    }
}

fn storms(state: &'static str) -> Result<()> {
    let mut passed = 0;
    let count = (rounds() / STEPS).max(3);
    for seed in 0..count {
        let at = || format!("{state}, seed {seed}");
        let mut storm = Storm::begin(u64::try_from(seed)?, state).with_context(at)?;
        for step in 0..STEPS {
            let stepped = storm.step();
            stepped.with_context(|| format!("{}, step {step}", at()))?;
        }
        passed += storm.end().with_context(at)?;
    }
    ensure!(
        passed > count * 40,
        "only {passed} calls went on in {count} storms"
    );
    Ok(())
}

#[test]
fn no_limit_is_exceeded_in_a_storm() -> Result<()> {
    storms("fleet")
}

#[test]
fn no_limit_is_exceeded_when_every_call_asks() -> Result<()> {
    storms("strict")
}
