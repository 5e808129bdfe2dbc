//! Addresses as arguments name them.

use callgate_envoy::Upstream;

/// The origin of a control plane.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// Where it is.
    pub(super) server: Upstream,
    /// Host and port as they were written.
    pub(super) authority: String,
}

/// `HOST:PORT`.
pub(super) fn host_and_port(argument: &str) -> Result<(String, u16), String> {
    let wrong = || format!("`{argument}` is no HOST:PORT");
    let (host, port) = argument.rsplit_once(':').ok_or_else(wrong)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port: u16 = port.parse().map_err(|_| wrong())?;
    match host.is_empty() || port == 0 {
        true => Err(wrong()),
        false => Ok((host.to_owned(), port)),
    }
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
    let has_port = authority
        .rsplit(']')
        .next()
        .is_some_and(|end| end.contains(':'));
    let whole = match has_port {
        true => authority.to_owned(),
        false => format!("{authority}:{port}"),
    };
    let (host, port) = host_and_port(&whole).map_err(|_| wrong())?;
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
