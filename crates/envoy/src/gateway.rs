//! A whole bootstrap: one listener for agents, the filter, one server behind it.
use super::{NAME, stats_tags, type_url};
use serde_json::{Value, json};
use std::net::IpAddr;

/// A gateway in front of one server.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Where agents connect: address and port.
    pub listen: (String, u16),
    /// Where the administration interface listens, on loopback.
    pub admin: u16,
    /// The server behind.
    pub upstream: Upstream,
    /// The filter, as [`super::filter`] or [`super::watched_filter`] has it.
    pub filter: Value,
    /// Tokens that are verified before the filter.
    pub tokens: Option<Tokens>,
    /// TLS towards agents.
    pub certificates: Option<ClientCertificates>,
    /// Where the filter gets newer releases from, if it does.
    pub control_plane: Option<ControlPlane>,
    /// What Envoy buffers of a message: more than the filter's own limit, so that the filter answers.
    pub buffer_bytes: u32,
}

/// A server to forward to.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether it speaks TLS; its certificate must then be for `host`.
    pub tls: bool,
}

/// A control plane, and who asks it.
#[derive(Clone, Debug)]
pub struct ControlPlane {
    /// Where it is.
    pub server: Upstream,
    /// What asks it for all workers, as [`super::service`] has it.
    pub service: Value,
}

/// JSON Web Tokens that agents present as `authorization: Bearer`.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The issuer that tokens must name.
    pub issuer: String,
    /// Audiences of which tokens must name one; none means any.
    pub audiences: Vec<String>,
    /// A file with the issuer's keys (RFC 7517).
    pub jwks: String,
}

/// The server's certificate, and who signs those of clients. All are files in PEM.
#[derive(Clone, Debug)]
pub struct ClientCertificates {
    /// The listener's own certificate chain.
    pub certificate: String,
    /// Its private key.
    pub key: String,
    /// Who clients' certificates must be signed by; none asks clients for no certificate.
    pub client_ca: Option<String>,
}

impl ControlPlane {
    /// The name of its cluster, which the filter's configuration has.
    pub const CLUSTER: &str = "control-plane";
}

impl Tokens {
    /// The name under which the filter finds a verified payload.
    pub const PAYLOAD: &str = NAME;

    fn filter(&self) -> Value {
        json!({
            "name": "envoy.filters.http.jwt_authn",
            "typed_config": {
                "@type": type_url("filters.http.jwt_authn.v3.JwtAuthentication"),
                "providers": { NAME: {
                    "issuer": self.issuer,
                    "audiences": self.audiences,
                    "local_jwks": { "filename": self.jwks },
                    "payload_in_metadata": Self::PAYLOAD,
                } },
                "rules": [{ "match": { "prefix": "/" }, "requires": { "provider_name": NAME } }],
            },
        })
    }
}

impl ClientCertificates {
    fn socket(&self) -> Value {
        let mut common = json!({
            "tls_certificates": [{
                "certificate_chain": { "filename": self.certificate },
                "private_key": { "filename": self.key },
            }],
            "alpn_protocols": ["h2", "http/1.1"],
        });
        if let Some(authority) = &self.client_ca {
            common["validation_context"] = json!({ "trusted_ca": { "filename": authority } });
        }
        json!({
            "name": "envoy.transport_sockets.tls",
            "typed_config": {
                "@type": type_url("transport_sockets.tls.v3.DownstreamTlsContext"),
                "require_client_certificate": self.client_ca.is_some(),
                "common_tls_context": common,
            },
        })
    }
}

impl Gateway {
    /// The bootstrap.
    #[must_use]
    pub fn bootstrap(&self) -> Value {
        let (address, port) = &self.listen;
        let mut chain = json!({ "filters": [self.connection_manager()] });
        if let Some(certificates) = &self.certificates {
            chain["transport_socket"] = certificates.socket();
        }
        let plane = self.control_plane.as_ref();
        let server = self.upstream.cluster("server");
        let clusters = plane.map(|plane| plane.server.cluster(ControlPlane::CLUSTER));
        let clusters: Vec<Value> = [server].into_iter().chain(clusters).collect();
        let services: Vec<&Value> = plane.iter().map(|plane| &plane.service).collect();
        json!({
            // Whatever is discovered, from a file too, is discovered for a node.
            "node": { "id": NAME, "cluster": NAME },
            "admin": { "address": socket("127.0.0.1", self.admin) },
            "stats_config": { "stats_tags": stats_tags() },
            "bootstrap_extensions": services,
            "static_resources": {
                "listeners": [{
                    "name": "agents",
                    "address": socket(address, *port),
                    "per_connection_buffer_limit_bytes": self.buffer_bytes,
                    "filter_chains": [chain],
                }],
                "clusters": clusters,
            },
        })
    }

