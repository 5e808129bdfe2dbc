//! One Envoy with a listener and a VM for each script, and a file that each filter's configuration is in.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use xtask::envoy::Envoy;
use xtask::envoy::bootstrap::{Authentication, Bootstrap};
use xtask::layout::Layout;
use xtask::process::Scratch;

use super::until;
use crate::bypass::DENYING;
use crate::envoy::sending::Wire;

/// The cluster of a case's control plane, as cases write it.
const CONTROL: &str = "control";

/// The running Envoy, and where the configurations are.
pub(super) struct Gateways {
    envoy: Envoy,
    scratch: Scratch,
}

/// What one script's gateway begins with.
pub(super) struct Beginning {
    /// The filter's configuration.
    pub(super) configuration: String,
    /// The port of the server behind.
    pub(super) server: u16,
    /// The port of its control plane.
    pub(super) control: u16,
    /// Whether the configuration will change: the kernel has few watches to give.
    pub(super) is_watched: bool,
    /// A filter in front.
    pub(super) attesting: Option<Value>,
}

impl Gateways {
    /// Starts Envoy.
    pub(super) async fn start(all: &[Beginning], wire: Wire) -> Result<Self> {
        let layout = Layout::of_this_tree();
        let scratch = Scratch::new(&layout.products())?;
        for (place, beginning) in all.iter().enumerate() {
            std::fs::create_dir(folder(&scratch, place))?;
            if beginning.is_watched {
                write(&scratch, place, 0, &beginning.configuration)?;
            }
        }
        let whole = bootstrap(&scratch, all, wire)?;
        let start = move || Envoy::start_with(&layout, &whole, 1);
        let envoy = tokio::task::spawn_blocking(start).await??;
        Ok(Self { envoy, scratch })
    }

    /// Where the clients of a script connect.
    pub(super) fn address(&self, place: usize) -> Result<String> {
        self.envoy.listener(&name(place))
    }

    /// What the filter of a script has logged so far.
    pub(super) fn logged(&self, place: usize) -> Vec<String> {
        // Envoy writes the names of plugin, root and VM before what a plugin says.
        let from = format!(" {}: ", name(place));
        let log = self.envoy.log();
        let lines = log.lines().filter(|line| line.contains("wasm log "));
        let said = lines.filter_map(|line| line.split_once(&from).map(|(_, said)| said));
        said.map(str::to_owned).collect()
    }

    /// Gives the filter of a script its configuration number `number`, and returns when every worker has it.
    pub(super) async fn configure(&self, place: usize, number: usize, text: &str) -> Result<()> {
        let counter = format!(
            "extension_config_discovery.http_filter.{}.config_reload",
            name(place)
        );
        let before = self.counter(&counter)?;
        write(&self.scratch, place, number, text)?;
        until("the configuration never came", || {
            Ok(self.counter(&counter)? > before)
        })
        .await
    }

    /// Why its filter denies everything, as the log says after its first `lines` lines.
    pub(super) fn denying(&self, place: usize, lines: usize) -> Option<String> {
        let logged = self.logged(place).into_iter().skip(lines);
        let mut why = logged.filter_map(|line| line.strip_prefix(DENYING).map(str::to_owned));
        why.next()
    }

    /// Requests of a script that went on to the server so far.
    pub(super) fn forwarded(&self, place: usize) -> Result<u64> {
        self.counter(&format!("cluster.{}.upstream_rq_total", name(place)))
    }

    /// Requests that a script's listener has open.
    pub(super) fn open(&self, place: usize) -> Result<u64> {
        self.counter(&format!("http.{}.downstream_rq_active", name(place)))
    }

    fn counter(&self, name: &str) -> Result<u64> {
        let page = format!("/stats?filter=^{}$", name.replace('.', "\\."));
        let page = self.envoy.admin_get(&page)?;
        let count = page.trim().rsplit_once(' ').map(|(_, count)| count.parse());
        Ok(count.with_context(|| format!("no `{name}`"))??)
    }
}

/// What the listener of a script, its filter, its VM and its statistics are called.
fn name(place: usize) -> String {
    format!("script-{place}-")
}

fn folder(scratch: &Scratch, place: usize) -> PathBuf {
    scratch.path().join(name(place))
}

/// What loads the filter with its configuration number `number`.
fn wasm(place: usize, number: usize, configuration: &str) -> Value {
    let module = Layout::of_this_tree().filter().display().to_string();
    let mut wasm = callgate_envoy::wasm(&module, &Value::Null);
    wasm["config"]["configuration"]["value"] = configuration.into();
    // Two that say the same are two nevertheless.
    wasm["config"]["name"] = format!("configuration-{number}").into();
    wasm["config"]["vm_config"]["vm_id"] = name(place).into();
    wasm
}

