//! What every Envoy of this project has in common, whatever differs.

use serde_json::{Value, json};
use xtask::envoy::Bootstrap;
use xtask::envoy::bootstrap::{ApiKey, Authentication};

fn bootstrap(authentication: Authentication, task_key: Option<Vec<u8>>) -> Value {
    let bootstrap = Bootstrap {
        filter: "filter.wasm".into(),
        plugin: json!({ "routes": [] }),
        upstream: ("127.0.0.1".to_owned(), 4000),
        authentication,
        task_key,
        strips_client_headers: true,
        workers: 1,
    };
    bootstrap.json()
}

fn with_keys() -> Value {
    let key = ApiKey {
        key: "k".to_owned(),
        agent: "support-bot".to_owned(),
    };
    bootstrap(Authentication::ApiKeys(vec![key]), Some(b"secret".to_vec()))
}

const MANAGER: &str = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config";

fn filters(bootstrap: &Value) -> Vec<&str> {
    let filters = bootstrap
        .pointer(&format!("{MANAGER}/http_filters"))
        .and_then(Value::as_array);
    filters
        .into_iter()
        .flatten()
        .filter_map(|filter| filter["name"].as_str())
        .collect()
}

#[test]
fn authentication_comes_before_the_filter_and_the_filter_before_the_router() {
    let authenticated = [
        "envoy.filters.http.api_key_auth",
        "envoy.filters.http.jwt_authn",
    ];
    let judged = ["callgate", "envoy.filters.http.router"];
    assert_eq!(filters(&with_keys()), [authenticated, judged].concat());
    assert_eq!(filters(&bootstrap(Authentication::None, None)), judged);
}

#[test]
fn headers_that_only_envoy_may_set_are_removed_first() {
    let bootstrap = with_keys();
    let mutations = format!("{MANAGER}/early_header_mutation_extensions/0/typed_config/mutations");
    let removed = json!([{ "remove": "x-callgate-identity" }, { "remove": "x-callgate-task" }]);
    assert_eq!(bootstrap.pointer(&mutations), Some(&removed));
}

#[test]
fn nothing_reaches_the_server_before_the_verdict_and_a_lost_filter_lets_nothing_pass() {
    let bootstrap = with_keys();
    let filter = bootstrap
        .pointer(&format!("{MANAGER}/http_filters/2/typed_config/config"))
        .cloned()
        .unwrap_or_default();
    assert_eq!(filter["allow_on_headers_stop_iteration"], true);
    assert_eq!(filter["failure_policy"], "FAIL_RELOAD");
}

#[test]
fn the_kernel_picks_every_port() {
    let bootstrap = with_keys();
    for place in ["/admin/address", "/static_resources/listeners/0/address"] {
        let address = bootstrap.pointer(&format!("{place}/socket_address"));
        assert_eq!(
            address,
            Some(&json!({ "address": "127.0.0.1", "port_value": 0 })),
            "{place}"
        );
    }
}
