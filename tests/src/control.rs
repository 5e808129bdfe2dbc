//! A control plane for a real Envoy, small and in memory, and the Envoy that asks it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use xtask::envoy::bootstrap::Authentication;
use xtask::envoy::{Bootstrap, Envoy};
use xtask::layout::Layout;

use crate::desk::Desk;
use crate::lender::Lender;

/// What the control plane was told.
#[derive(Debug, Default)]
pub struct Told {
    /// Where people approve.
    pub desk: Desk,
    /// Who lends units.
    pub lender: Lender,
    /// Batches of records by their keys.
    batches: BTreeMap<String, Value>,
    /// Batches of records that are refused before one is taken.
    pub refuses: usize,
}

/// A small control plane: no release, all records, approvals from a desk, leases from a lender.
#[derive(Clone, Debug)]
pub struct Control {
    /// Where it listens.
    pub port: u16,
    begun: tokio::time::Instant,
    told: Arc<Mutex<Told>>,
}

impl Control {
    /// Starts one.
    ///
    /// # Errors
    /// It cannot listen.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let control = Self {
            port,
            begun: tokio::time::Instant::now(),
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

    /// What it was told so far.
    pub fn told(&self) -> MutexGuard<'_, Told> {
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
            "/api/v1/leases" => {
                let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
                self.told().lender.answer(key, &body, now)
            }
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
    #[must_use]
    pub fn records(&self) -> Vec<Value> {
        let told = self.told();
        let batches = told.batches.values();
        let lists = batches.filter_map(|batch| batch["executions"].as_array());
        lists.flatten().cloned().collect()
    }
}

/// An Envoy of two workers with this plugin, whose control plane is there.
///
/// # Errors
/// Envoy does not start.
pub async fn envoy(upstream: u16, control: u16, plugin: Value) -> Result<Envoy> {
    let whole = bootstrap(upstream, control, plugin)?;
    let start = move || Envoy::start_with(&Layout::of_this_tree(), &whole, 2);
    tokio::task::spawn_blocking(start).await?
}

/// The bootstrap of an Envoy with this plugin, in which `control` is a cluster.
///
/// # Errors
/// None that a test would see.
pub fn bootstrap(upstream: u16, control: u16, plugin: Value) -> Result<Value> {
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
    Ok(whole)
}
