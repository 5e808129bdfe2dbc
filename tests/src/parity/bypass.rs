//! The bypass corpus through a real Envoy: requests that fooled gateways, as clients send them.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use hyper::Request;
use serde_json::json;
use xtask::envoy::Envoy;
use xtask::mcp::Server;

use super::envoy::{listener, start};
use crate::bypass::{self, Case, Expect};
use crate::envoy::client::{Answer, Client};
use crate::envoy::request;
use crate::envoy::sending::{Sendable, Wire, sendable};
use crate::scenes::Server as Behind;

/// How the corpus fared.
#[derive(Debug, Default)]
pub struct Fared {
    /// Cases that ended as the filter in wasmtime ends them.
    pub alike: usize,
    /// Cases that the filter refused for another reason: Envoy had made one line of several before it saw them.
    pub refused_as_one_line: usize,
    /// Cases that Envoy refused by itself, before the filter heard of them.
    pub refused_by_envoy: usize,
    /// Cases that a proper HTTP client cannot send, or that need a host that fails, by why.
    pub not_sent: BTreeMap<&'static str, usize>,
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
    let behind = Behind::start(Wire::Http1).await?;
    let gateways = Gateways::start(&cases, behind.port).await?;
    let mut fared = Fared::default();
    let mut before = gateways.forwarded()?;
    for (case, address) in cases.iter().zip(&gateways.addresses) {
        let Some(request) = fared.sent(case, &[]) else {
            continue;
        };
        let mut client = request.client(address).await?;
        let answer = client.send(request.request()).await;
        let forwarded = gateways.forwarded()?;
        let answer = match answer {
            Ok(answer) => answer,
            // What no server takes is the end of the connection.
            Err(_) if forwarded == before => {
                fared.ended(case, None, CUT_OFF);
                continue;
            }
            Err(why) => return Err(why.context(case.id.clone())),
        };
        let seen = behind.seen();
        match (forwarded - before, seen.as_slice()) {
            (0, []) => fared.refused(case, &answer),
            (1, [one]) if one.body == case.request.body.clone().unwrap_or_default() => {
                fared.forwarded(case);
            }
            _ => {
                let words = format!("{}: changed on its way", case.id);
                fared.differences.push(words);
            }
        }
        before = forwarded;
    }
    let not_sent: usize = fared.not_sent.values().sum();
    ensure!(fared.alike + not_sent <= cases.len(), "a case is one case");
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
        let Some(request) = fared.sent(case, extra) else {
            continue;
        };
        let mut client = request.client(address).await?;
        let response = client.open(request.request()).await;
        let forwarded = gateways.forwarded()?;
        let response = match response {
            Ok(response) => response,
            Err(_) if forwarded == before => {
                fared.ended(case, None, CUT_OFF);
                continue;
            }
            Err(why) => return Err(why.context(case.id.clone())),
        };
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

/// A connection that Envoy ends in place of an answer, as the status that it has for that otherwise.
const CUT_OFF: u16 = 400;

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
    /// The request with the headers of `extra` that it does not have; counted when it cannot be sent.
    fn sent(&mut self, case: &Case, extra: &[(&str, &str)]) -> Option<Sendable> {
        let sent = match case.host_failures.is_empty() {
            // One line is no attack: filter and server read the same.
            true if has_twice(case, "user-agent") => Err("lines that Envoy joins"),
            true => sendable(&case.request, Wire::Http1, extra),
            false => Err("a host that fails"),
        };
        match sent {
            Ok(sent) => Some(sent),
            Err(why) => {
                *self.not_sent.entry(why).or_default() += 1;
                None
            }
        }
    }

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
            Some(Expect::Refused { .. }) if *expect != Expect::Forwarded && is_joined(case) => {
                self.refused_as_one_line += 1;
            }
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

/// Several lines of these are one before any filter sees them.
const ONE_LINE: [&str; 2] = ["content-encoding", "content-type"];

fn is_joined(case: &Case) -> bool {
    ONE_LINE.iter().any(|name| has_twice(case, name))
}

fn has_twice(case: &Case, name: &str) -> bool {
    let lines = case.request.headers.iter();
    let same = lines.filter(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()));
    same.count() > 1
}
