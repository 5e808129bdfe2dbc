//! Names of hosts (RFC 1123), addresses (RFC 2673, RFC 4291) and mailboxes (RFC 5321).

use core::net::{Ipv4Addr, Ipv6Addr};

/// Bytes of a host name and of each of its labels (RFC 1034, section 3.1).
const HOST_BYTES: usize = 253;
const LABEL_BYTES: usize = 63;
/// Bytes before the `@` (RFC 5321, section 4.5.3.1.1).
const LOCAL_BYTES: usize = 64;

pub(super) fn is_hostname(text: &str) -> bool {
    text.len() <= HOST_BYTES && text.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let plain = label
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let edges = !label.starts_with('-') && !label.ends_with('-');
    let bytes = label.as_bytes();
    // Two hyphens there mark an encoded name (RFC 5891, section 4.2.3.1), which has to decode.
    let marked = bytes.get(2..4) == Some(b"--".as_slice());
    let holds = !marked || is_encoded(label);
    plain && edges && holds && (1..=LABEL_BYTES).contains(&label.len())
}

/// Whether an A-label decodes (RFC 3492) to something that is not plain ASCII.
fn is_encoded(label: &str) -> bool {
    let prefix = label.get(..4).unwrap_or_default();
    prefix.eq_ignore_ascii_case("xn--")
        && label.get(4..).and_then(punycode).is_some_and(|text| {
            // What IDNA never allows (RFC 5892): separators, controls, and marks at the beginning are among it.
            let plain = |c: &char| c.is_alphanumeric() || *c == '-' || !c.is_ascii();
            text.iter().all(plain) && text.iter().any(|c| !c.is_ascii())
        })
}

/// Decodes Punycode (RFC 3492, section 6.2).
fn punycode(text: &str) -> Option<Vec<char>> {
    let (basic, extended) = text.rsplit_once('-').unwrap_or(("", text));
    let mut decoded: Vec<char> = basic.chars().collect();
    let (mut code, mut index, mut bias) = (128u32, 0u32, 72u32);
    let mut digits = extended.bytes();
    while digits.len() > 0 {
        let (start, mut weight) = (index, 1u32);
        for step in 1u32.. {
            let digit = match digits.next()? {
                letter @ (b'a'..=b'z' | b'A'..=b'Z') => {
                    u32::from(letter.to_ascii_lowercase().wrapping_sub(b'a'))
                }
                number @ b'0'..=b'9' => u32::from(number.wrapping_sub(b'0')).checked_add(26)?,
                _ => return None,
            };
            index = index.checked_add(digit.checked_mul(weight)?)?;
            let threshold = step.checked_mul(36)?.saturating_sub(bias).clamp(1, 26);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(36u32.checked_sub(threshold)?)?;
        }
        let count = u32::try_from(decoded.len()).ok()?.checked_add(1)?;
        bias = adapt(index.checked_sub(start)?, count, start == 0)?;
        code = code.checked_add(index.checked_div(count)?)?;
        index = index.checked_rem(count)?;
        decoded.insert(index as usize, char::from_u32(code)?);
        index = index.checked_add(1)?;
    }
    Some(decoded)
}

/// RFC 3492, section 6.1.
fn adapt(delta: u32, count: u32, first: bool) -> Option<u32> {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta = delta.checked_add(delta.checked_div(count)?)?;
    let mut steps = 0u32;
    while delta > 455 {
        delta /= 35;
        steps = steps.checked_add(36)?;
    }
    let more = delta.checked_mul(36)?.checked_div(delta.checked_add(38)?)?;
    steps.checked_add(more)
}

pub(super) fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

pub(super) fn is_ipv6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
}

pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let literal = domain
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let domain_holds = match literal {
        Some(address) => match address.strip_prefix("IPv6:") {
            Some(address) => is_ipv6(address),
            None => is_ipv4(address),
        },
        None => is_hostname(domain),
    };
    domain_holds && local.len() <= LOCAL_BYTES && is_local_part(local)
}

/// `Dot-string / Quoted-string` of RFC 5321, section 4.1.2.
fn is_local_part(local: &str) -> bool {
    let quoted = local
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    if let Some(quoted) = quoted {
        let mut bytes = quoted.bytes();
        while let Some(byte) = bytes.next() {
            let held = match byte {
                b'\\' => bytes.next().unwrap_or(0),
                b'"' => 0,
                _ => byte,
            };
            if !matches!(held, b' '..=b'~') {
                return false;
            }
        }
        return true;
    }
    let is_atom_byte = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    let is_atom = |atom: &str| !atom.is_empty() && atom.bytes().all(is_atom_byte);
    local.split('.').all(is_atom)
}
