//! Envoy's configuration, in one place: authentication in front, the filter, then the MCP server.

use std::path::PathBuf;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD};
use callgate_envoy::{stats_tags, type_url};
use serde_json::{Value, json};

/// The headers only Envoy itself may set; whatever a client sends under these names is removed first.
pub const IDENTITY_HEADER: &str = "x-callgate-identity";
/// See [`IDENTITY_HEADER`].
pub const TASK_HEADER: &str = "x-callgate-task";
/// Where an agent presents its API key.
pub const KEY_HEADER: &str = "x-api-key";
/// Where an agent presents the signed token of its task session.
pub const TASK_TOKEN_HEADER: &str = "x-task-token";
/// Where the payload of a task token is in the metadata of `jwt_authn`.
pub const TASK_PAYLOAD: &str = "task";
/// The issuer that task tokens must name.
pub const TASK_ISSUER: &str = "task-service";

/// What Envoy buffers of a request: more than the filter's own limit, so that the filter gives the answer.
const BUFFER_BYTES: u32 = 2 << 20;

/// How callers prove who they are.
#[derive(Clone, Debug)]
pub enum Authentication {
    /// Envoy's `api_key_auth` maps a key to a name and forwards the name; clients cannot set it themselves.
    ApiKeys(Vec<ApiKey>),
    /// Nobody authenticates: for filters configured with a static identity.
    None,
}

/// One agent's credential.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// What the agent presents.
    pub key: String,
    /// Whom it stands for.
    pub agent: String,
}

/// Everything that differs between two Envoys of this project.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    /// The filter module.
    pub filter: PathBuf,
    /// The filter's own configuration.
    pub plugin: Value,
    /// `(host, port)` of the MCP server.
    pub upstream: (String, u16),
    /// How callers prove who they are.
    pub authentication: Authentication,
    /// The HMAC key that task tokens are signed with; without it there are no task sessions.
    pub task_key: Option<Vec<u8>>,
    /// Whether headers that only Envoy may set are removed when clients send them.
    pub strips_client_headers: bool,
    /// Envoy worker threads.
    pub workers: u32,
}

impl Bootstrap {
    /// The whole bootstrap. Every port is 0: the kernel picks, `/listeners` tells.
    pub fn json(&self) -> Value {
        json!({
            "admin": { "address": loopback(0) },
            "stats_config": { "stats_tags": stats_tags() },
            "static_resources": {
                "listeners": [{
                    "name": "agents",
                    "address": loopback(0),
                    "per_connection_buffer_limit_bytes": BUFFER_BYTES,
                    "filter_chains": [{ "filters": [self.connection_manager()] }],
                }],
                "clusters": [self.cluster()],
            },
        })
    }

    fn connection_manager(&self) -> Value {
        json!({
            "name": "envoy.filters.network.http_connection_manager",
            "typed_config": {
                "@type": type_url("filters.network.http_connection_manager.v3.HttpConnectionManager"),
                "stat_prefix": "agents",
                "codec_type": "AUTO",
                // HTTP/2 trailers always arrive; HTTP/1.1 ones only when asked for.
                "http_protocol_options": { "enable_trailers": true },
                "early_header_mutation_extensions": self.early_mutations(),
                "route_config": {
                    "virtual_hosts": [{
                        "name": "mcp",
                        "domains": ["*"],
                        // No timeout: MCP streams stay open.
                        "routes": [{ "match": { "prefix": "/" }, "route": { "cluster": "mcp_server", "timeout": "0s" } }],
                    }],
                },
                "http_filters": self.filters(),
            },
        })
    }

    fn early_mutations(&self) -> Vec<Value> {
        if self.strips_client_headers {
            vec![strip_client_headers()]
        } else {
            Vec::new()
        }
    }

    fn filters(&self) -> Vec<Value> {
        let mut filters = Vec::new();
        if let Authentication::ApiKeys(keys) = &self.authentication {
            filters.push(api_key_auth(keys));
        }
        if let Some(key) = &self.task_key {
            filters.push(task_tokens(key));
        }
        filters.push(self.callgate());
        filters.push(json!({
            "name": "envoy.filters.http.router",
            "typed_config": { "@type": type_url("filters.http.router.v3.Router") },
        }));
        filters
    }

    fn callgate(&self) -> Value {
        let module = self.filter.display().to_string();
        callgate_envoy::filter(&callgate_envoy::wasm(&module, &self.plugin))
    }

    fn cluster(&self) -> Value {
        let (host, port) = &self.upstream;
        json!({
            "name": "mcp_server",
            "type": "STATIC",
            "connect_timeout": "5s",
            "load_assignment": {
                "cluster_name": "mcp_server",
                "endpoints": [{ "lb_endpoints": [{ "endpoint": {
                    "address": { "socket_address": { "address": host, "port_value": port } },
                } }] }],
            },
        })
    }
}

/// Runs before routing and before every filter: no client can speak as somebody else.
fn strip_client_headers() -> Value {
    json!({
        "name": "envoy.http.early_header_mutation.header_mutation",
        "typed_config": {
            "@type": type_url("http.early_header_mutation.header_mutation.v3.HeaderMutation"),
            "mutations": [{ "remove": IDENTITY_HEADER }, { "remove": TASK_HEADER }],
        },
    })
}

fn api_key_auth(keys: &[ApiKey]) -> Value {
    let credentials: Vec<Value> = keys
        .iter()
        .map(|key| json!({ "key": key.key, "client": key.agent }))
        .collect();
    json!({
        "name": "envoy.filters.http.api_key_auth",
        "typed_config": {
            "@type": type_url("filters.http.api_key_auth.v3.ApiKeyAuth"),
            "credentials": credentials,
            "key_sources": [{ "header": KEY_HEADER }],
            // The MCP server learns neither the key nor, since the filter removes it, the identity.
            "forwarding": { "header": IDENTITY_HEADER, "hide_credentials": true },
        },
    })
}

/// A task session is a signed token; its claim `task` becomes the task header.
fn task_tokens(key: &[u8]) -> Value {
    let jwks =
        json!({ "keys": [{ "kty": "oct", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(key) }] });
    json!({
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": type_url("filters.http.jwt_authn.v3.JwtAuthentication"),
            "providers": { "task": {
                "issuer": TASK_ISSUER,
                "local_jwks": { "inline_string": jwks.to_string() },
                "from_headers": [{ "name": TASK_TOKEN_HEADER }],
                "claim_to_headers": [{ "header_name": TASK_HEADER, "claim_name": "task" }],
                "payload_in_metadata": TASK_PAYLOAD,
            } },
            // No token is fine (there is no task then); a wrong token is refused.
            "rules": [{
                "match": { "prefix": "/" },
                "requires": { "requires_any": { "requirements": [
                    { "provider_name": "task" }, { "allow_missing": {} },
                ] } },
            }],
        },
    })
}

fn loopback(port: u16) -> Value {
    json!({ "socket_address": { "address": "127.0.0.1", "port_value": port } })
}
