//! Envoy's configuration with the filter in it: what has to be set, in one place.
//!
//! Shapes are those of Envoy's API v3 (envoyproxy.io/docs/envoy/latest/api-v3), as JSON.

mod gateway;

pub use gateway::{ClientCertificates, ControlPlane, Gateway, Tokens, Upstream};

use serde_json::{Value, json};

/// The name of the filter in the chain, of its root and of its VM.
pub const NAME: &str = "callgate";

/// The name of the service's plugin and of its root.
const SERVICE: &str = "callgate-service";

/// The type of the filter's configuration.
const WASM: &str = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm";

/// What loads the module at `module` with a configuration.
#[must_use]
pub fn wasm(module: &str, configuration: &Value) -> Value {
    json!({ "@type": WASM, "config": plugin(NAME, module, configuration) })
}

/// What has the module ask the control plane on Envoy's main thread, for the filters of all workers: an entry of
/// `bootstrap_extensions`. `configuration` is the filter's own, which has a `control_plane`.
#[must_use]
pub fn service(module: &str, configuration: &Value) -> Value {
    let mut configuration = configuration.clone();
    configuration["service"] = json!(true);
    json!({
        "name": "envoy.bootstrap.wasm",
        "typed_config": {
            "@type": type_url("wasm.v3.WasmService"),
            "singleton": true,
            "config": plugin(SERVICE, module, &configuration),
        },
    })
}

/// A plugin of this name in the VM of all of them.
fn plugin(name: &str, module: &str, configuration: &Value) -> Value {
    json!({
        "name": name,
        "root_id": name,
        // A trapped VM is replaced within milliseconds; until then requests fail, none passes.
        "failure_policy": "FAIL_RELOAD",
        "reload_config": { "backoff": { "base_interval": "0.02s", "max_interval": "1s" } },
        // Without it the upstream sees the head of a request before the verdict.
        "allow_on_headers_stop_iteration": true,
        "vm_config": {
            "vm_id": NAME,
            "runtime": "envoy.wasm.runtime.v8",
            "code": { "local": { "filename": module } },
        },
        "configuration": {
            "@type": "type.googleapis.com/google.protobuf.StringValue",
            "value": configuration.to_string(),
        },
    })
}

/// The filter in a chain, with its configuration beside it.
#[must_use]
pub fn filter(wasm: &Value) -> Value {
    json!({ "name": NAME, "typed_config": wasm })
}

/// The filter in a chain, its configuration in a file that Envoy watches: a new file in the place of the old
/// one takes effect without a connection being drained.
#[must_use]
pub fn watched_filter(file: &str, folder: &str) -> Value {
    json!({
        "name": NAME,
        "config_discovery": {
            "config_source": {
                "resource_api_version": "V3",
                "path_config_source": { "path": file, "watched_directory": { "path": folder } },
            },
            "type_urls": [WASM],
        },
    })
}

/// The filter in a chain, its configuration from whoever configures the proxy, as a mesh does. A listener
/// waits for it as long as it takes.
#[must_use]
pub fn discovered_filter() -> Value {
    json!({
        "name": NAME,
        "config_discovery": {
            "config_source": {
                "resource_api_version": "V3",
                "ads": {},
                "initial_fetch_timeout": "0s",
            },
            "type_urls": [WASM],
        },
    })
}

/// What the file of [`watched_filter`] holds.
#[must_use]
pub fn watched_file(version: &str, wasm: &Value) -> Value {
    json!({
        "version_info": version,
        "resources": [{
            "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
            "name": NAME,
            "typed_config": wasm,
        }],
    })
}

/// Envoy knows labels only by a pattern over the raw counter name.
#[must_use]
pub fn stats_tags() -> Value {
    json!([{ "tag_name": "decision", "regex": "^wasmcustom\\.callgate_decisions_total(\\.decision\\.([A-Z_]+))$" }])
}

/// The URL of a type of Envoy's extensions.
#[must_use]
pub fn type_url(name: &str) -> String {
    format!("type.googleapis.com/envoy.extensions.{name}")
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
