//! The wasmtime host keeps Envoy's rules: the same probe sees the same callbacks in both.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use callgate_host_test::{Exchange, Headers, Module, Options, Upstream as Answers, Vm};
use callgate_tests::envoy::client::{Answer, Client};
use callgate_tests::envoy::request;
use callgate_tests::envoy::upstream::Upstream;
use hyper::body::Frame;
use hyper::header::HeaderValue;
use hyper::{HeaderMap, Request};
use tokio::task::JoinHandle;
use xtask::envoy::Envoy;
use xtask::envoy::bootstrap::{Authentication, Bootstrap};
use xtask::layout::Layout;
use xtask::process::Scratch;

const PRELUDE: &str = include_str!("../../host-test/tests/probes/prelude.wat");
const RECORDER: &str = include_str!("../../host-test/tests/probes/recorder.wat");

/// One request; `mode` tells the probe what to do with it (see `recorder.wat`).
struct Scenario {
    mode: &'static str,
    pieces: &'static [&'static str],
    trailers: bool,
    http2: bool,
}

const fn scenario(mode: &'static str, pieces: &'static [&'static str]) -> Scenario {
    Scenario {
        mode,
        pieces,
        trailers: false,
        http2: true,
    }
}

const fn http1(scenario: Scenario) -> Scenario {
    Scenario {
        http2: false,
        ..scenario
    }
}

const fn trailers(scenario: Scenario) -> Scenario {
    Scenario {
        trailers: true,
        ..scenario
    }
}

const TWO: &[&str] = &["hello", "world"];

const SCENARIOS: [Scenario; 20] = [
    scenario("p", TWO),
    http1(scenario("p", TWO)),
    trailers(scenario("p", TWO)),
    trailers(scenario("p", &["hello"])),
    scenario("c", TWO),
    trailers(scenario("c", TWO)),
    scenario("d", &[]),
    http1(scenario("d", &[])),
    scenario("d", TWO),
    scenario("n", &[]),
    scenario("b", TWO),
    scenario("e", TWO),
    http1(scenario("e", TWO)),
    trailers(scenario("e", TWO)),
    scenario("f", TWO),
    trailers(scenario("f", TWO)),
    scenario("g", TWO),
    scenario("a", TWO),
    scenario("r", TWO),
    scenario("s", TWO),
];

/// What can be seen of one scenario from outside and from inside.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    trace: Vec<String>,
    status: u16,
    upstream: Option<Vec<u8>>,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recorder_sees_the_same_in_both_hosts() -> Result<()> {
    let module = wat::parse_str(format!("(module\n{PRELUDE}\n{RECORDER})"))?;
    let real = Real::start(&module).await?;
    let mut vm = Vm::start(&Module::load(&module)?, "{}", Options::default())?;
    for scenario in &SCENARIOS {
        let name = || {
            let Scenario {
                mode,
                pieces,
                trailers,
                http2,
            } = scenario;
            format!("mode {mode}, {pieces:?}, trailers {trailers}, HTTP/2 {http2}")
        };
        let envoy = real.play(scenario).await.with_context(name)?;
        let hosted = hosted(&mut vm, scenario).with_context(name)?;
        ensure!(
            hosted == envoy,
            "{}\nhosted {hosted:#?}\nEnvoy {envoy:#?}",
            name()
        );
    }
    Ok(())
}

fn hosted(vm: &mut Vm, scenario: &Scenario) -> Result<Seen> {
    let pieces = scenario
        .pieces
        .iter()
        .map(|piece| piece.as_bytes().to_vec());
    let mut exchange = Exchange::new("POST", "/mcp")
        .header("x-mode", scenario.mode)
        .chunks(pieces.collect());
    if scenario.trailers {
        exchange = exchange.trailers(Headers::new().with("x-t", "1"));
    } else if !scenario.pieces.is_empty() {
        exchange = exchange.empty_last_chunk();
    }
    let outcome = vm.exchange(exchange.upstream(Answers::json("{}").empty_last_chunk()))?;
    let trace = outcome.logs.iter().filter_map(|line| normal(&line.message));
    let whole = outcome.forwarded.as_ref().filter(|sent| sent.complete);
    Ok(Seen {
        trace: trace.collect(),
        status: u16::try_from(outcome.status().context("no response")?)?,
        upstream: whole.map(|sent| sent.body.clone()),
    })
}

/// A line of the probe without what hosts may differ in: how many headers there are, and how long
/// the upstream's answer is.
fn normal(line: &str) -> Option<String> {
    let mut words = line.rsplit(": ").next()?.split(' ');
    let (name, first, second) = (words.next()?, words.next()?, words.next()?);
    let first: u32 = first.parse().ok()?;
    let second: u32 = second.trim().parse().ok()?;
    let first = match name {
        "request_headers" | "response_headers" | "request_trailers" => 0,
        "response_body" => u32::from(first > 0),
        _ => first,
    };
    Some(format!("{name} {first} {second}"))
}

/// A real Envoy with the probe.
struct Real {
    envoy: Envoy,
    upstream: Upstream,
    _folder: Scratch,
}

/// How long an expected line of the log may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often the log is looked at.
const LOOK: Duration = Duration::from_millis(5);

impl Real {
    async fn start(module: &[u8]) -> Result<Self> {
        let upstream = Upstream::start().await?;
        let layout = Layout::of_this_tree();
        let folder = Scratch::new(&layout.products())?;
        let filter = folder.path().join("recorder.wasm");
        std::fs::write(&filter, module)?;
        let bootstrap = Bootstrap {
            filter,
            plugin: serde_json::json!({}),
            upstream: ("127.0.0.1".into(), upstream.port),
            authentication: Authentication::None,
            task_key: None,
            strips_client_headers: false,
            workers: 1,
        };
        let start = move || Envoy::start(&layout, &bootstrap);
        let envoy = tokio::task::spawn_blocking(start).await??;
        Ok(Self {
            envoy,
            upstream,
            _folder: folder,
        })
    }

    async fn play(&self, scenario: &Scenario) -> Result<Seen> {
        let before = self.trace().len();
        let arrived = self.upstream.seen().len();
        let answer = self.exchange(scenario, before).await?;
        let ended = |trace: &[String]| trace.iter().any(|line| line.starts_with("delete"));
        self.wait_for(before, ended).await?;
        let seen = self.upstream.seen();
        let mut bodies = seen
            .iter()
            .skip(arrived)
            .filter_map(|seen| seen.body.as_ref());
        Ok(Seen {
            trace: self.trace().split_off(before),
            status: answer.status,
            upstream: bodies.next().map(|body| body.to_vec()),
        })
    }

    async fn exchange(&self, scenario: &Scenario, before: usize) -> Result<Answer> {
        let address = &self.envoy.address;
        let mut client = match scenario.http2 {
            true => Client::http2(address).await?,
            false => Client::http1(address).await?,
        };
        let post = Request::post("http://gateway.test/mcp")
            .header("host", "gateway.test")
            .header("x-mode", scenario.mode);
        if scenario.pieces.is_empty() {
            return client.send(post.body(request::whole(""))?).await;
        }
        let (sender, body) = request::open();
        let post = post.body(body)?;
        let answer: JoinHandle<Result<Answer>> =
            tokio::spawn(async move { client.send(post).await });
        for (sent, piece) in scenario.pieces.iter().enumerate() {
            // Once the probe has answered, nobody reads on; the piece may be refused.
            drop(
                sender
                    .send(Frame::data(Bytes::from_static(piece.as_bytes())))
                    .await,
            );
            self.wait_for(before, |trace| settled(trace, sent + 1))
                .await?;
        }
        if scenario.trailers {
            let mut map = HeaderMap::new();
            map.insert("x-t", HeaderValue::from_static("1"));
            drop(sender.send(Frame::trailers(map)).await);
        }
        drop(sender);
        tokio::time::timeout(PATIENCE, answer).await??
    }

    /// The probe's lines in the log so far.
    fn trace(&self) -> Vec<String> {
        let log = self.envoy.log();
        let lines = log.lines().filter(|line| line.contains("wasm log"));
        lines.filter_map(normal).collect()
    }

    async fn wait_for(&self, before: usize, done: impl Fn(&[String]) -> bool) -> Result<()> {
        let look = async {
            let mut clock = tokio::time::interval(LOOK);
            loop {
                clock.tick().await;
                if self.trace().get(before..).is_some_and(&done) {
                    return;
                }
            }
        };
        let looked = tokio::time::timeout(PATIENCE, look).await;
        looked.with_context(|| format!("{:#?}", self.trace()))
    }
}

/// So many pieces were seen one by one, or none will be any more.
fn settled(trace: &[String], pieces: usize) -> bool {
    let bodies = trace.iter().filter(|line| line.starts_with("body-read"));
    bodies.count() >= pieces
        || trace
            .iter()
            .any(|line| line.starts_with("response_headers"))
}
