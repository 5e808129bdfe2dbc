//! URIs and references to them (RFC 3986).

use super::host::{is_ipv4, is_ipv6};
use crate::uri::{Parts, is_scheme};

/// Whether this is a URI: a reference with a scheme.
pub(super) fn is_uri(text: &str) -> bool {
    is_reference(text) && Parts::of(text).scheme.is_some()
}

pub(super) fn is_reference(text: &str) -> bool {
    let parts = Parts::of(text);
    // Without a scheme, a colon in the first segment would be taken for the end of one.
    let first = parts.path.split('/').next().unwrap_or_default();
    let path_holds = parts.scheme.is_some() || parts.authority.is_some() || !first.contains(':');
    let scheme_holds = parts.scheme.is_none_or(is_scheme);
    let rest = [parts.query, parts.fragment];
    let held = |text: &str, more: &[u8]| is_made_of(text, more);
    path_holds
        && scheme_holds
        && parts.authority.is_none_or(is_authority)
        && held(parts.path, b":@/")
        && rest.into_iter().flatten().all(|text| held(text, b":@/?"))
}

fn is_authority(authority: &str) -> bool {
    let (user, rest) = match authority.rsplit_once('@') {
        Some((user, rest)) => (user, rest),
        None => ("", authority),
    };
    let (host_holds, port) = match rest.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) => (is_ip_literal(address), port),
            None => return false,
        },
        None => {
            let end = rest.find(':').unwrap_or(rest.len());
            let (host, port) = rest.split_at_checked(end).unwrap_or((rest, ""));
            (is_ipv4(host) || is_made_of(host, b""), port)
        }
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    let port_holds = port.is_empty() || port.starts_with(':');
    let digits_hold = digits.bytes().all(|byte| byte.is_ascii_digit());
    host_holds && port_holds && digits_hold && is_made_of(user, b":")
}

/// `IPv6address / IPvFuture`, without the brackets.
fn is_ip_literal(address: &str) -> bool {
    let Some(future) = address.strip_prefix(['v', 'V']) else {
        return is_ipv6(address);
    };
    let Some((version, rest)) = future.split_once('.') else {
        return false;
    };
    let hexadecimal = |byte: u8| byte.is_ascii_hexdigit();
    let version_holds = !version.is_empty() && version.bytes().all(hexadecimal);
    version_holds && !rest.is_empty() && !rest.contains('%') && is_made_of(rest, b":")
}

/// Whether all of it is unreserved, a sub-delimiter, one of `more`, or percent-encoded.
fn is_made_of(text: &str, more: &[u8]) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let holds = match byte {
            b'%' => {
                let mut digit = || bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit());
                digit() && digit()
            }
            _ => {
                byte.is_ascii_alphanumeric()
                    || b"-._~!$&'()*+,;=".contains(&byte)
                    || more.contains(&byte)
            }
        };
        if !holds {
            return false;
        }
    }
    true
}
