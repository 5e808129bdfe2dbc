//! Seeded random traffic through the filter: it never traps, every exchange ends, and what goes on
//! was whole, unchanged and not something that a policy denies.
use anyhow::{Context, Result, ensure};
use callgate_host_test::{Exchange, Fault, HOST_CALLS, Headers, Open, Outcome, Process, Random};
use callgate_host_test::{Status, Upstream, Vm, When};
use callgate_tests::approving;
use callgate_tests::bypass::{Case, Request, cases, shared};
use callgate_tests::filter::{MEMORY_CEILING, exchange, start, worker};
use std::time::Duration;

/// Exchanges of a normal run; set it higher for a long one.
const ROUNDS: &str = "CALLGATE_FUZZ_ROUNDS";
const DEFAULT_ROUNDS: usize = 3_000;
/// Longest body that is mutated, in bytes.
const LONGEST: usize = 4_096;

fn rounds() -> usize {
    let set = std::env::var(ROUNDS).ok();
    set.and_then(|text| text.parse().ok())
        .unwrap_or(DEFAULT_ROUNDS)
}

/// The corpus' requests that meet the shared gateway: what mutations begin with.
fn seeds() -> Result<Vec<Case>> {
    let mut all = cases()?;
    let config = shared()?;
    all.retain(|case| {
        let length = case.request.body.as_ref().map_or(0, Vec::len);
        case.config == config && case.host_failures.is_empty() && length <= LONGEST
    });
    Ok(all)
}

const SNIPPETS: [&[u8]; 18] = [
    b"\"name\":\"delete_issue\",",
    b"\"method\":\"tools/call\",",
    b"\"Name\":\"x\",",
    b"\\u006e",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\0",
    b"[",
    b"{",
    b"}",
    b"]",
    b",",
    b"\"",
    b"1e400",
    b"-0",
    b"\\ud800",
    b"9007199254740993",
    b"\n",
];

fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..random.below(4) {
        let at = random.below(bytes.len() + 1);
        match random.below(4) {
            0 => {
                let snippet = random.pick(&SNIPPETS).copied().unwrap_or_default();
                bytes.splice(at..at, snippet.iter().copied());
            }
            1 if at < bytes.len() => {
                bytes.remove(at);
            }
            2 => {
                let end = at + random.below(bytes.len() - at + 1);
                let piece = bytes.get(at..end).unwrap_or_default().to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
}

fn mutate_headers(random: &mut Random, request: &mut Request) {
    if random.one_in(3) {
        let at = random.below(request.headers.len().max(1));
        if let Some((_, value)) = request.headers.get_mut(at) {
            mutate(random, value);
        }
    }
    if random.one_in(8) {
        let at = random.below(request.headers.len().max(1));
        if let Some(line) = request.headers.get(at).cloned() {
            request.headers.push(line);
        }
    }
    if random.one_in(8) {
        mutate(random, &mut request.path);
    }
    if random.one_in(16) {
        mutate(random, &mut request.method);
    }
}

struct Sent {
    request: Request,
    exchange: Exchange,
}

fn sent(random: &mut Random, seeds: &[Case]) -> Result<Sent> {
    let mut request = random.pick(seeds).context("no seeds")?.request.clone();
    if let Some(body) = &mut request.body {
        mutate(random, body);
    }
    mutate_headers(random, &mut request);
    let mut exchange = Exchange::new(&request.method, &request.path);
    for (name, value) in &request.headers {
        exchange = exchange.header(name, value);
    }
    if let Some(body) = &request.body {
        exchange = exchange.chunks(random.split(body));
    }
    if random.one_in(3) {
        exchange = exchange.trailers(Headers::new().with("x-t", "1"));
    } else if random.one_in(3) {
        exchange = exchange.empty_last_chunk();
    }
    let upstream = Upstream::json("{}").chunks(random.split(b"{\"result\":{}}"));
    Ok(Sent {
        request,
        exchange: exchange.upstream(upstream),
    })
}

/// What a lenient server would do with the bytes: does it delete?
fn deletes(body: &[u8]) -> bool {
    let read: Result<serde_json::Value, _> = serde_json::from_slice(body);
    read.is_ok_and(|message| {
        let name = message["params"]["name"].as_str();
        message["method"] == "tools/call" && name == Some("delete_issue")
    })
}

fn check(outcome: &Outcome, request: &Request) -> Result<()> {
    ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
    let Some(went) = &outcome.forwarded else {
        ensure!(
            outcome.response.is_some(),
            "it neither went on nor was answered"
        );
        return Ok(());
    };
    // Where a response is looked at, a host that fails then leaves the filter to answer.
    if let Some(reply) = &outcome.reply {
        ensure!(reply.status == 503, "forwarded and answered: {reply:?}");
    }
    // What passes unjudged goes on as it comes, until a host that fails to strip its trailers ends it.
    let passes = request.path.starts_with(b"/health");
    let cut = passes && outcome.reply.is_some();
    ensure!(went.complete || cut, "a head went on without its end");
    let body = request.body.as_deref().unwrap_or_default();
    ensure!(went.body == body, "the body changed");
    ensure!(passes || !deletes(body), "a denied call went on");
    Ok(())
}

#[test]
fn random_requests_in_random_pieces_end_and_stay_judged() -> Result<()> {
    let seeds = seeds()?;
    let mut vm = start(&seeds.first().context("no seeds")?.config)?;
    let mut random = Random::seeded(7);
    let mut forwarded = 0;
    for round in 0..rounds() {
        let sent = sent(&mut random, &seeds)?;
        let outcome = vm.exchange(sent.exchange);
        let outcome = outcome.with_context(|| format!("round {round}: {:?}", sent.request))?;
        forwarded += usize::from(outcome.forwarded.is_some());
        check(&outcome, &sent.request)
            .with_context(|| format!("round {round}: {:?}", sent.request))?;
    }
    ensure!(
        forwarded > 0,
        "nothing was ever forwarded: the test proves nothing"
    );
    ensure!(vm.memory_bytes() < MEMORY_CEILING, "{}", vm.memory_bytes());
    Ok(())
}

#[test]
fn streams_interleaved_in_one_vm_do_not_mix() -> Result<()> {
    let seeds = seeds()?;
    let mut vm = start(&seeds.first().context("no seeds")?.config)?;
    let mut random = Random::seeded(8);
    let mut open: Vec<(Open, Request)> = Vec::new();
    for round in 0..rounds() {
        if open.len() < 6 {
            let sent = sent(&mut random, &seeds)?;
            open.push((vm.open(sent.exchange)?, sent.request));
        }
        let at = random.below(open.len());
        let Some((stream, _)) = open.get(at) else {
            continue;
        };
        if vm.advance(stream)? {
            continue;
        }
        let (stream, request) = open.swap_remove(at);
        let outcome = vm.close(stream)?;
        check(&outcome, &request).with_context(|| format!("round {round}: {request:?}"))?;
        vm.process().advance(Duration::from_millis(1));
    }
    for (stream, request) in open {
        check(&vm.close(stream)?, &request)?;
    }
    Ok(())
}

fn fault(random: &mut Random) -> Option<Fault> {
    let status = *random.pick(&Status::FAILURES)?;
    let call = *random.pick(&HOST_CALLS)?;
    let index = random.draw() % 12;
    let when = match random.below(3) {
        0 => When::Index(index),
        1 => When::Nth(call, index % 3),
        _ => When::Every(call),
    };
    Some(Fault { when, status })
}

#[test]
fn a_failing_host_never_traps_it_and_lets_nothing_denied_through() -> Result<()> {
    let seeds = seeds()?;
    let mut vm = start(&seeds.first().context("no seeds")?.config)?;
    let mut random = Random::seeded(9);
    for round in 0..rounds() {
        vm.clear_faults();
        for _ in 0..random.below(3) {
            if let Some(fault) = fault(&mut random) {
                vm.inject(fault);
            }
        }
        let sent = sent(&mut random, &seeds)?;
        let outcome = vm.exchange(sent.exchange);
        let at = || format!("round {round}: {:?}", sent.request);
        let outcome = outcome.with_context(at)?;
        if outcome.forwarded.is_some() {
            check(&outcome, &sent.request).with_context(at)?;
        }
    }
    Ok(())
}

const CALLBACKS: [(&str, usize); 16] = [
    ("proxy_on_context_create", 2),
    ("proxy_on_configure", 2),
    ("proxy_on_vm_start", 2),
    ("proxy_on_request_headers", 3),
    ("proxy_on_request_body", 3),
    ("proxy_on_request_trailers", 2),
    ("proxy_on_response_headers", 3),
    ("proxy_on_response_body", 3),
    ("proxy_on_response_trailers", 2),
    ("proxy_on_tick", 1),
    ("proxy_on_queue_ready", 2),
    ("proxy_on_http_call_response", 5),
    ("proxy_on_log", 1),
    ("proxy_on_done", 1),
    ("proxy_on_delete", 1),
    ("proxy_on_memory_allocate", 0),
];

/// Small numbers hit live contexts and lengths; the others are the corners.
fn word(random: &mut Random) -> u32 {
    let corners = [0, 1, u32::MAX, 1 << 31, 1 << 20];
    match random.below(4) {
        0 => random.pick(&corners).copied().unwrap_or(0),
        _ => u32::try_from(random.below(12)).unwrap_or(0),
    }
}

fn any_callback(vm: &mut Vm, random: &mut Random) -> Result<()> {
    let (name, words) = random.pick(&CALLBACKS).copied().unwrap_or_default();
    if words > 0 {
        let words: Vec<u32> = (0..words).map(|_| word(random)).collect();
        vm.callback(name, &words)
            .with_context(|| format!("{name}{words:?}"))?;
    }
    Ok(())
}

#[test]
fn callbacks_in_any_order_with_any_arguments_never_trap() -> Result<()> {
    let seeds = seeds()?;
    let config = &seeds.first().context("no seeds")?.config;
    let mut random = Random::seeded(10);
    for round in 0..rounds() / 20 {
        let mut vm = start(config)?;
        for _ in 0..20 {
            any_callback(&mut vm, &mut random).with_context(|| format!("round {round}"))?;
        }
    }
    Ok(())
}

#[test]
fn callbacks_in_any_order_around_what_is_held_let_nothing_through() -> Result<()> {
    let mut random = Random::seeded(12);
    for round in 0..rounds() / 20 {
        let mut plugin = approving::plugin(&[approving::control()], 3)?;
        plugin["audit"] = serde_json::json!({ "executions": true });
        let mut vm = worker(&Process::new(), &plugin)?;
        let open = vm.open(approving::pay())?;
        while vm.advance(&open)? {}
        for _ in 0..20 {
            any_callback(&mut vm, &mut random).with_context(|| format!("round {round}"))?;
        }
        ensure!(
            vm.close(open)?.forwarded.is_none(),
            "round {round}: it went on"
        );
    }
    Ok(())
}

/// Exchanges of the soak: a leak of a few bytes each would need another page.
const SOAK: usize = 10_000;

#[test]
fn memory_stays_where_the_first_exchanges_left_it() -> Result<()> {
    let seeds = seeds()?;
    let mut vm = start(&seeds.first().context("no seeds")?.config)?;
    let exchanges: Vec<Exchange> = ["W08-known-length-passes", "W04-escaped-tool-name"]
        .iter()
        .filter_map(|id| seeds.iter().find(|case| case.id == *id))
        .map(|case| exchange(&case.request))
        .collect();
    ensure!(exchanges.len() == 2, "the corpus has other cases now");
    let mut settled = 0;
    for round in 0..SOAK {
        for exchange in &exchanges {
            vm.exchange(exchange.clone())?;
        }
        if round == SOAK / 20 {
            settled = vm.memory_bytes();
        }
    }
    assert_eq!(vm.memory_bytes(), settled);
    Ok(())
}
