//! Real MCP peers: the reference server `server-everything`, a server of the Python package `mcp`, and tool calls
//! by both packages' clients.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::layout::Layout;
use crate::process::{Process, Scratch};
use crate::say;

/// An MCP server over streamable HTTP; dropping it ends it.
#[derive(Debug)]
pub struct Server {
    process: Process,
    _scratch: Scratch,
    /// Its loopback port.
    pub port: u16,
}

impl Server {
    /// Starts the MCP reference server and waits until it listens.
    pub fn start(layout: &Layout) -> Result<Self> {
        let mut command = say::command("node", &[layout.own("scripts/everything.mjs")]);
        command.arg(
            layout
                .npm_package("@modelcontextprotocol/server-everything")
                .join("dist/index.js"),
        );
        // The server has a tool that prints its environment: it gets one that says nothing.
        command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("CRM_PASSWORD", "only-a-demo");
        Self::listening(layout, &mut command)
    }

    /// Starts a server of the Python package `mcp` with the tools of the bypass corpus.
    pub fn start_python(layout: &Layout) -> Result<Self> {
        let mut command = say::command(layout.python(), &[layout.own("scripts/mcp_server.py")]);
        Self::listening(layout, &mut command)
    }

    /// What it has printed so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    fn listening(layout: &Layout, command: &mut Command) -> Result<Self> {
        let scratch = Scratch::new(&layout.products())?;
        let mut process = Process::start("mcp-server", command, scratch.path())?;
        let port = process.wait_for("port", |log| {
            log.lines()
                .find_map(|line| line.strip_prefix("callgate-port ")?.parse().ok())
        })?;
        Ok(Self {
            process,
            _scratch: scratch,
            port,
        })
    }
}

/// A real MCP client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// PyPI's `mcp`.
    Python,
    /// npm's `@modelcontextprotocol/sdk`.
    TypeScript,
}

impl Client {
    fn command(self, layout: &Layout) -> Command {
        match self {
            Self::Python => say::command(layout.python(), &[layout.own("scripts/mcp_calls.py")]),
            Self::TypeScript => {
                let mut node = say::command("node", &[layout.own("scripts/mcp_calls.mjs")]);
                node.arg(layout.tools().join("node"));
                node
            }
        }
    }
}

/// Lets a real MCP client make calls; the plan and the answers are those of `scripts/mcp_calls.py`.
pub fn calls(layout: &Layout, client: Client, plan: &Value) -> Result<Vec<Value>> {
    let mut command = client.command(layout);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().context("cannot start the MCP client")?;
    let mut stdin = child.stdin.take().context("the MCP client has no input")?;
    stdin.write_all(plan.to_string().as_bytes())?;
    drop(stdin);
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!(
            "the MCP client ended with {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let answers =
        serde_json::from_slice(&output.stdout).context("the MCP client printed no JSON")?;
    Ok(answers)
}
