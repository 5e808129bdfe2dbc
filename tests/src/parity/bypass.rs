//! The bypass corpus through a real Envoy: requests that fooled gateways, as clients send them.

use anyhow::{Context as _, Result, bail, ensure};
use hyper::Request;
use serde_json::json;
use xtask::envoy::Envoy;
use xtask::mcp::Server;

use super::envoy::{listener, start};
use crate::bypass::{self, Case, Expect};
use crate::envoy::client::{Answer, Client};
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
    /// Cases that were sent and must not go on.
    pub attacks: usize,
    /// Those of them that went on.
    pub attacks_forwarded: usize,
    /// What went wrong.
    pub differences: Vec<String>,
}

/// Sends every case that a client can send.
///
/// # Errors
/// Envoy cannot be started or reached.
pub async fn bypass_in_envoy() -> Result<Fared> {
    let cases = bypass::cases()?;
    let upstream = Upstream::answering(|_| json!({})).await?;
    let gateways = Gateways::start(&cases, upstream.port).await?;
    let mut fared = Fared::default();
    for (case, address) in cases.iter().zip(&gateways.addresses) {
        let Some(request) = sent(case, &[]) else {
            fared.not_sent += 1;
            continue;
        };
        let mut client = Client::http1(address).await?;
        let before = upstream.seen().len();
        let answer = client.send(request).await;
        let answer = answer.with_context(|| case.id.clone())?;
        let seen = upstream.seen().split_off(before);
        let bodies: Vec<&[u8]> = seen
            .iter()
            .filter_map(|seen| seen.body.as_deref())
            .collect();
        let body = case.request.body.as_deref().unwrap_or_default();
        match bodies.as_slice() {
            [] if seen.is_empty() => fared.refused(case, &answer),
            [one] if *one == body => fared.forwarded(case),
            _ => {
                let words = format!("{}: changed on its way", case.id);
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

/// The same in front of a real MCP server: what goes on is what Envoy counts.
///
/// # Errors
/// Envoy or the server cannot be reached, or no session can be begun.
pub async fn bypass_before(server: &Server) -> Result<Fared> {
    let cases = bypass::cases()?;
    let gateways = Gateways::start(&cases, server.port).await?;
    let shared = bypass::shared()?;
    let usual = cases.iter().position(|case| case.config == shared);
    let usual = usual.context("a case that changes nothing")?;
    let session = session(gateways.addresses.get(usual).context("its address")?).await?;
    let mut extra = vec![("accept", "application/json, text/event-stream")];
    if let Some(id) = &session {
        extra.push(("mcp-session-id", id));
    }
    let mut fared = Fared::default();
    let mut before = gateways.forwarded()?;
    for (case, address) in cases.iter().zip(&gateways.addresses) {
        // What is refused for want of a session gets none.
        let extra = if lacks_context(case) {
            &extra[..1]
        } else {
            &extra
        };
        let Some(request) = sent(case, extra) else {
            fared.not_sent += 1;
            continue;
        };
        let mut client = Client::http1(address).await?;
        let response = client.open(request).await;
        let response = response.with_context(|| case.id.clone())?;
        let forwarded = gateways.forwarded()?;
        match forwarded - before {
            0 => fared.refused(case, &Answer::read(response).await?),
            // The server may keep its answer open: that it was asked is all that counts.
            1 => fared.forwarded(case),
            count => bail!("{}: {count} requests went on", case.id),
        }
        before = forwarded;
    }
    Ok(fared)
}

fn lacks_context(case: &Case) -> bool {
    matches!(&case.expect, Expect::Refused { code, .. } if code == "CONTEXT_MISSING")
}

/// A session of the server behind, if it has sessions.
async fn session(address: &str) -> Result<Option<String>> {
    let hello = json!({
        "jsonrpc": "2.0", "id": 0, "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": { "name": "corpus", "version": "1" },
        },
    });
    let request = Request::post("http://gateway.test/mcp")
        .header("host", "gateway.test")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("x-callgate-identity", "support-bot")
        .body(request::whole(hello.to_string()))?;
    let response = Client::http1(address).await?.open(request).await?;
    ensure!(response.status() == 200, "no session: {response:?}");
    let id = response.headers().get("mcp-session-id");
    let id = id.map(|id| id.to_str().map(str::to_owned));
    Ok(id.transpose()?)
}

/// One Envoy with a listener for each configuration of the corpus.
struct Gateways {
    envoy: Envoy,
    /// Where each case is sent to.
    addresses: Vec<String>,
}

impl Gateways {
    async fn start(cases: &[Case], upstream: u16) -> Result<Self> {
        let mut configurations: Vec<String> = Vec::new();
        let mut places = Vec::with_capacity(cases.len());
        for case in cases {
            let configuration = case.config.plugin_configuration()?;
            let known = configurations.iter().position(|one| *one == configuration);
            places.push(known.unwrap_or(configurations.len()));
            if known.is_none() {
                configurations.push(configuration);
            }
        }
        let envoy = start(configurations, upstream).await?;
        let address = |place: usize| envoy.listener(&listener(place));
        let addresses = places.into_iter().map(address).collect::<Result<_>>()?;
        Ok(Self { envoy, addresses })
    }

    /// Requests that went on to the server behind so far.
    fn forwarded(&self) -> Result<u64> {
        let page = self
            .envoy
            .admin_get("/stats?filter=cluster.mcp_server.upstream_rq_total")?;
        let count = page.trim().rsplit_once(' ').map(|(_, count)| count.parse());
        Ok(count.with_context(|| page.clone())??)
    }
}

impl Fared {
    fn forwarded(&mut self, case: &Case) {
        self.ended(case, Some(&Expect::Forwarded), 200);
    }

    fn refused(&mut self, case: &Case, answer: &Answer) {
        let got = Expect::of_reply(answer.status, &answer.body).ok();
        self.ended(case, got.as_ref(), answer.status);
    }

    fn ended(&mut self, case: &Case, got: Option<&Expect>, status: u16) {
        let Case { id, expect, .. } = case;
        match got {
            Some(got) if got == expect => self.alike += 1,
            None if *expect != Expect::Forwarded && status >= 400 => self.refused_by_envoy += 1,
            got => {
                let words = format!("{id}: expected {expect:?}, got {got:?} with status {status}");
                self.differences.push(words);
            }
        }
        let attack = *expect != Expect::Forwarded;
        self.attacks += usize::from(attack);
        self.attacks_forwarded += usize::from(attack && got == Some(&Expect::Forwarded));
    }
}

/// A client says by itself how long a body is.
const OF_THE_CLIENT: [&str; 2] = ["content-length", "transfer-encoding"];

/// Several lines of these are one before any filter sees them.
const ONE_LINE: [&str; 3] = ["content-encoding", "content-type", "user-agent"];

/// The request, if it is one that can be sent with a body of known length and ends there.
/// with the headers of `extra` that it does not have.
fn sent(case: &Case, extra: &[(&str, &str)]) -> Option<Request<request::Body>> {
    let asked = &case.request;
    // A GET opens a stream behind the gateway that stays open.
    if !case.host_failures.is_empty() || asked.trailers.is_some() || asked.method != b"POST" {
        return None;
    }
    let path = std::str::from_utf8(&asked.path).ok()?;
    // A client keeps what stands behind it to itself.
    if path.contains('#') {
        return None;
    }
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
    for (name, value) in extra {
        let same = |(other, _): &(Vec<u8>, Vec<u8>)| folded(other) == *name;
        if !asked.headers.iter().any(same) {
            request = request.header(*name, *value);
        }
    }
    let body = asked.body.clone().unwrap_or_default();
    request.body(request::whole(body)).ok()
}

/// A name as a server reads it that takes `_` for `-`.
fn folded(name: &[u8]) -> String {
    String::from_utf8_lossy(name)
        .to_ascii_lowercase()
        .replace('_', "-")
}
