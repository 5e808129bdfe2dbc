//! Whose certificate a server behind must show.
use callgate_envoy::{Gateway, Upstream};
use serde_json::{Value, json};

fn context(host: &str) -> Value {
    let gateway = Gateway {
        listen: ("127.0.0.1".to_owned(), 0),
        admin: 0,
        upstream: Upstream {
            host: host.to_owned(),
            port: 443,
            tls: true,
        },
        filter: json!({}),
        tokens: None,
        certificates: None,
        control_plane: None,
        buffer_bytes: 1 << 20,
    };
    let place = "/static_resources/clusters/0/transport_socket/typed_config";
    gateway
        .bootstrap()
        .pointer(place)
        .cloned()
        .unwrap_or_default()
}

/// Envoy holds SNI against the DNS names of a certificate alone, so that no certificate would do.
#[test]
fn an_address_is_held_against_the_addresses_of_a_certificate() {
    let names = "/common_tls_context/validation_context/match_typed_subject_alt_names";
    for (host, written) in [("10.0.0.1", "10.0.0.1"), ("2001:DB8:0::1", "2001:db8::1")] {
        let context = context(host);
        let expected = json!([{ "san_type": "IP_ADDRESS", "matcher": { "exact": written } }]);
        assert_eq!(context.pointer(names), Some(&expected));
        assert_eq!(
            (context.get("sni"), context.get("auto_sni_san_validation")),
            (None, None)
        );
    }
    let context = context("callgate.internal");
    assert_eq!(context.pointer(names), None);
    assert_eq!(context["sni"], "callgate.internal");
    assert_eq!(context["auto_sni_san_validation"], true);
}
