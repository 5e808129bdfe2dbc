//! A real Envoy with the filter: its configuration, its process, its ports and its statistics.

pub mod bootstrap;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::layout::Layout;
use crate::process::{Process, Scratch};
use crate::say;

pub use bootstrap::Bootstrap;

/// A running Envoy; dropping it ends the process and removes its folder.
#[derive(Debug)]
pub struct Envoy {
    process: Process,
    admin: String,
    /// `127.0.0.1:<port>` where agents connect.
    pub address: String,
    scratch: Scratch,
}

impl Envoy {
    /// Starts Envoy and waits until it listens.
    pub fn start(layout: &Layout, bootstrap: &Bootstrap) -> Result<Self> {
        let scratch = Scratch::new(&layout.products())?;
        let configuration = scratch.path().join("envoy.json");
        fs::write(
            &configuration,
            serde_json::to_vec_pretty(&bootstrap.json())?,
        )?;
        let admin_file = scratch.path().join("admin-address");
        let mut command =
            say::command(binary(layout)?, &["--disable-hot-restart", "--concurrency"]);
        command
            .arg(bootstrap.workers.to_string())
            .args(["--log-level", "info"]);
        command
            .arg("-c")
            .arg(&configuration)
            .arg("--admin-address-path")
            .arg(&admin_file);
        let mut process = Process::start("envoy", &mut command, scratch.path())?;
        let admin = process.wait_for("admin address", |_| {
            fs::read_to_string(&admin_file)
                .ok()
                .filter(|text| text.contains(':'))
                .map(|text| text.trim().to_owned())
        })?;
        process.wait_for("readiness", |_| get(&admin, "/ready").ok())?;
        let address = process.wait_for("listener", |_| listener(&admin))?;
        Ok(Self {
            process,
            admin,
            address,
            scratch,
        })
    }

    /// The URL of a path, as agents see it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// `host:port` of the administration interface.
    pub fn admin(&self) -> &str {
        &self.admin
    }

    /// Envoy's log so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Whether the process still runs.
    pub fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Where this run's configuration and log are.
    pub fn folder(&self) -> PathBuf {
        self.scratch.path().to_path_buf()
    }

    /// An administration page, for example `/stats/prometheus`.
    pub fn admin_get(&self, path: &str) -> Result<String> {
        get(&self.admin, path)
    }

    /// The samples of one Prometheus metric: `(labels, value)`.
    pub fn metric(&self, name: &str) -> Result<Vec<(String, f64)>> {
        let page = self.admin_get("/stats/prometheus")?;
        let samples = page.lines().filter_map(|line| {
            let (series, value) = line.strip_prefix(name)?.rsplit_once(' ')?;
            let labels = series
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'));
            // A longer metric name that only begins with `name` is another metric.
            if labels.is_none() && !series.is_empty() {
                return None;
            }
            Some((labels.unwrap_or_default().to_owned(), value.parse().ok()?))
        });
        Ok(samples.collect())
    }
}

fn get(admin: &str, path: &str) -> Result<String> {
    let url = format!("http://{admin}{path}");
    let mut response = ureq::get(&url)
        .call()
        .with_context(|| format!("`{path}` of the administration interface"))?;
    Ok(response
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_to_string()?)
}

fn listener(admin: &str) -> Option<String> {
    let page: Value = serde_json::from_str(&get(admin, "/listeners?format=json").ok()?).ok()?;
    let address = page.pointer("/listener_statuses/0/local_address/socket_address")?;
    let port = address
        .get("port_value")?
        .as_u64()
        .filter(|port| *port > 0)?;
    Some(format!("{}:{port}", address.get("address")?.as_str()?))
}

/// Envoy's executable inside the Python package that carries it.
pub fn binary(layout: &Layout) -> Result<PathBuf> {
    let libraries = layout.tools().join("python/lib");
    let folders =
        fs::read_dir(&libraries).context("Envoy is not installed; run `cargo xtask setup`")?;
    let candidates = folders
        .flatten()
        .map(|folder| folder.path().join("site-packages/envoy/_bin/envoy"));
    candidates
        .into_iter()
        .find(|path| path.exists())
        .context("Envoy is not installed; run `cargo xtask setup`")
}
