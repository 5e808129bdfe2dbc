//! The server over real connections: questions in, records and problems out, the page behind its shield.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

use std::net::SocketAddr;

use callgate_engine::CompiledRelease;
use callgate_model::{Digest, Limits};
use callgate_release::Release;
use callgate_server::{Options, Server};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::sync::oneshot;

struct Running {
    address: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
    stop: Option<oneshot::Sender<()>>,
    served: tokio::task::JoinHandle<Result<(), callgate_server::Error>>,
}

struct Answer {
    status: StatusCode,
    headers: hyper::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl Running {
    async fn start(release: Option<CompiledRelease>) -> Self {
        let listen = "127.0.0.1:0".parse().unwrap();
        let options = Options {
            listen,
            release,
            modules: vec![("callgate_filter.wasm", Digest::of(b"a module"))],
        };
        let server = Server::bind(options).await.unwrap();
        let (stop, stopped) = oneshot::channel();
        Self {
            address: server.address(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            stop: Some(stop),
            served: tokio::spawn(server.run(async { drop(stopped.await) })),
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let mut request = Request::builder().method(method);
        request = request.uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self
            .client
            .request(request.body(Full::new(body.into())).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes().to_vec(),
        }
    }

    async fn ask(&self, question: &Value) -> Answer {
        let headers = [("content-type", "application/json; charset=utf-8")];
        self.send(
            Method::POST,
            "/api/v1/decide",
            &headers,
            question.to_string(),
        )
        .await
    }
}

/// A release of one policy, as its canonical JSON.
fn release(effect: &str, expression: &str) -> Value {
    let file = json!({
        "apiVersion": "callgate/v1", "kind": "CelPolicy", "metadata": { "name": "p" },
        "spec": { "effect": effect, "expression": expression },
    });
    let limits = Limits::default();
    let read = callgate_release::documents::read(
        &file.to_string(),
        callgate_release::Format::Json,
        &limits,
    );
    let policies: Vec<_> = read
        .policies
        .into_iter()
        .map(|located| located.policy)
        .collect();
    let build = callgate_release::Build {
        project: "test",
        number: 7,
        policies: &policies,
        ..callgate_release::Build::default()
    };
    serde_json::from_str(&build.to_json()).unwrap()
}

fn call(tool: &str) -> Value {
    json!({ "identity": { "name": "bot" }, "request": { "tool": { "name": tool } } })
}

const DENY: &str = r#"request.tool.name == "rm""#;

#[tokio::test]
async fn a_question_with_its_own_release_is_answered_with_the_canonical_record() {
    let running = Running::start(None).await;
    let question = json!({ "release": release("deny", DENY), "call": call("rm"), "now": "2026-05-04T12:00:00Z", "explain": true });
    let answer = running.ask(&question).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    let record = answer.json();
    assert_eq!(record["decision"], "DENY");
    assert_eq!(record["deciding"]["code"], "CEL_DENY_MATCHED");
    assert_eq!(record["explanation"]["policies"][0]["value"], true);
    // Canonical: as a JSON library with sorted keys writes it, without white space.
    assert_eq!(answer.body, record.to_string().into_bytes());
}

#[tokio::test]
async fn without_its_own_release_the_served_one_decides_and_without_that_none_is_in_force() {
    let limits = Limits::default();
    let served = Release::read(release("deny", DENY).to_string().as_bytes(), &limits).unwrap();
    let served = CompiledRelease::compile(served, &limits).unwrap();
    let running = Running::start(Some(served)).await;
    let record = running.ask(&json!({ "call": call("echo") })).await.json();
    assert_eq!(
        (&record["decision"], &record["release"]["number"]),
        (&json!("ALLOW"), &json!(7))
    );
    let health = running.send(Method::GET, "/healthz", &[], "").await;
    assert_eq!(health.json()["release"]["number"], 7);
    let filter = &health.json()["modules"]["callgate_filter.wasm"];
    assert_eq!(*filter, Digest::of(b"a module").to_text());

    let empty = Running::start(None).await;
    let record = empty.ask(&json!({ "call": call("echo") })).await.json();
    assert_eq!(record["deciding"]["code"], "NO_ACTIVE_RELEASE");
}

#[tokio::test]
async fn state_and_time_are_taken_into_account() {
    let running = Running::start(None).await;
    let release = release("deny", r#"now < timestamp("2026-01-01T00:00:00Z")"#);
    for (now, decision) in [
        ("2025-12-31T23:59:59Z", "DENY"),
        ("2026-01-01T00:00:00Z", "ALLOW"),
    ] {
        let question = json!({ "release": release, "call": call("echo"), "now": now, "state": {} });
        assert_eq!(running.ask(&question).await.json()["decision"], decision);
    }
}

/// Each question, the status, and the code and place of the first thing that is wrong.
#[tokio::test]
async fn what_is_wrong_is_a_problem_with_places_in_the_body() {
    let running = Running::start(None).await;
    let broken = release("deny", "request.tool.nam == 1");
    let cases = [
        (json!([]), "WRONG_TYPE"),
        (json!({}), "MISSING_FIELD"),
        (json!({ "call": {}, "explian": true }), "UNKNOWN_FIELD"),
        (json!({ "call": { "identity": 1 } }), "WRONG_TYPE"),
        (
            json!({ "call": {}, "state": { "spent": 1 } }),
            "UNKNOWN_FIELD",
        ),
        (json!({ "call": {}, "now": "noon" }), "WRONG_VALUE"),
        (json!({ "call": {}, "release": {} }), "MISSING_FIELD"),
        (
            json!({ "call": {}, "release": broken }),
            "cel.undeclared_field",
        ),
    ];
    for (question, code) in cases {
        let answer = running.ask(&question).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{question}"
        );
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let problem = answer.json();
        let found = &problem["diagnostics"][0];
        assert_eq!(found["code"], code, "{question}: {problem}");
        let place = |key: &str| usize::try_from(found[key].as_u64().unwrap()).unwrap();
        assert!(
            question
                .to_string()
                .get(place("start")..place("end"))
                .is_some(),
            "{problem}"
        );
        assert_eq!(problem["status"], 422);
    }
}

/// Method, path, headers and body; the status, and what kind of problem it is.
type Odd<'a> = (
    Method,
    &'a str,
    &'a [(&'a str, &'a str)],
    &'a str,
    u16,
    &'a str,
);

#[tokio::test]
async fn what_is_no_question_at_all_is_told_apart() {
    let running = Running::start(None).await;
    let json = [("content-type", "application/json")];
    let path = "/api/v1/decide";
    let large = "[".repeat(18 << 20);
    let cases: [Odd<'_>; 8] = [
        (Method::POST, path, &json, "{", 400, "unreadable"),
        (
            Method::POST,
            path,
            &json,
            r#"{"call":{},"call":{}}"#,
            400,
            "unreadable",
        ),
        (Method::POST, path, &json, &large, 413, "too-large"),
        (
            Method::POST,
            path,
            &[("content-type", "text/plain")],
            "{}",
            415,
            "not-json",
        ),
        (Method::POST, path, &[], "{}", 415, "not-json"),
        (Method::GET, path, &[], "", 405, "method-not-allowed"),
        (Method::GET, "/api/v1/nothing", &[], "", 404, "not-found"),
        (Method::GET, "/../Cargo.toml", &[], "", 404, "not-found"),
    ];
    for (method, path, headers, body, status, kind) in cases {
        let answer = running
            .send(method.clone(), path, headers, body.to_owned())
            .await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
        let problem = answer.json();
        assert_eq!(problem["type"], format!("urn:callgate:problem:{kind}"));
        assert!(problem["diagnostics"].is_array());
    }
    // A slash at the end changes nothing.
    let answer = running
        .send(Method::POST, "/api/v1/decide/", &json, r#"{"call":{}}"#)
        .await;
    assert_eq!(answer.json()["deciding"]["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn every_answer_is_shielded_and_names_of_other_hosts_are_refused() {
    let running = Running::start(None).await;
    for path in ["/", "/healthz", "/nothing"] {
        let answer = running.send(Method::GET, path, &[], "").await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        let scripts = policy
            .split(';')
            .find(|part| part.trim().starts_with("script-src "));
        assert_eq!(
            scripts.map(str::trim),
            Some("script-src 'self' 'wasm-unsafe-eval'")
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
    }
    for (host, status) in [
        ("evil.test", 421),
        ("127.0.0.1.evil.test:80", 421),
        ("localhost:1", 200),
        ("[::1]:7080", 200),
    ] {
        let answer = running
            .send(Method::GET, "/healthz", &[("host", host)], "")
            .await;
        assert_eq!(answer.status.as_u16(), status, "{host}");
    }
}

/// The console is part of some builds and not of others; each answer has a nonce of its own where it is.
#[tokio::test]
async fn the_page_is_served_or_told_to_be_missing() {
    let running = Running::start(None).await;
    let first = running.send(Method::GET, "/", &[], "").await;
    if !callgate_server::has_console() {
        assert_eq!(first.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(first.json()["type"], "urn:callgate:problem:not-built");
        return;
    }
    let second = running.send(Method::GET, "/", &[], "").await;
    let policy = first.header("content-security-policy");
    assert_ne!(policy, second.header("content-security-policy"));
    let nonce = policy
        .split("'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .unwrap();
    assert!(
        String::from_utf8(first.body.clone())
            .unwrap()
            .contains(nonce)
    );
    let icon = running.send(Method::GET, "/icon.svg", &[], "").await;
    assert_eq!(icon.header("content-type"), "image/svg+xml");
    let tag = icon.header("etag").to_owned();
    let again = running
        .send(Method::GET, "/icon.svg", &[("if-none-match", &tag)], "")
        .await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn a_stopped_server_ends() {
    let mut running = Running::start(None).await;
    assert_eq!(
        running.send(Method::GET, "/healthz", &[], "").await.status,
        StatusCode::OK
    );
    drop(running.client);
    running.stop.take().unwrap().send(()).unwrap();
    running.served.await.unwrap().unwrap();
}
