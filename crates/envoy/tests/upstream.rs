//! Where a server behind is looked for, and whose certificate it must show.
use callgate_envoy::{Gateway, Upstream};
use serde_json::{Value, json};

fn cluster(host: &str) -> Value {
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
    let place = "/static_resources/clusters/0";
    gateway
        .bootstrap()
        .pointer(place)
        .cloned()
        .unwrap_or_default()
}

fn context(host: &str) -> Value {
    cluster(host)["transport_socket"]["typed_config"].take()
}

#[test]
fn localhost_is_whichever_of_its_addresses_answers() {
    for (host, kind, family) in [
        ("localhost", "LOGICAL_DNS", json!("ALL")),
        ("callgate.internal", "STRICT_DNS", json!(null)),
        ("127.0.0.1", "STATIC", json!(null)),
    ] {
        let cluster = cluster(host);
        assert_eq!(
            (&cluster["type"], &cluster["dns_lookup_family"]),
            (&json!(kind), &family)
        );
    }
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
