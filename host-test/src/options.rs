//! How a VM is started: what Envoy's filter configuration and cluster manager would say.

use std::collections::{BTreeMap, BTreeSet};

use crate::process::Process;

/// What Envoy does with requests after the VM trapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailurePolicy {
    /// 503 until a restart.
    Closed,
    /// The filter is skipped.
    Open,
    /// A new instance is started for the next request; shared data is kept.
    Reload,
}

/// Start-up parameters of a [`crate::Vm`]; the defaults are a production Envoy's.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the workers share. Give the same one to several VMs to make them workers of one Envoy.
    pub process: Process,
    /// Namespace of shared data and queues.
    pub vm_id: String,
    /// `root_id` of the plugin.
    pub root_id: String,
    /// `name` of the plugin.
    pub name: String,
    /// VM configuration (not the plugin configuration).
    pub vm_configuration: Vec<u8>,
    /// `allow_on_headers_stop_iteration`: Pause at headers still delivers the body.
    pub allow_on_headers_stop_iteration: bool,
    /// Bytes that a paused direction may buffer; beyond them 413 (request) or 500 (response).
    pub buffer_limit: usize,
    /// Ceiling of linear memory in bytes; growing beyond it fails inside the module.
    pub memory_limit: usize,
    /// Fuel of one callback; spending it is a trap. V8 has no such limit: it stands for a hang.
    pub fuel: u64,
    /// What follows a trap.
    pub failure_policy: FailurePolicy,
    /// Clusters that callouts may name; others are refused synchronously.
    pub clusters: BTreeSet<String>,
    /// Properties by path, parts joined with NUL (see [`property_path`]).
    pub properties: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Foreign functions by name, with the bytes they return.
    pub foreign_functions: BTreeMap<String, Vec<u8>>,
    /// The level that `proxy_get_log_level` reports (0 trace … 5 critical).
    pub log_level: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            process: Process::new(),
            vm_id: "callgate".into(),
            root_id: "callgate".into(),
            name: "callgate".into(),
            vm_configuration: Vec::new(),
            allow_on_headers_stop_iteration: true,
            buffer_limit: 1 << 20,
            memory_limit: 1 << 30,
            fuel: 20_000_000_000,
            failure_policy: FailurePolicy::Closed,
            clusters: BTreeSet::new(),
            properties: BTreeMap::new(),
            foreign_functions: BTreeMap::new(),
            log_level: 2,
        }
    }
}

/// A property path as it crosses the ABI: its parts joined with NUL.
#[must_use]
pub fn property_path(parts: &[&str]) -> Vec<u8> {
    parts.join("\0").into_bytes()
}
