//! A whole decision, from the bytes of a 1 KB call, by ten rules and by ten thousand; and their load.
//!
//! Each rule guards one tool; one more is for every call. Prints medians of many rounds in one
//! sitting, and how much the slowest size takes more than the fastest: the index by tool makes it little.
#![expect(clippy::disallowed_methods, reason = "it measures time")]
#![expect(clippy::expect_used, reason = "a bench ends where its data is wrong")]
#![expect(clippy::print_stdout, reason = "its result")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use callgate_engine::{Active, CompiledRelease, Explain, Scratch, decide};
use callgate_json::{Buffers, Document};
use callgate_model::{Call, Limits, State, Timestamp};
use callgate_release::{AllowCombining, Build, CelEffect, Policy, Release, Settings};

/// Policies of a release, the one for every call among them.
const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];

/// Rounds of each size, one after the other, so that a slow moment of the machine meets all of them.
const ROUNDS: usize = 200;
const DECISIONS_PER_ROUND: u32 = 200;
const LOADS: usize = 5;

/// `cel` evaluates every rule at every call: fewer rounds are enough.
const PEER_DECISIONS_PER_ROUND: usize = 20_000;

const DENY: &str = r#"identity.labels.team == "suspended" && request.kind == "tool_call""#;

fn rule(number: usize) -> String {
    format!(
        "request.tool.name != \"tool_{number}\" || (identity.labels.team == \"support\" && \
         (request.tool.args.amount <= 1000 || \"approved\" in task.labels))"
    )
}

/// A call of 1,024 bytes that the rule of its tool allows.
fn call() -> String {
    let head = r#"{"identity":{"name":"support-bot","labels":{"team":"support","region":"eu"},"groups":["agents"]},"task":{"name":"ticket-4711","labels":{"approved":"yes"},"context":{"customer_id":"cus_123","priority":"high"}},"run":{"id":"run_1"},"request":{"kind":"tool_call","method":"tools/call","path":"/mcp","tool":{"name":"tool_7","args":{"amount":4711,"customer_id":"cus_123","notify":true,"body":""#;
    let tail = r#""}}}}"#;
    let text = "The customer confirmed that the export works again. ";
    let body: String = text
        .chars()
        .cycle()
        .take(1024 - head.len() - tail.len())
        .collect();
    format!("{head}{body}{tail}")
}

fn release(policies: usize, limits: &Limits) -> Vec<u8> {
    let policy = |(name, effect, expression): (String, CelEffect, String)| {
        Policy::cel(name, effect, expression)
    };
    let deny = (
        String::from("suspended"),
        CelEffect::Deny,
        String::from(DENY),
    );
    let rules = (1..policies).map(|n| (format!("rule-{n}"), CelEffect::Allow, rule(n)));
    let policies: Vec<Policy> = std::iter::once(deny).chain(rules).map(policy).collect();
    let settings = Settings {
        allow_combining: AllowCombining::All,
        ..Settings::default()
    };
    let build = Build {
        project: "bench",
        number: 1,
        settings,
        policies: &policies,
        ..Build::default()
    };
    let text = build.to_json().into_bytes();
    assert!(Release::read(&text, limits).is_ok(), "the release is read");
    text
}

fn load(text: &[u8], limits: &Limits) -> CompiledRelease {
    let release = Release::read(text, limits).expect("a release");
    CompiledRelease::compile(release, limits).expect("that compiles")
}

/// What a host keeps from one decision to the next.
struct Host {
    limits: Limits,
    scratch: Scratch,
    buffers: Buffers,
    record: Vec<u8>,
}

impl Host {
    /// Bytes to decision; and the record as JSON where it is asked for.
    fn decide(&mut self, release: &CompiledRelease, call: &[u8], write: bool) -> bool {
        let buffers = std::mem::take(&mut self.buffers);
        let document = Document::parse_in(call, &self.limits.json, buffers).expect("JSON");
        let call = Call::read(document.root()).expect("a call");
        let mut decision = decide(
            Active::Release(release),
            &call,
            &State::EMPTY,
            Timestamp::default(),
            &mut self.scratch,
            Explain::No,
        );
        if write {
            self.record.clear();
            decision.record.write(&mut self.record);
        }
        let allowed = decision.permit().is_some();
        self.buffers = document.into_buffers();
        allowed
    }

    fn round(&mut self, release: &CompiledRelease, call: &str, write: bool) -> Duration {
        let start = Instant::now();
        for _ in 0..DECISIONS_PER_ROUND {
            assert!(self.decide(release, black_box(call.as_bytes()), write));
        }
        start.elapsed() / DECISIONS_PER_ROUND
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The same rules in `cel` 0.15: parse the call, give it the variables, evaluate all rules.
fn peer(policies: usize, call: &str) -> Duration {
    let sources = (1..policies).map(rule).chain([format!("!({DENY})")]);
    let programs: Vec<cel::Program> = sources
        .map(|source| cel::Program::compile(&source).expect("compiles"))
        .collect();
    let decide = || {
        let json: serde_json::Value = serde_json::from_str(black_box(call)).expect("JSON");
        let mut context = cel::Context::default();
        for (name, value) in json.as_object().expect("an object") {
            context
                .add_variable(name.as_str(), value)
                .expect("converts");
        }
        let holds =
            |program: &cel::Program| program.execute(&context) == Ok(cel::Value::Bool(true));
        programs.iter().all(holds)
    };
    let round = || {
        let start = Instant::now();
        assert!(decide());
        start.elapsed()
    };
    let count = (PEER_DECISIONS_PER_ROUND / policies).max(5);
    median((0..count).map(|_| round()).collect())
}

fn main() {
    let limits = Limits::default();
    let call = call();
    assert_eq!(call.len(), 1024);
    let texts = SIZES.map(|policies| release(policies, &limits));
    let releases = texts.each_ref().map(|text| load(text, &limits));
    let mut host = Host {
        scratch: Scratch::new(&limits),
        limits,
        buffers: Buffers::default(),
        record: Vec::new(),
    };
    let mut decided = SIZES.map(|_| Vec::new());
    let mut written = SIZES.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        let all = releases.iter().zip(&mut decided).zip(&mut written);
        for ((release, decided), written) in all {
            decided.push(host.round(release, &call, false));
            written.push(host.round(release, &call, true));
        }
    }
    println!("| policies | bytes to decision | and its record as JSON | `cel` 0.15 | ratio |");
    println!("|---|---|---|---|---|");
    let decided = decided.map(median);
    for ((policies, decided), written) in SIZES.into_iter().zip(decided).zip(written.map(median)) {
        let peer = peer(policies, &call);
        let ratio = peer.as_secs_f64() / decided.as_secs_f64();
        println!("| {policies} | {decided:?} | {written:?} | {peer:?} | {ratio:.0} |");
    }
    let (least, most) = (decided.iter().min(), decided.iter().max());
    let flat = most.zip(least).map_or(0.0, |(most, least)| {
        most.as_secs_f64() / least.as_secs_f64()
    });
    println!("slowest size to fastest: {flat:.3}");
    let [.., largest] = &texts;
    let loads = (0..LOADS).map(|_| {
        let start = Instant::now();
        drop(black_box(load(largest, &host.limits)));
        start.elapsed()
    });
    println!(
        "load of {} policies: {:?}",
        SIZES[3],
        median(loads.collect())
    );
}
