//! Envoy with the filter and the example's policies in front of a recording upstream.

use anyhow::{Context as _, Result};
use hyper::Request;
use serde_json::Value;
use xtask::envoy::{Bootstrap, Envoy};
use xtask::example::Front;
use xtask::layout::Layout;

use super::client::Client;
use super::request::{self, Body};
use super::upstream::Upstream;

/// One Envoy and one upstream; both end with the test.
#[derive(Debug)]
pub struct Rig {
    /// What agents talk to.
    pub front: Front,
    /// What remembers all that got through.
    pub upstream: Upstream,
}

impl Rig {
    /// Starts both with the example's configuration.
    pub async fn start() -> Result<Self> {
        Self::adapted(|_| ()).await
    }

    /// Starts both; `adapt` changes the configuration first.
    pub async fn adapted(adapt: impl FnOnce(&mut Bootstrap) + Send + 'static) -> Result<Self> {
        Self::before(Upstream::start().await?, adapt).await
    }

    /// Starts Envoy in front of an upstream.
    pub async fn before(
        upstream: Upstream,
        adapt: impl FnOnce(&mut Bootstrap) + Send + 'static,
    ) -> Result<Self> {
        let port = upstream.port;
        let start = move || Front::start(&Layout::of_this_tree(), port, adapt);
        let front = tokio::task::spawn_blocking(start).await??;
        Ok(Self { front, upstream })
    }

    /// The running Envoy.
    pub fn envoy(&self) -> &Envoy {
        &self.front.envoy
    }

    /// A fresh HTTP/1.1 connection.
    pub async fn http1(&self) -> Result<Client> {
        Client::http1(&self.envoy().address).await
    }

    /// A fresh HTTP/2 connection.
    pub async fn http2(&self) -> Result<Client> {
        Client::http2(&self.envoy().address).await
    }

    /// An agent's API key.
    pub fn key(&self, agent: &str) -> Result<&str> {
        self.front
            .keys
            .get(agent)
            .map(String::as_str)
            .with_context(|| format!("no agent `{agent}`"))
    }

    /// A `tools/call` by an agent.
    pub fn call(
        &self,
        agent: &str,
        id: u64,
        tool: &str,
        arguments: &Value,
    ) -> Result<Request<Body>> {
        request::post(
            Some(self.key(agent)?),
            request::whole(request::call(id, tool, arguments)),
        )
    }
}
