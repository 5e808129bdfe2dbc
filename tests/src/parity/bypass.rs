//! The bypass corpus through a real Envoy: requests that fooled gateways, as clients send them.

use anyhow::{Context as _, Result, ensure};
use hyper::Request;
use serde_json::json;

use super::envoy::{listener, start};
use crate::bypass::{self, Case, Expect};
use crate::envoy::client::Client;
use crate::envoy::request;
use crate::envoy::upstream::Upstream;

/// How the corpus fared.
#[derive(Debug, Default)]
pub struct Fared {
    /// Cases that ended as the filter in wasmtime ends them.
    pub alike: usize,
    /// Cases that Envoy refused by itself, before the filter heard of them.
    pub refused_by_envoy: usize,
    /// Cases that a proper HTTP client cannot send, or that need a host that fails.
    pub not_sent: usize,
    /// What went wrong.
    pub differences: Vec<String>,
}

/// Sends every case that a client can send.
///
/// # Errors
/// Envoy cannot be started or reached.
pub async fn bypass_in_envoy() -> Result<Fared> {
    let cases = bypass::cases()?;
    let mut configurations: Vec<String> = Vec::new();
    let mut places = Vec::with_capacity(cases.len());
    for case in &cases {
        let configuration = case.config.plugin_configuration()?;
        let known = configurations.iter().position(|one| *one == configuration);
        places.push(known.unwrap_or(configurations.len()));
        if known.is_none() {
            configurations.push(configuration);
        }
    }
    let upstream = Upstream::answering(|_| json!({})).await?;
    let envoy = start(configurations, upstream.port).await?;
    let mut fared = Fared::default();
    for (case, place) in cases.iter().zip(places) {
        let Some(request) = sent(case) else {
            fared.not_sent += 1;
            continue;
        };
        let mut client = Client::http1(&envoy.listener(&listener(place))?).await?;
        let before = upstream.seen().len();
        let answer = client.send(request).await;
        let answer = answer.with_context(|| case.id.clone())?;
        let seen = upstream.seen().split_off(before);
        let bodies: Vec<&[u8]> = seen
            .iter()
            .filter_map(|seen| seen.body.as_deref())
            .collect();
        let body = case.request.body.as_deref().unwrap_or_default();
        let got = match bodies.as_slice() {
            [] if seen.is_empty() => Expect::of_reply(answer.status, &answer.body).ok(),
            [one] if *one == body => Some(Expect::Forwarded),
            _ => {
                fared
                    .differences
                    .push(format!("{}: changed on its way", case.id));
                continue;
            }
        };
        match got {
            Some(got) if got == case.expect => fared.alike += 1,
            None if case.expect != Expect::Forwarded && answer.status >= 400 => {
                fared.refused_by_envoy += 1;
            }
            got => {
                let Case { id, expect, .. } = case;
                let status = answer.status;
                let words = format!("{id}: expected {expect:?}, got {got:?} with status {status}");
                fared.differences.push(words);
            }
        }
    }
    ensure!(
        fared.alike + fared.not_sent <= cases.len(),
        "a case is one case"
    );
    Ok(fared)
}

/// A client says by itself how long a body is.
const OF_THE_CLIENT: [&str; 2] = ["content-length", "transfer-encoding"];

/// Several lines of these are one before any filter sees them.
const ONE_LINE: [&str; 3] = ["content-encoding", "content-type", "user-agent"];

/// The request, if it is one that can be sent with a body of known length and ends there.
fn sent(case: &Case) -> Option<Request<request::Body>> {
    let asked = &case.request;
    // A GET opens a stream behind the gateway that stays open.
    if !case.host_failures.is_empty() || asked.trailers.is_some() || asked.method != b"POST" {
        return None;
    }
    let path = std::str::from_utf8(&asked.path).ok()?;
    let mut request =
        Request::post(format!("http://gateway.test{path}")).header("host", "gateway.test");
    for (name, value) in &asked.headers {
        let named = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        let lines = asked
            .headers
            .iter()
            .filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let merged = lines.count() > 1 && ONE_LINE.iter().any(|known| named(known));
        // What stands around a value is no part of it on the wire.
        if OF_THE_CLIENT.iter().any(|known| named(known)) || merged || value.trim_ascii() != *value
        {
            return None;
        }
        request = request.header(name.as_slice(), value.as_slice());
    }
    let body = asked.body.clone().unwrap_or_default();
    request.body(request::whole(body)).ok()
}
