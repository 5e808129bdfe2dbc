//! Addresses as arguments name them.

use std::net::Ipv6Addr;

use callgate_envoy::Upstream;

/// The origin of a control plane.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// Where it is.
    pub(super) server: Upstream,
    /// Host and port as they were written.
    pub(super) authority: String,
}

/// `HOST:PORT`; brackets are around an address of IPv6.
pub(super) fn host_and_port(argument: &str) -> Result<(String, u16), String> {
    let read = || {
        let (host, port) = argument.rsplit_once(':')?;
        let port = port.parse().ok().filter(|port| *port > 0)?;
        Some((self::host(host)?, port))
    };
    read().ok_or_else(|| format!("`{argument}` is no HOST:PORT"))
}

/// A name, or an address.
fn host(host: &str) -> Option<String> {
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let is_usable = match inner {
        Some(inner) => inner.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && !host.contains([':', '[', ']']),
    };
    is_usable.then(|| inner.unwrap_or(host).to_owned())
}

/// `http://HOST[:PORT]`, or with TLS.
pub(super) fn origin(argument: &str) -> Result<Origin, String> {
    let wrong = || format!("`{argument}` is no http://HOST[:PORT] or https://HOST[:PORT]");
    let (scheme, authority) = argument.split_once("://").ok_or_else(wrong)?;
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    let (tls, port) = match scheme {
        "http" => (false, 80),
        "https" => (true, 443),
        _ => return Err(wrong()),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    if !authority.chars().all(plain) {
        return Err(wrong());
    }
    let (host, port) = match host(authority) {
        Some(host) => (host, port),
        None => host_and_port(authority).map_err(|_| wrong())?,
    };
    Ok(Origin {
        server: Upstream { host, port, tls },
        authority: authority.to_owned(),
    })
}

/// `[HOST:]PORT`; port 0 is any that is free.
pub(super) fn listener(argument: &str) -> Result<(String, u16), String> {
    match argument.parse() {
        Ok(port) => Ok(("127.0.0.1".to_owned(), port)),
        Err(_) => match argument.rsplit_once(':') {
            Some((host, "0")) if !host.is_empty() => Ok((host.to_owned(), 0)),
            _ => host_and_port(argument),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{host_and_port, origin};

    #[test]
    fn an_origin_is_a_scheme_a_host_and_perhaps_a_port() {
        for (text, host, port, tls, authority) in [
            ("http://h", "h", 80, false, "h"),
            ("https://a.b_c-d/", "a.b_c-d", 443, true, "a.b_c-d"),
            (
                "http://10.0.0.1:8080",
                "10.0.0.1",
                8080,
                false,
                "10.0.0.1:8080",
            ),
            ("https://[::1]", "::1", 443, true, "[::1]"),
            (
                "http://[2001:db8::1]:8080/",
                "2001:db8::1",
                8080,
                false,
                "[2001:db8::1]:8080",
            ),
        ] {
            let origin = origin(text).unwrap();
            let server = &origin.server;
            let found = (
                server.host.as_str(),
                server.port,
                server.tls,
                origin.authority.as_str(),
            );
            assert_eq!(found, (host, port, tls, authority), "{text}");
        }
        for text in [
            "h",
            "ftp://h",
            "http://",
            "http:///",
            "http://:80",
            "http://h:",
            "http://h:0",
            "http://h:65536",
            "http://h//",
            "http://h/a",
            "http://h?a",
            "http://h#a",
            "http://a@h",
            "http://a:b@h",
            "http://m\u{fc}nchen.de",
            "http://h ",
            "http://::1",
            "http://[::1",
            "http://::1]",
            "http://[]",
            "http://[h]",
            "http://[[::1]]",
            "http://a:b:80",
            "http://[::1]80",
            "http://[fe80::1%25eth0]",
        ] {
            assert!(origin(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_host_with_colons_is_an_address_in_brackets() {
        assert_eq!(host_and_port("[::1]:80"), Ok(("::1".to_owned(), 80)));
        assert_eq!(host_and_port("h:80"), Ok(("h".to_owned(), 80)));
        for text in ["::1:80", "a:b:80", "[h]:80", "[::1:80", "h", ":80", "h:0"] {
            assert!(host_and_port(text).is_err(), "{text}");
        }
    }
}
