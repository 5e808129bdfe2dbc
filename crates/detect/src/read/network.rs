//! Addresses of networks and devices.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::bytes::{at, before, digit, holds, is_word, part};
use crate::error::ScanError;
use crate::scan::Pass;

/// Four numbers with points between; the first begins at `start`.
pub(super) fn ipv4(pass: &mut Pass<'_>, start: usize) -> Result<(), ScanError> {
    let joined = matches!(before(pass.bytes, start), b'.' | b'-' | b'_')
        || is_word(before(pass.bytes, start));
    if joined {
        return Ok(());
    }
    let mut octets = [0u8; 4];
    let mut place = start;
    for (index, octet) in octets.iter_mut().enumerate() {
        if index > 0 {
            if at(pass.bytes, place) != b'.' {
                return Ok(());
            }
            place = place.saturating_add(1);
        }
        let Some((value, length)) = number(pass.bytes, place) else {
            return Ok(());
        };
        *octet = value;
        place = place.saturating_add(length);
    }
    let next = at(pass.bytes, place);
    let more = next == b'.' && is_word(at(pass.bytes, place.saturating_add(1)));
    let context = part(pass.bytes, start.saturating_sub(12), start);
    let version = holds(context, b"ver") || holds(context, b"release") || holds(context, b"build");
    if is_word(next) || matches!(next, b'-' | b'_') || more || version || !is_public4(octets.into())
    {
        return Ok(());
    }
    pass.report_as("ip-address", start, place)
}

/// A number below 256 without leading zeros, and its length.
fn number(text: &[u8], place: usize) -> Option<(u8, usize)> {
    let digits = part(text, place, text.len().min(place.saturating_add(4)));
    let length = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if length == 0 || length > 3 || length > 1 && at(digits, 0) == b'0' {
        return None;
    }
    let value = digits.iter().take(length).try_fold(0u32, |value, byte| {
        Some(value.saturating_mul(10).saturating_add(digit(*byte)?))
    });
    Some((u8::try_from(value?).ok()?, length))
}

/// RFC 6890: not private, not local, not reserved, not for documentation.
fn is_public4(address: Ipv4Addr) -> bool {
    let [a, b, _, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmark = a == 198 && (b == 18 || b == 19);
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_broadcast()
        || address.is_multicast();
    !(special || shared || benchmark || a == 0 || a >= 240)
}

/// Groups of hexadecimal digits with colons or hyphens between; the first is `start..end`.
pub(super) fn colons(pass: &mut Pass<'_>, start: usize, end: usize) -> Result<(), ScanError> {
    let sign = at(pass.bytes, end);
    if !matches!(sign, b':' | b'-') {
        return Ok(());
    }
    let length = end.saturating_sub(start);
    let hex = part(pass.bytes, start, end)
        .iter()
        .all(u8::is_ascii_hexdigit);
    let outer = before(pass.bytes, start);
    if length > 4 || !hex || outer == sign || outer == b':' {
        return Ok(());
    }
    pass.pay(64)?;
    if length == 2 && is_mac(pass.bytes, start, sign) {
        return pass.report_as("mac-address", start, start.saturating_add(17));
    }
    if sign == b':' {
        ipv6(pass, start)
    } else {
        Ok(())
    }
}

fn is_mac(text: &[u8], start: usize, sign: u8) -> bool {
    let address = part(text, start, start.saturating_add(17));
    let fits = |(place, byte): (usize, &u8)| match place % 3 {
        2 => *byte == sign,
        _ => byte.is_ascii_hexdigit(),
    };
    let next = at(text, start.saturating_add(17));
    let digits = || address.iter().filter(|byte| byte.is_ascii_hexdigit());
    let same = digits().all(|byte| *byte == at(address, 0));
    let shape = address.len() == 17 && address.iter().enumerate().all(fits);
    shape && !same && !is_word(next) && next != sign
}

fn ipv6(pass: &mut Pass<'_>, start: usize) -> Result<(), ScanError> {
    let inside = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let length = pass.measure(start, 46, inside)?;
    let mut end = start.saturating_add(length);
    while end > start && matches!(before(pass.bytes, end), b'.' | b':') {
        end = end.saturating_sub(1);
    }
    let text = crate::bytes::text(pass.text, start, end);
    let address: Option<Ipv6Addr> = text.parse().ok();
    let public = address.is_some_and(|address| {
        let [first, second, ..] = address.segments();
        first >> 13 == 1 && !(first == 0x2001 && second == 0xdb8)
    });
    if public && !is_word(at(pass.bytes, end)) {
        return pass.report_as("ip-address", start, end);
    }
    Ok(())
}
