//! Leases under whatever comes: answers that are lost, late, repeated or nonsense, hang-ups, traps, other
//! configurations. No window has more calls than its limit, nobody spends more than a budget, and all ends.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{CalloutAnswer, Headers, Open, Process, Random, Upstream, Vm};
use callgate_tests::approving::{self, call, close, questions, start_with, written};
use callgate_tests::filter::policy;
use callgate_tests::lender::Lender;
use serde_json::{Value, json};
use std::time::Duration;

const LIMIT: usize = 20;
/// Seconds.
const WINDOW: u64 = 2;
/// In millionths of a dollar.
const BUDGET: u64 = 4_000_000;
const PROCESSES: usize = 2;
const WORKERS: usize = 2;
const STEPS: usize = 5_000;
const SEEDS: u64 = 16;

/// Gateways, and what became of their calls.
struct World {
    random: Random,
    state: &'static str,
    vms: Vec<Vm>,
    /// Those that are under way at each of them.
    open: Vec<Vec<Open>>,
    lender: Lender,
    /// Questions that reach the control plane later.
    late: Vec<(Headers, Vec<u8>)>,
    /// When calls went on.
    passed: Vec<u64>,
    /// What they cost, in millionths of a dollar.
    spent: u64,
    shown: bool,
    /// How much more often than else the control plane answers well.
    calm: usize,
}

fn configuration(state: &str, shown: bool) -> Result<Value> {
    let limits = json!({
        "rate_limits": { "pay": { "max_count": LIMIT, "window_seconds": WINDOW } },
        "run_budget": 4,
    });
    let mut plugin = approving::plugin(&[policy("ControlPolicy", limits)], 0)?;
    plugin["state"] = json!(state);
    plugin["response_headers"] = json!(shown);
    plugin["routes"][0]["cost"] = json!({ "usd": 0.01, "header": "x-cost-usd" });
    Ok(plugin)
}

impl World {
    fn new(seed: u64) -> Result<Self> {
        let state = if seed.is_multiple_of(2) {
            "fleet"
        } else {
            "strict"
        };
        let plugin = configuration(state, true)?;
        let mut vms = Vec::new();
        for _ in 0..PROCESSES {
            let process = Process::new();
            for _ in 0..WORKERS {
                vms.push(start_with(&process, &plugin)?);
            }
        }
        Ok(Self {
            random: Random::seeded(seed),
            state,
            open: vms.iter().map(|_| Vec::new()).collect(),
            vms,
            lender: Lender::default(),
            late: Vec::new(),
            passed: Vec::new(),
            spent: 0,
            shown: true,
            calm: [2, 20, 200][usize::try_from(seed % 3)?],
        })
    }

    fn now(&self) -> u64 {
        self.vms[0].process().now()
    }

    fn step(&mut self) -> Result<()> {
        let at = self.random.below(self.vms.len());
        match self.random.below(20) {
            0..=8 => self.begin(at),
            9..=12 => self.answer(at),
            13..=15 => self.wait(),
            16 => self.hang_up(at),
            17 => self.deliver_late(),
            18 if self.random.one_in(8) => self.reconfigure(at),
            19 if self.random.one_in(30) => {
                // What was under way there is lost.
                self.open[at].clear();
                Ok(self.vms[at].reload()?)
            }
            _ => self.finish(at),
        }
    }

    fn begin(&mut self, at: usize) -> Result<()> {
        let response = match self.random.below(4) {
            0 => Upstream::json("{}").header("x-cost-usd", "0.001"),
            _ => Upstream::json("{}"),
        };
        let open = self.vms[at].open(call("ann", "pay", 1).upstream(response))?;
        while self.vms[at].advance(&open)? {}
        self.open[at].push(open);
        self.finish(at)
    }

    /// Ends calls that went on or were refused; what is held stays.
    fn finish(&mut self, at: usize) -> Result<()> {
        let now = self.now();
        for open in std::mem::take(&mut self.open[at]) {
            while self.vms[at].advance(&open)? {}
            if self.vms[at].is_waiting(&open) {
                self.open[at].push(open);
                continue;
            }
            let outcome = close(&mut self.vms[at], open)?;
            if outcome.forwarded.is_some() {
                self.passed.push(now);
                let answered = outcome.response.context("it was not answered")?;
                let is_cheap = answered.headers.first("x-cost-usd").is_some();
                self.spent += if is_cheap { 1_000 } else { 10_000 };
            }
        }
        Ok(())
    }

    fn hang_up(&mut self, at: usize) -> Result<()> {
        if !self.open[at].is_empty() {
            let open = self.open[at].swap_remove(0);
            ensure!(close(&mut self.vms[at], open)?.forwarded.is_none(), "late");
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
        let most = if self.random.one_in(60) { 12_000 } else { 120 };
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
        let next = configuration(self.state, self.shown)?;
        Ok(self.vms[at].reconfigure(next.to_string())?)
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

#[test]
fn no_limit_is_exceeded_whatever_happens() -> Result<()> {
    let mut total = 0;
    for seed in 0..SEEDS {
        let mut world = World::new(seed)?;
        for _ in 0..STEPS {
            world.step().with_context(|| format!("seed {seed}"))?;
        }
        world.end().with_context(|| format!("seed {seed}"))?;
        let passed = &world.passed;
        for (number, first) in passed.iter().enumerate() {
            let window = passed[number..]
                .iter()
                .take_while(|at| **at < first + WINDOW * 1_000_000_000);
            let count = window.count();
            ensure!(count <= LIMIT, "seed {seed}: {count} in a window");
        }
        ensure!(world.spent <= BUDGET, "seed {seed}: {} spent", world.spent);
        total += passed.len();
    }
    ensure!(total > 1_000, "{total} passed: too few to tell");
    Ok(())
}
