//! What every answer carries, and which requests are answered at all.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{self, HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::{Problem, Status};

/// Nothing of another origin, nothing inline, no frame around the page; wasm may be compiled.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    ),
];

/// The page's policy: as [`POLICY`], with the styles that carry `nonce`, since editors make their own,
/// and with style attributes, which select nothing and load nothing.
pub fn policy_with(nonce: &str) -> String {
    let styles = format!("style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'");
    POLICY.replace("style-src 'self'", &styles)
}

/// Adds the headers that an answer does not have yet, and refuses what was meant for another host.
pub async fn shield(State(address): State<SocketAddr>, request: Request, next: Next) -> Response {
    let mut response = if is_meant(address, request.headers(), &request) {
        next.run(request).await
    } else {
        let detail = "this server is asked by its address or as `localhost`";
        Problem::new(Status::Misdirected, detail).into_response()
    };
    for (name, value) in HEADERS {
        let entry = response.headers_mut().entry(name);
        entry.or_insert(HeaderValue::from_static(value));
    }
    response
}

/// A page of another site can have its name resolve to this machine: a server that listens for this
/// machine alone answers to this machine's names alone.
fn is_meant(address: SocketAddr, headers: &HeaderMap, request: &Request) -> bool {
    if !address.ip().is_loopback() {
        return true;
    }
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok());
    let named = request.uri().host().or_else(|| host.map(without_port));
    named.is_some_and(|name| {
        let name = name.trim_start_matches('[').trim_end_matches(']');
        let is_loopback = name
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        is_loopback || name.eq_ignore_ascii_case("localhost")
    })
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}
