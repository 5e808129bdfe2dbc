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
    /// All names and addresses.
    listeners: Vec<(String, String)>,
    scratch: Scratch,
}

impl Envoy {
    /// Starts Envoy and waits until it listens.
    pub fn start(layout: &Layout, bootstrap: &Bootstrap) -> Result<Self> {
        Self::start_with(layout, &bootstrap.json(), bootstrap.workers)
    }

    /// The same with a whole configuration, which may have any number of listeners.
    pub fn start_with(layout: &Layout, bootstrap: &Value, workers: u32) -> Result<Self> {
        let scratch = Scratch::new(&layout.products())?;
        let configuration = scratch.path().join("envoy.json");
        fs::write(&configuration, serde_json::to_vec_pretty(bootstrap)?)?;
        let admin_file = scratch.path().join("admin-address");
        let mut command =
            say::command(binary(layout)?, &["--disable-hot-restart", "--concurrency"]);
        command
            .arg(workers.to_string())
            .args(["--log-level", "info"])
            // Access logs are read while it runs.
            .args(["--file-flush-interval-msec", "100"]);
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
        let listeners = process.wait_for("listeners", |_| listeners(&admin))?;
        let (_, address) = listeners.first().context("no listener")?;
        Ok(Self {
            process,
            admin,
            address: address.clone(),
            listeners,
            scratch,
        })
    }

    /// Where a listener is, by its name.
    pub fn listener(&self, name: &str) -> Result<String> {
        let mut all = self.listeners.iter();
        let found = all.find(|(known, _)| known == name);
        let (_, address) = found.with_context(|| format!("no listener `{name}`"))?;
        Ok(address.clone())
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

/// Names and addresses, once every listener has one.
fn listeners(admin: &str) -> Option<Vec<(String, String)>> {
    let page: Value = serde_json::from_str(&get(admin, "/listeners?format=json").ok()?).ok()?;
    let all = page["listener_statuses"].as_array()?;
    let listeners = all.iter().map(|listener| {
        let address = listener.pointer("/local_address/socket_address")?;
        let port = address["port_value"].as_u64().filter(|port| *port > 0)?;
        let address = format!("{}:{port}", address["address"].as_str()?);
        Some((listener["name"].as_str()?.to_owned(), address))
    });
    let listeners: Vec<_> = listeners.collect::<Option<_>>()?;
    (!listeners.is_empty()).then_some(listeners)
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
