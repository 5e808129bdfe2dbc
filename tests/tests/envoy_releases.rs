//! Releases change under a real Envoy: polled from a control plane, or written by `callgate envoy config`.

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use callgate_release::signed::PrivateKey;
use callgate_tests::control;
use callgate_tests::envoy::client::{Answer, Client};
use callgate_tests::envoy::request;
use callgate_tests::envoy::upstream::Upstream;
use callgate_tests::releases::numbered;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{OnceCell, watch};
use xtask::envoy::Envoy;
use xtask::layout::Layout;
use xtask::process::Scratch;

fn key() -> PrivateKey {
    PrivateKey::from_seed(&[7; 32])
}

/// A signed release that allows the tool of its own number, `t7`, and nothing else.
fn release(number: u64) -> Result<String> {
    numbered("changing", number, "allow", &key())
}

/// Asks until release `number` decides; every answer on the way must be that of one release.
async fn until(client: &mut Client, number: u64) -> Result<u64> {
    let look = async {
        let mut clock = tokio::time::interval(Duration::from_millis(5));
        let mut answers = 0;
        loop {
            clock.tick().await;
            let decided = decided(client, number).await?;
            answers += 1;
            if decided == number {
                return anyhow::Ok(answers);
            }
        }
    };
    let patience = Duration::from_secs(60);
    tokio::time::timeout(patience, look)
        .await
        .context("it never came")?
}

/// The number of the release that decides a call of the tool `t{number}`, which allows it if it is that one.
async fn decided(client: &mut Client, number: u64) -> Result<u64> {
    let body = request::call(number, &format!("t{number}"), &json!({}));
    let answer: Answer = client
        .send(request::post(None, request::whole(body))?)
        .await?;
    let by: u64 = answer.header("x-callgate-release").parse()?;
    let allowed = answer.header("x-callgate-decision") == "ALLOW";
    let passed = answer.json()["result"].is_object();
    ensure!(
        allowed == passed && allowed == (by == number),
        "{by}: {}",
        answer.json()
    );
    Ok(by)
}

/// A control plane that serves one text after the other.
struct Control {
    port: u16,
    serves: Arc<Mutex<(u16, String)>>,
    /// Whether somebody asked for a release.
    asked: watch::Receiver<bool>,
}

impl Control {
    async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let serves = Arc::new(Mutex::new((503, String::new())));
        let served = Arc::clone(&serves);
        let (asks, asked) = watch::channel(false);
        let asks = Arc::new(asks);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (served, asks) = (Arc::clone(&served), Arc::clone(&asks));
                let answer = move |request: Request<Incoming>| {
                    if request.uri().path() == "/api/v1/releases/active" {
                        asks.send_replace(true);
                    }
                    let answer = Self::answer(&served, &request);
                    async move { Ok::<_, Infallible>(answer) }
                };
                let service = hyper::service::service_fn(answer);
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(async { drop(connection.await) });
            }
        });
        Ok(Self {
            port,
            serves,
            asked,
        })
    }

    fn answer(served: &Mutex<(u16, String)>, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let (status, text) = served.lock().map(|s| s.clone()).unwrap_or_default();
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let etag = format!("\"{:x}\"", hasher.finish());
        let known = request.headers().get("if-none-match");
        let status = match known.is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
            true => 304,
            false => status,
        };
        let body = if status == 200 { text } else { String::new() };
        let response = Response::builder().status(status).header("etag", etag);
        response.body(Full::from(body)).unwrap_or_default()
    }

    fn serve(&self, status: u16, text: String) {
        if let Ok(mut serves) = self.serves.lock() {
            *serves = (status, text);
        }
    }
}

fn bootstrap(upstream: u16, control: u16) -> Result<Value> {
    let plugin = json!({
        "identity": { "source": "static", "name": "bot" },
        "routes": [{ "path": "/mcp", "kind": "mcp" }],
        "trusted_keys": [key().public().to_pem()],
        "release": serde_json::from_str::<Value>(&release(1)?)?,
        "control_plane": { "cluster": "control", "poll_ms": 100 },
    });
    control::bootstrap(upstream, control, plugin)
}

