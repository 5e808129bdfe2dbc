//! The example project, built and served: release, gateway, and the calls that agents make on it.

mod calls;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::envoy::bootstrap::{ApiKey, Authentication, IDENTITY_HEADER, TASK_HEADER};
use crate::envoy::{Bootstrap, Envoy};
use crate::layout::Layout;
use crate::{mcp, say};

pub use calls::Row;

/// Builds the example's release with the real command line.
pub fn build(layout: &Layout) -> Result<()> {
    say::step("release: callgate build docs/examples/support-team");
    fs::create_dir_all(layout.products())?;
    let mut build = say::cargo(
        &layout.root,
        &["run", "--quiet", "--package", "callgate", "--", "build"],
    );
    say::run(
        build
            .arg(layout.example())
            .arg("-o")
            .arg(layout.example_release()),
    )
}

/// Envoy with the filter, the example's release and its agents, in front of some server.
#[derive(Debug)]
pub struct Front {
    /// The gateway agents talk to.
    pub envoy: Envoy,
    /// Each agent's API key, made for this run.
    pub keys: BTreeMap<String, String>,
    /// What signs task tokens, made for this run.
    pub task_key: String,
}

impl Front {
    /// Starts Envoy before the loopback server on `upstream`; `adapt` may change the configuration first.
    pub fn start(
        layout: &Layout,
        upstream: u16,
        adapt: impl FnOnce(&mut Bootstrap),
    ) -> Result<Self> {
        let agents = json_file(layout, "demo/agents.json")?;
        let names = agents
            .as_object()
            .context("agents.json holds no object")?
            .keys();
        let keys = names
            .map(|name| Ok((name.clone(), secret()?)))
            .collect::<Result<BTreeMap<_, _>>>()?;
        let task_key = secret()?;
        let mut bootstrap = Bootstrap {
            filter: layout.filter(),
            plugin: plugin(layout, &agents)?,
            upstream: ("127.0.0.1".to_owned(), upstream),
            authentication: Authentication::ApiKeys(api_keys(&keys)),
            task_key: Some(task_key.clone().into_bytes()),
            strips_client_headers: true,
            workers: 2,
        };
        adapt(&mut bootstrap);
        Ok(Self {
            envoy: Envoy::start(layout, &bootstrap)?,
            keys,
            task_key,
        })
    }
}

/// The whole example: agents' gateway and a real MCP server behind it.
#[derive(Debug)]
pub struct Gateway {
    /// What agents talk to.
    pub front: Front,
    /// The MCP server behind it.
    pub server: mcp::Server,
}

impl Gateway {
    /// Starts both processes and waits until they listen.
    pub fn start(layout: &Layout) -> Result<Self> {
        let server = mcp::Server::start(layout)?;
        Ok(Self {
            front: Front::start(layout, server.port, |_| ())?,
            server,
        })
    }

    /// Lets a real MCP client make the calls of `demo/calls.json`.
    pub fn run_calls(&self, layout: &Layout, client: mcp::Client) -> Result<Vec<Row>> {
        let sessions = json_file(layout, "demo/calls.json")?;
        let sessions = sessions.as_array().context("calls.json holds no array")?;
        let Front {
            envoy,
            keys,
            task_key,
        } = &self.front;
        let plan = calls::plan(sessions, &envoy.url("/mcp"), keys, task_key)?;
        calls::rows(sessions, &mcp::calls(layout, client, &plan)?)
    }
}

/// The filter's configuration: the release, whom a name stands for, where MCP is spoken.
fn plugin(layout: &Layout, agents: &Value) -> Result<Value> {
    let path = layout.example_release();
    let text = fs::read(&path).with_context(|| {
        format!(
            "{} is missing; `cargo xtask test` builds it",
            path.display()
        )
    })?;
    let release: Value = serde_json::from_slice(&text).context("the release is not JSON")?;
    Ok(json!({
        "release": release,
        "identity": { "source": "header", "header": IDENTITY_HEADER, "directory": agents },
        "task": { "source": "header", "header": TASK_HEADER },
        "routes": [{ "path": "/mcp", "kind": "mcp" }],
    }))
}

fn api_keys(keys: &BTreeMap<String, String>) -> Vec<ApiKey> {
    keys.iter()
        .map(|(agent, key)| ApiKey {
            key: key.clone(),
            agent: agent.clone(),
        })
        .collect()
}

fn json_file(layout: &Layout, name: &str) -> Result<Value> {
    let path = layout.example().join(name);
    let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", path.display()))
}

/// 128 bits from the operating system, as text.
fn secret() -> Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut bytes))
        .context("no random numbers")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
