//! The chains of filters that are timed beside each other, each behind a listener of its own.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use callgate_envoy::type_url;
use serde_json::{Value, json};

use crate::layout::Layout;
use crate::say;

/// A chain of filters.
pub struct Chain {
    /// The name of its listener.
    pub name: &'static str,
    /// What it is, for the table.
    pub about: &'static str,
    /// Whether the others are compared with it.
    pub is_peer: bool,
    filters: Vec<Value>,
}

impl Chain {
    fn new(name: &'static str, about: &'static str, filters: Vec<Value>) -> Self {
        Self {
            name,
            about,
            is_peer: false,
            filters,
        }
    }
}

/// A signed release, and whose key it is signed with.
pub struct Signed {
    release: Value,
    key: String,
}

/// All of them; the first has no filter.
pub fn chains(module: &Path, idle: &Path, signed: &Signed) -> Result<Vec<Chain>> {
    let module = module.to_str().context("a path that is text")?;
    let idle = idle.to_str().context("a path that is text")?;
    let callgate = |name: &str, headers: bool, audit: Value| {
        let plugin = json!({
            "release": signed.release,
            "trusted_keys": [signed.key],
            // The server takes records as it takes anything.
            "control_plane": { "cluster": "server" },
            "identity": { "source": "static", "name": "bot", "labels": { "team": "support" } },
            "routes": [{ "path": "/mcp", "kind": "mcp" }],
            "response_headers": headers,
            "audit": audit,
        });
        vec![wasm(name, module, &plugin)]
    };
    let quiet = json!({ "access_log": true });
    let logged = json!({ "access_log": true, "log": true });
    let sent = json!({ "access_log": true, "executions": true });
    Ok(vec![
        Chain::new("nothing", "no filter", Vec::new()),
        Chain::new(
            "idle",
            "wasm that does nothing",
            vec![wasm("idle", idle, &json!({}))],
        ),
        Chain::new("lua", "Lua, `find` in the body", vec![lua()]),
        Chain {
            is_peer: true,
            ..Chain::new(
                "native",
                "Envoy's `mcp` + RBAC, 1 rule",
                vec![mcp(), rbac()],
            )
        },
        Chain::new(
            "untold",
            "callgate, 20 policies, nobody told",
            callgate("untold", false, json!({})),
        ),
        Chain::new(
            "callgate",
            "callgate, summaries in the access log",
            callgate("callgate", false, quiet.clone()),
        ),
        Chain::new(
            "headers",
            "summaries, headers on responses",
            callgate("headers", true, quiet),
        ),
        Chain::new(
            "sent",
            "summaries, records to a control plane",
            callgate("sent", false, sent),
        ),
        Chain::new(
            "logged",
            "summaries, records in the log",
            callgate("logged", false, logged),
        ),
    ])
}

/// A bootstrap with a listener for each chain, before one server.
pub fn bootstrap(chains: &[Chain], port: u16) -> Value {
    let listeners: Vec<Value> = chains.iter().map(listener).collect();
    json!({
        "admin": { "address": loopback(0) },
        "static_resources": {
            "listeners": listeners,
            "clusters": [{
                "name": "server",
                "type": "STATIC",
                "load_assignment": {
                    "cluster_name": "server",
                    "endpoints": [{ "lb_endpoints": [{ "endpoint": { "address": loopback(port) } }] }],
                },
            }],
        },
    })
}

fn listener(chain: &Chain) -> Value {
    let mut filters = chain.filters.clone();
    filters.push(json!({
        "name": "envoy.filters.http.router",
        "typed_config": { "@type": type_url("filters.http.router.v3.Router") },
    }));
    json!({
        "name": chain.name,
        "address": loopback(0),
        "per_connection_buffer_limit_bytes": 2 << 20,
        "filter_chains": [{ "filters": [{
            "name": "envoy.filters.network.http_connection_manager",
            "typed_config": {
                "@type": type_url("filters.network.http_connection_manager.v3.HttpConnectionManager"),
                "stat_prefix": chain.name,
                "route_config": { "virtual_hosts": [{
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{ "match": { "prefix": "/" }, "route": { "cluster": "server" } }],
                }] },
                "http_filters": filters,
            },
        }] }],
    })
}