#[tokio::test(flavor = "multi_thread")]
async fn releases_that_a_control_plane_serves_take_effect_without_a_failed_request() -> Result<()> {
    let (upstream, control) = (Upstream::start().await?, Control::start().await?);
    let whole = bootstrap(upstream.port, control.port)?;
    let start = move || Envoy::start_with(&Layout::of_this_tree(), &whole, 2);
    let envoy = tokio::task::spawn_blocking(start).await??;
    // The control plane is out of order; the configuration's own release decides.
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(Client::http1(&envoy.address).await?);
    }
    for client in &mut clients {
        assert_eq!(decided(client, 1).await?, 1);
    }
    for number in 2..12 {
        control.serve(200, release(number)?);
        for client in &mut clients {
            until(client, number).await?;
        }
        // What is no release, or an older one, changes nothing.
        let bad = if number % 2 == 0 {
            release(1)?
        } else {
            "garbage".to_owned()
        };
        control.serve(200, bad);
        for client in &mut clients {
            assert_eq!(decided(client, number).await?, number);
        }
    }
    Ok(())
}

/// How much a soak is: releases, and requests meanwhile; both are few unless the environment asks for more.
fn soak() -> (u64, u64) {
    let asked = |name: &str, otherwise| {
        let text = std::env::var(name).ok();
        text.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    };
    (
        asked("CALLGATE_SOAK_RELEASES", 5),
        asked("CALLGATE_SOAK_REQUESTS", 2_000),
    )
}

