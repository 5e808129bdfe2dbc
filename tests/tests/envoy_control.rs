//! A control plane behind a real Envoy: every request is recorded once, and approved calls pass once.

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use callgate_release::signed::PrivateKey;
use callgate_tests::desk::{Desk, Verdict};
use callgate_tests::envoy::client::{Answer, Client};
use callgate_tests::envoy::request;
use callgate_tests::envoy::upstream::Upstream;
use callgate_tests::filter::policy;
use callgate_tests::releases::signed;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use xtask::envoy::bootstrap::Authentication;
use xtask::envoy::{Bootstrap, Envoy};
use xtask::layout::Layout;

/// What the control plane was told.
#[derive(Default)]
struct Told {
    desk: Desk,
    /// Batches by their keys.
    batches: BTreeMap<String, Value>,
    /// Batches that are refused before one is taken.
    refuses: usize,
}

/// A small control plane: no release, all records, approvals from a desk.
#[derive(Clone)]
struct Control {
    port: u16,
    told: Arc<Mutex<Told>>,
}

impl Control {
    async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let control = Self {
            port,
            told: Arc::default(),
        };
        let served = control.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = served.clone();
                let service = hyper::service::service_fn(move |request| {
                    let served = served.clone();
                    async move { Ok::<_, Infallible>(served.answer(request).await) }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(async { drop(connection.await) });
            }
        });
        Ok(control)
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes());
        let body = body.unwrap_or_default();
        let key = head.headers.get("idempotency-key");
        let key = key.and_then(|key| key.to_str().ok()).unwrap_or_default();
        let (status, text) = match head.uri.path() {
            "/api/v1/releases/active" => (304, String::new()),
            "/api/v1/executions" => (self.record(key, &body), String::new()),
            path => self.told().desk.answer(path, &body),
        };
        let response = Response::builder().status(status);
        response.body(Full::from(text)).unwrap_or_default()
    }

    fn record(&self, key: &str, body: &[u8]) -> u16 {
        let mut told = self.told();
        if told.refuses > 0 {
            told.refuses -= 1;
            return 503;
        }
        let batch = serde_json::from_slice(body).unwrap_or_default();
        told.batches.insert(key.to_owned(), batch);
        202
    }

    /// The records so far.
    fn records(&self) -> Vec<Value> {
        let told = self.told();
        let batches = told.batches.values();
        let lists = batches.filter_map(|batch| batch["executions"].as_array());
        lists.flatten().cloned().collect()
    }
}

async fn envoy(upstream: u16, control: u16, wait: u64) -> Result<Envoy> {
    let key = PrivateKey::from_seed(&[9; 32]);
    let approve = json!({ "require_approval": true, "approval_actions": ["pay"] });
    let policies = [policy("ControlPolicy", approve)];
    let plugin = json!({
        "identity": { "source": "static", "name": "bot" },
        "routes": [{ "path": "/mcp", "kind": "mcp" }],
        "trusted_keys": [key.public().to_pem()],
        "release": serde_json::from_str::<Value>(&signed("paying", 1, &policies, &key)?)?,
        "control_plane": { "cluster": "control", "poll_ms": 100 },
        "audit": { "executions": true },
        "approvals": { "wait_seconds": wait },
    });
    let bootstrap = Bootstrap {
        filter: Layout::of_this_tree().filter(),
        plugin,
        upstream: ("127.0.0.1".into(), upstream),
        authentication: Authentication::None,
        task_key: None,
        strips_client_headers: false,
        workers: 2,
    };
    let mut whole = bootstrap.json();
    let clusters = whole["static_resources"]["clusters"].as_array_mut();
    let clusters = clusters.context("clusters")?;
    let mut cluster = clusters[0].clone();
    cluster["name"] = "control".into();
    cluster["load_assignment"]["cluster_name"] = "control".into();
    let place =
        "/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address/port_value";
    *cluster.pointer_mut(place).context("a port")? = control.into();
    clusters.push(cluster);
    let start = move || Envoy::start_with(&Layout::of_this_tree(), &whole, 2);
    tokio::task::spawn_blocking(start).await?
}

async fn call(client: &mut Client, tool: &str, arguments: &Value) -> Result<Answer> {
    let body = request::call(1, tool, arguments);
    // In pieces, so that a part of it is there before the rest.
    let body = request::chunks(&body, 16, None);
    client.send(request::post(None, body)?).await
}