fn loopback(port: u16) -> Value {
    json!({ "socket_address": { "address": "127.0.0.1", "port_value": port } })
}

/// A module in a VM of its own: the numbers of releases are one VM's.
fn wasm(name: &str, module: &str, configuration: &Value) -> Value {
    let mut wasm = callgate_envoy::wasm(module, configuration);
    wasm["config"]["vm_config"]["vm_id"] = json!(name);
    callgate_envoy::filter(&wasm)
}

/// A release of twenty policies: ten that name a tool, ten that read who calls and with what, as most of a
/// project's do. `folder` is where its project is put.
pub fn release(layout: &Layout, folder: &Path) -> Result<Signed> {
    let project = folder.join("project");
    fs::create_dir_all(project.join("policies"))?;
    fs::write(project.join("callgate.yaml"), "project: bench\n")?;
    for number in 0..20 {
        let file = project.join(format!("policies/policy-{number}.json"));
        fs::write(file, policy(number).to_string())?;
    }
    let (built, key) = (folder.join("release.json"), folder.join("team.key"));
    let callgate = ["run", "--quiet", "--package", "callgate", "--"];
    say::run(
        say::cargo(&layout.root, &callgate)
            .args(["keygen", "-o"])
            .arg(&key),
    )?;
    let mut build = say::cargo(&layout.root, &callgate);
    build.arg("build").arg(&project).arg("--sign").arg(&key);
    say::run(build.arg("-o").arg(&built))?;
    Ok(Signed {
        release: serde_json::from_slice(&fs::read(built)?)?,
        key: fs::read_to_string(folder.join("team.key.pub"))?,
    })
}

fn policy(number: u32) -> Value {
    let (effect, expression) = match (number, number % 2) {
        (0, _) => ("allow", "identity.labels.team == 'support'".to_owned()),
        (_, 0) => {
            let expression = format!(
                "request.tool.name == 'tool_{number}' && request.tool.args.amount > {number}"
            );
            ("deny", expression)
        }
        _ => {
            let expression = format!(
                "identity.labels.team != 'support' && has(request.tool.args.amount) \
                 && request.tool.args.amount > {number}000"
            );
            ("deny", expression)
        }
    };
    json!({
        "apiVersion": "callgate/v1",
        "kind": "CelPolicy",
        "metadata": { "name": format!("policy-{number}") },
        "spec": { "effect": effect, "expression": expression },
    })
}

fn lua() -> Value {
    let code = "function envoy_on_request(handle)\n\
                local body = handle:body()\n\
                local text = body:getBytes(0, body:length())\n\
                if string.find(text, '\"delete_issue\"', 1, true) then\n\
                handle:respond({[':status'] = '403'}, 'denied')\n\
                end\n\
                end\n";
    json!({
        "name": "envoy.filters.http.lua",
        "typed_config": {
            "@type": type_url("filters.http.lua.v3.Lua"),
            "default_source_code": { "inline_string": code },
        },
    })
}

fn mcp() -> Value {
    json!({
        "name": "envoy.filters.http.mcp",
        // Bodies of 8 KiB and more are read only when that is allowed.
        "typed_config": { "@type": type_url("filters.http.mcp.v3.Mcp"), "max_request_body_size": 65_536 },
    })
}

fn rbac() -> Value {
    let tool = json!({ "metadata": {
        "filter": "envoy.filters.http.mcp",
        "path": [{ "key": "params" }, { "key": "name" }],
        "value": { "string_match": { "exact": "delete_issue" } },
    } });
    json!({
        "name": "envoy.filters.http.rbac",
        "typed_config": {
            "@type": type_url("filters.http.rbac.v3.RBAC"),
            "rules": {
                "action": "DENY",
                "policies": { "deletes": { "permissions": [tool], "principals": [{ "any": true }] } },
            },
        },
    })
}