/// Sends requests until told otherwise; says which release decided last, and counts.
async fn ask_on(
    mut client: Client,
    newest: watch::Receiver<u64>,
    seen: watch::Sender<u64>,
    count: Arc<AtomicU64>,
) -> Result<()> {
    loop {
        let number = *newest.borrow();
        if number == OVER {
            return Ok(());
        }
        let by = decided(&mut client, number).await?;
        let before = seen.send_replace(by);
        ensure!(by >= before, "release {by} decided after {before}");
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// What ends a soak.
const OVER: u64 = u64::MAX;

#[tokio::test(flavor = "multi_thread")]
async fn releases_change_while_requests_go_on_and_each_decision_is_of_one_release() -> Result<()> {
    let (releases, requests) = soak();
    let (upstream, control) = (Upstream::start().await?, Control::start().await?);
    let whole = bootstrap(upstream.port, control.port)?;
    let start = move || Envoy::start_with(&Layout::of_this_tree(), &whole, 2);
    let envoy = tokio::task::spawn_blocking(start).await??;
    let (newest, asked) = watch::channel(1);
    let count = Arc::new(AtomicU64::new(0));
    let mut clients = Vec::new();
    for _ in 0..4 {
        let client = Client::http1(&envoy.address).await?;
        let (seen, sees) = watch::channel(0);
        let task = tokio::spawn(ask_on(client, asked.clone(), seen, Arc::clone(&count)));
        clients.push((task, sees));
    }
    let mut waits = Vec::new();
    for number in 2..releases + 2 {
        control.serve(200, release(number)?);
        let published = tokio::time::Instant::now();
        newest.send_replace(number);
        for (_, sees) in &mut clients {
            let enforced = sees.wait_for(|by| *by >= number);
            tokio::time::timeout(Duration::from_secs(60), enforced)
                .await
                .context("a release never came")??;
            waits.push(published.elapsed());
        }
        let share = requests.saturating_mul(number - 1) / releases;
        let mut clock = tokio::time::interval(Duration::from_millis(5));
        while count.load(Ordering::Relaxed) < share {
            clock.tick().await;
            ensure!(
                clients.iter().all(|(task, _)| !task.is_finished()),
                "a client gave up"
            );
        }
    }
    newest.send_replace(OVER);
    for (task, _) in clients {
        task.await??;
    }
    waits.sort();
    let rank = |percent: usize| waits.get((waits.len() - 1) * percent / 100);
    println!(
        "{} requests, {releases} releases: 0 wrong; from publishing to each connection, polled every 100 ms: \
         median {:?}, 99 % {:?}",
        count.load(Ordering::Relaxed),
        rank(50),
        rank(99),
    );
    Ok(())
}

/// `callgate envoy config` of a release for a free port, with more arguments; gives what it prints.
async fn config(release: &Path, upstream: u16, more: &[&OsStr]) -> Result<Vec<u8>> {
    static PROGRAM: OnceCell<PathBuf> = OnceCell::const_new();
    let build = || async {
        let build = || {
            let layout = Layout::of_this_tree();
            xtask::bench::executable(&layout, &["build", "-p", "callgate"], "callgate")
        };
        tokio::task::spawn_blocking(build).await?
    };
    let mut command = Command::new(PROGRAM.get_or_try_init(build).await?);
    command.args(["envoy", "config", "--listen", "127.0.0.1:0", "--admin", "0"]);
    command.arg("--filter").arg(Layout::of_this_tree().filter());
    command
        .arg("--upstream")
        .arg(format!("127.0.0.1:{upstream}"));
    let output = command.arg("-r").arg(release).args(more).output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output.stdout)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_written_anew_takes_effect_without_a_failed_request() -> Result<()> {
    let layout = Layout::of_this_tree();
    let upstream = Upstream::start().await?;
    let folder = Scratch::new(&layout.products())?;
    let file = folder.path().join("release.json");
    let gateway = folder.path().join("gateway");
    std::fs::write(&file, release(1)?)?;
    let output = ["-o".as_ref(), gateway.as_os_str()];
    config(&file, upstream.port, &output).await?;
    let whole = serde_json::from_slice(&std::fs::read(gateway.join("envoy.json"))?)?;
    let envoy =
        tokio::task::spawn_blocking(move || Envoy::start_with(&layout, &whole, 2)).await??;
    let mut client = Client::http1(&envoy.address).await?;
    until(&mut client, 1).await?;
    for number in 2..6 {
        std::fs::write(&file, release(number)?)?;
        config(&file, upstream.port, &output).await?;
        until(&mut client, number).await?;
    }
    // A release that cannot be used is not written.
    std::fs::write(&file, "{}")?;
    ensure!(
        config(&file, upstream.port, &output).await.is_err(),
        "it was taken"
    );
    assert_eq!(decided(&mut client, 5).await?, 5);
    let summary = logged(&envoy).await?;
    assert_eq!(summary["decision"], "ALLOW", "{summary}");
    assert_eq!(summary["release"], 5, "{summary}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_asks_the_control_plane_for_all_workers() -> Result<()> {
    let (upstream, mut control) = (Upstream::start().await?, Control::start().await?);
    let folder = Scratch::new(&Layout::of_this_tree().products())?;
    let (file, public) = (
        folder.path().join("release.json"),
        folder.path().join("key.pub"),
    );
    std::fs::write(&file, release(1)?)?;
    std::fs::write(&public, key().public().to_pem())?;
    let url = format!("http://127.0.0.1:{}", control.port);
    let more: [&OsStr; 4] = [
        "--trusted-key".as_ref(),
        public.as_os_str(),
        "--control-plane".as_ref(),
        url.as_ref(),
    ];
    let printed = config(&file, upstream.port, &more).await?;
    let whole: Value = serde_json::from_slice(&printed)?;
    // No filter could ask here.
    let mut alone = whole.clone();
    let filters =
        "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config/http_filters";
    let filters = alone.pointer_mut(filters).and_then(Value::as_array_mut);
    let filters = filters.context("filters")?;
    ensure!(filters.len() == 2, "the filter and the router: {filters:?}");
    filters.remove(0);
    let start = |whole: Value| {
        let start = move || Envoy::start_with(&Layout::of_this_tree(), &whole, 2);
        tokio::task::spawn_blocking(start)
    };
    let envoy = start(alone).await??;
    let asked = control.asked.wait_for(|asked| *asked);
    let asked = tokio::time::timeout(Duration::from_secs(60), asked).await;
    asked.context("nobody asked")??;
    drop(envoy);
    let envoy = start(whole).await??;
    let mut client = Client::http1(&envoy.address).await?;
    assert_eq!(decided(&mut client, 1).await?, 1);
    control.serve(200, release(2)?);
    until(&mut client, 2).await?;
    Ok(())
}

/// What the filter left for the access log of a request that release 5 decided.
async fn logged(envoy: &Envoy) -> Result<Value> {
    let look = async {
        let mut clock = tokio::time::interval(Duration::from_millis(20));
        loop {
            clock.tick().await;
            let log = envoy.log();
            let lines = log
                .lines()
                .filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let mut told = lines
                .filter_map(|line| serde_json::from_str::<Value>(line["callgate"].as_str()?).ok());
            if let Some(summary) = told.find(|summary| summary["release"] == 5) {
                return summary;
            }
        }
    };
    let patience = Duration::from_secs(30);
    Ok(tokio::time::timeout(patience, look).await?)
}
