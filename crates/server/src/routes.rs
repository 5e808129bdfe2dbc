//! Which request goes where.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use callgate_engine::CompiledRelease;
use callgate_model::{Digest, Timestamp};
use serde_json::{Map, Value, json};
use tower_http::timeout::TimeoutLayer;

use crate::problem::{Problem, Status};
use crate::{decide, page, shield};

/// Bytes of a question. 17 MiB: the largest release, a call, and the state.
const BODY_BYTES: usize = 17_825_792;

/// How long a question may take to arrive and be answered. 30 s: the largest body over a slow line.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is served.
#[derive(Debug)]
struct Serving {
    /// What calls are decided by that bring no policies of their own.
    release: Option<CompiledRelease>,
    /// Digests of the WebAssembly modules by name, as `callgate version` tells them.
    modules: Map<String, Value>,
}

type Served = Arc<Serving>;

/// The modules that the console brings, if it is part of this build.
const WEB_MODULES: [&str; 2] = ["callgate_web.wasm", "callgate_web_analysis.wasm"];

fn digests(known: &[(&'static str, Digest)]) -> Map<String, Value> {
    let console = WEB_MODULES.map(|name| page::module(name).map(|digest| (name, digest)));
    let all = known.iter().copied().chain(console.into_iter().flatten());
    all.map(|(name, digest)| (name.to_owned(), digest.to_text().into()))
        .collect()
}

/// Every route, behind the shield.
pub fn router(
    address: SocketAddr,
    release: Option<CompiledRelease>,
    modules: &[(&'static str, Digest)],
) -> Router {
    let modules = digests(modules);
    let decide = || post(decide_one).layer(DefaultBodyLimit::max(BODY_BYTES));
    Router::new()
        .route("/", get(page::index))
        .route("/{*path}", get(page::file))
        .route("/healthz", get(health))
        .route("/api/v1/decide", decide())
        .route("/api/v1/decide/", decide())
        .fallback(page::missing)
        .method_not_allowed_fallback(other_method)
        .with_state(Served::new(Serving { release, modules }))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            PATIENCE,
        ))
        .layer(middleware::from_fn_with_state(address, shield::shield))
}

async fn other_method() -> Problem {
    Problem::new(Status::MethodNotAllowed, "this path knows other methods")
}

async fn health(State(served): State<Served>) -> Response {
    let release = served.release.as_ref().map(|compiled| {
        let release = compiled.release();
        json!({ "digest": release.digest.to_text(), "number": release.number, "project": release.project })
    });
    let health = json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "release": release,
        "modules": served.modules,
    });
    ([(CACHE_CONTROL, "no-store")], Json(health)).into_response()
}

async fn decide_one(
    State(served): State<Served>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    if !is_json(&headers) {
        let detail = "a question is `application/json`";
        return Err(Problem::new(Status::NotJson, detail));
    }
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            Status::TooLarge,
            format!("a question has at most {BODY_BYTES} bytes"),
        ),
        _ => Problem::new(Status::Unreadable, "the body did not arrive whole"),
    })?;
    // Compiling a large release takes its time, and others wait on this thread.
    let deciding =
        tokio::task::spawn_blocking(move || decide(&body, served.release.as_ref(), now()));
    let record = deciding
        .await
        .map_err(|_| Problem::new(Status::Failed, "the decision was not finished"))??;
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, record).into_response())
}

/// A form of another site can send anything but this without asking first.
fn is_json(headers: &HeaderMap) -> bool {
    let media = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media = media.and_then(|media| media.split(';').next());
    media.is_some_and(|media| media.trim().eq_ignore_ascii_case("application/json"))
}

/// The present.
#[expect(
    clippy::disallowed_methods,
    reason = "the server is a host: it supplies the time that decisions take as an argument"
)]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos());
    Timestamp::from_unix_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