/// Replaces a configuration at once, as Envoy demands of a file that it watches.
fn write(scratch: &Scratch, place: usize, number: usize, configuration: &str) -> Result<()> {
    let wasm = wasm(place, number, configuration);
    let mut file = callgate_envoy::watched_file(&number.to_string(), &wasm);
    file["resources"][0]["name"] = name(place).into();
    let folder = folder(scratch, place);
    let new = folder.join("new");
    std::fs::write(&new, file.to_string())?;
    Ok(std::fs::rename(new, folder.join(FILE))?)
}

const FILE: &str = "filter.json";

fn bootstrap(scratch: &Scratch, all: &[Beginning], wire: Wire) -> Result<Value> {
    let bootstrap = Bootstrap {
        filter: Layout::of_this_tree().filter(),
        plugin: json!({}),
        upstream: ("127.0.0.1".into(), 0),
        authentication: Authentication::None,
        task_key: None,
        strips_client_headers: false,
        workers: 1,
    };
    let mut whole = bootstrap.json();
    // Whatever is discovered, from a file too, is discovered for a node.
    whole["node"] = json!({ "id": "scripts", "cluster": "scripts" });
    let own = &mut whole["static_resources"];
    let (listener, cluster) = (own["listeners"][0].clone(), own["clusters"][0].clone());
    let (mut listeners, mut clusters) = (Vec::new(), Vec::new());
    for (place, beginning) in all.iter().enumerate() {
        listeners.push(listening(
            &listener,
            place,
            &folder(scratch, place),
            beginning,
        )?);
        let mut server = reaching(&cluster, &name(place), beginning.server)?;
        server["typed_extension_protocol_options"] = spoken(wire);
        clusters.push(server);
        clusters.push(reaching(&cluster, &control(place), beginning.control)?);
    }
    own["listeners"] = listeners.into();
    own["clusters"] = clusters.into();
    Ok(whole)
}

fn listening(one: &Value, place: usize, folder: &Path, beginning: &Beginning) -> Result<Value> {
    let mut next = one.clone();
    next["name"] = name(place).into();
    let manager = next.pointer_mut("/filter_chains/0/filters/0/typed_config");
    let manager = manager.context("a connection manager")?;
    manager["stat_prefix"] = name(place).into();
    let file = folder.join(FILE).display().to_string();
    let mut filter = match beginning.is_watched {
        true => callgate_envoy::watched_filter(&file, &folder.display().to_string()),
        false => callgate_envoy::filter(&wasm(place, 0, &beginning.configuration)),
    };
    filter["name"] = name(place).into();
    manager["http_filters"][0] = filter;
    let filters = manager["http_filters"].as_array_mut();
    let filters = filters.context("filters")?;
    filters.splice(0..0, beginning.attesting.clone());
    let route = manager.pointer_mut("/route_config/virtual_hosts/0/routes/0/route");
    route.context("a route")?["cluster"] = name(place).into();
    Ok(next)
}

fn reaching(one: &Value, name: &str, port: u16) -> Result<Value> {
    let mut cluster = one.clone();
    cluster["name"] = name.into();
    cluster["load_assignment"]["cluster_name"] = name.into();
    let address = "/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address";
    let address = cluster.pointer_mut(address).context("an address")?;
    address["port_value"] = port.into();
    Ok(cluster)
}

fn control(place: usize) -> String {
    format!("{CONTROL}-{place}")
}

fn spoken(wire: Wire) -> Value {
    let options = match wire {
        Wire::Http1 => json!({ "http_protocol_options": { "enable_trailers": true } }),
        Wire::Http2 => json!({ "http2_protocol_options": {} }),
    };
    json!({ "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": callgate_envoy::type_url("upstreams.http.v3.HttpProtocolOptions"),
        "explicit_http_config": options,
    } })
}

/// How often a control plane is asked, in milliseconds.
const PERIOD: u64 = 100;
/// How often cases have it asked, which a real clock makes them wait for.
const USUAL: u64 = 1_000;

/// A configuration whose control plane is the script's own, and is asked often.
pub(super) fn own_control(configuration: String, place: usize) -> String {
    let Ok(mut written) = serde_json::from_str::<Value>(&configuration) else {
        return configuration;
    };
    match written.get_mut("control_plane") {
        Some(plane) if plane["cluster"] == CONTROL => {
            plane["cluster"] = control(place).into();
            if plane["poll_ms"].as_u64().unwrap_or(USUAL) == USUAL {
                plane["poll_ms"] = PERIOD.into();
            }
            written.to_string()
        }
        _ => configuration,
    }
}