    fn connection_manager(&self) -> Value {
        let mut filters: Vec<Value> = self.tokens.iter().map(Tokens::filter).collect();
        filters.push(self.filter.clone());
        filters.push(json!({
            "name": "envoy.filters.http.router",
            "typed_config": { "@type": type_url("filters.http.router.v3.Router") },
        }));
        json!({
            "name": "envoy.filters.network.http_connection_manager",
            "typed_config": {
                "@type": type_url("filters.network.http_connection_manager.v3.HttpConnectionManager"),
                "stat_prefix": "agents",
                "codec_type": "AUTO",
                // HTTP/2 trailers always arrive; HTTP/1.1 ones only when asked for.
                "http_protocol_options": { "enable_trailers": true },
                "access_log": [access_log()],
                "route_config": {
                    "virtual_hosts": [{
                        "name": "server",
                        "domains": ["*"],
                        // Before the filter adds its own: no server speaks for it.
                        "response_headers_to_remove": ["x-callgate-decision", "x-callgate-release"],
                        // No timeout: MCP streams stay open.
                        "routes": [{ "match": { "prefix": "/" }, "route": { "cluster": "server", "timeout": "0s" } }],
                    }],
                },
                "http_filters": filters,
            },
        })
    }
}

impl Upstream {
    fn cluster(&self, name: &str) -> Value {
        let Self { host, port, tls } = self;
        let address = host.parse::<IpAddr>().ok();
        let mut cluster = json!({
            "name": name,
            "type": if address.is_some() { "STATIC" } else { "STRICT_DNS" },
            "connect_timeout": "5s",
            "load_assignment": {
                "cluster_name": name,
                "endpoints": [{ "lb_endpoints": [{ "endpoint": { "address": socket(host, *port) } }] }],
            },
        });
        if host == "localhost" {
            // Its servers often listen on one of its two addresses alone: the one that answers is taken.
            cluster["type"] = json!("LOGICAL_DNS");
            cluster["dns_lookup_family"] = json!("ALL");
        }
        if *tls {
            let authorities = json!({ "filename": "/etc/ssl/certs/ca-certificates.crt" });
            let mut validation = json!({ "trusted_ca": authorities });
            let mut context =
                json!({ "@type": type_url("transport_sockets.tls.v3.UpstreamTlsContext") });
            match address {
                // No address is ever sent as SNI, and none is a DNS name in a certificate.
                Some(address) => {
                    let exact = address.to_string();
                    validation["match_typed_subject_alt_names"] =
                        json!([{ "san_type": "IP_ADDRESS", "matcher": { "exact": exact } }]);
                }
                None => {
                    context["sni"] = json!(host);
                    context["auto_sni_san_validation"] = json!(true);
                }
            }
            context["common_tls_context"] = json!({ "validation_context": validation });
            cluster["transport_socket"] =
                json!({ "name": "envoy.transport_sockets.tls", "typed_config": context });
        }
        cluster
    }
}

/// One line of JSON a request: what was asked for, what was decided, by which policy and release.
fn access_log() -> Value {
    json!({
        "name": "envoy.access_loggers.stdout",
        "typed_config": {
            "@type": type_url("access_loggers.stream.v3.StdoutAccessLog"),
            "log_format": { "json_format": {
                "start": "%START_TIME%",
                "method": "%REQ(:METHOD)%",
                "path": "%REQ(:PATH)%",
                "status": "%RESPONSE_CODE%",
                "details": "%RESPONSE_CODE_DETAILS%",
                "callgate": "%FILTER_STATE(wasm.callgate:PLAIN)%",
                "milliseconds": "%DURATION%",
            } },
        },
    })
}

fn socket(address: &str, port: u16) -> Value {
    json!({ "socket_address": { "address": address, "port_value": port } })
}