/// Looks until something holds.
async fn until(what: &str, mut holds: impl FnMut() -> bool) -> Result<()> {
    let look = async {
        let mut clock = tokio::time::interval(Duration::from_millis(5));
        while !holds() {
            clock.tick().await;
        }
    };
    let patience = Duration::from_secs(60);
    let looked = tokio::time::timeout(patience, look).await;
    looked.with_context(|| what.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_requests_as_records_each_once() -> Result<()> {
    const REQUESTS: usize = 400;
    let (upstream, control) = (Upstream::start().await?, Control::start().await?);
    control.told().refuses = 3;
    let envoy = envoy(upstream.port, control.port, 0).await?;
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(Client::http1(&envoy.address).await?);
    }
    for round in 0..REQUESTS / clients.len() {
        for client in &mut clients {
            let answer = call(client, "read", &json!({ "n": round })).await?;
            ensure!(answer.json()["result"].is_object(), "{}", answer.json());
        }
    }
    until("records are missing", || {
        control.records().len() >= REQUESTS
    })
    .await?;
    let mut ids: Vec<String> = Vec::new();
    for entry in control.records() {
        assert_eq!(entry["record"]["decision"], "ALLOW");
        ids.push(entry["id"].as_str().context("an id")?.to_owned());
    }
    assert_eq!(ids.len(), REQUESTS);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), REQUESTS);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_call_passes_once_and_then_is_asked_about_again() -> Result<()> {
    let (upstream, control) = (Upstream::start().await?, Control::start().await?);
    let envoy = envoy(upstream.port, control.port, 0).await?;
    let mut client = Client::http1(&envoy.address).await?;
    let arguments = json!({ "to": "ACME", "amount": 5, "note": "n".repeat(5_000) });
    for round in 0..3 {
        let answer = call(&mut client, "pay", &arguments).await?.json();
        let id = format!("apr_{round}");
        assert_eq!(answer["error"]["code"], 40302, "{answer}");
        assert_eq!(answer["error"]["data"]["approval"]["id"], id.as_str());
        assert_eq!(upstream.seen().len(), round);
        control.told().desk.decide(&id, Verdict::Approved);
        let answer = call(&mut client, "pay", &arguments).await?.json();
        ensure!(answer["result"].is_object(), "{answer}");
    }
    let last = upstream.seen().pop().context("it got nothing")?;
    let sent: Value = serde_json::from_slice(&last.body.context("a body")?)?;
    assert_eq!(sent["params"]["arguments"], arguments);
    assert_eq!(control.told().desk.redeemed(), 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_call_goes_on_when_it_is_approved() -> Result<()> {
    let (upstream, control) = (Upstream::start().await?, Control::start().await?);
    let envoy = envoy(upstream.port, control.port, 60).await?;
    // One that gives up while it is held leaves nothing that would go on.
    let mut gone = Client::http1(&envoy.address).await?;
    let arguments = json!({ "to": "nobody" });
    let given_up = tokio::spawn(async move { call(&mut gone, "pay", &arguments).await });
    until("nobody asked", || control.told().desk.asked.len() == 1).await?;
    given_up.abort();
    ensure!(given_up.await.is_err(), "it was answered");
    let mut client = Client::http2(&envoy.address).await?;
    let arguments = json!({ "to": "ACME" });
    let held = tokio::spawn(async move { call(&mut client, "pay", &arguments).await });
    let asked_for = |told: &Told, id: &str| told.desk.last_id() == id;
    until("nobody asked", || asked_for(&control.told(), "apr_1")).await?;
    assert_eq!(upstream.seen().len(), 0);
    control.told().desk.decide("apr_0", Verdict::Approved);
    control.told().desk.decide("apr_1", Verdict::Approved);
    let answer = held.await??.json();
    ensure!(answer["result"].is_object(), "{answer}");
    assert_eq!(upstream.seen().len(), 1);
    let body = upstream.seen().pop().and_then(|seen| seen.body);
    let sent: Value = serde_json::from_slice(&body.context("a body")?)?;
    assert_eq!(sent["params"]["arguments"]["to"], "ACME");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_control_plane_that_answers_nothing_passes() -> Result<()> {
    let upstream = Upstream::start().await?;
    // A port that nobody listens on any more.
    let port = TcpListener::bind(("127.0.0.1", 0))
        .await?
        .local_addr()?
        .port();
    let envoy = envoy(upstream.port, port, 0).await?;
    let mut client = Client::http1(&envoy.address).await?;
    for _ in 0..3 {
        let answer = call(&mut client, "pay", &json!({})).await?.json();
        assert_eq!(answer["error"]["code"], 40302, "{answer}");
        let answer = call(&mut client, "read", &json!({})).await?.json();
        ensure!(answer["result"].is_object(), "{answer}");
    }
    assert_eq!(upstream.seen().len(), 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_envoy_that_ends_does_not_wait_for_records() -> Result<()> {
    let (upstream, control) = (Upstream::start().await?, Control::start().await?);
    control.told().refuses = usize::MAX;
    let mut envoy = envoy(upstream.port, control.port, 0).await?;
    let mut client = Client::http1(&envoy.address).await?;
    for _ in 0..20 {
        call(&mut client, "read", &json!({})).await?;
    }
    until("no batch came", || control.told().refuses < usize::MAX).await?;
    let mut admin = Client::http1(envoy.admin()).await?;
    let quit = Request::post("/quitquitquit").header("host", "admin");
    // It may be gone before it has answered.
    drop(admin.open(quit.body(request::whole(""))?).await);
    until("it stays", || !envoy.is_running()).await
}
