//! Private keys in the text formats of files.

use crate::bytes::{at, holds, part};
use crate::error::ScanError;
use crate::scan::Pass;

/// Longest label of a textual encoding.
const LABEL: usize = 48;
/// Longest key.
const KEY: usize = 16_384;
/// Characters of base64 that make a key, not a mention of one.
const BODY: usize = 40;

/// RFC 7468: `-----BEGIN label-----`, base64, `-----END label-----`. Line ends may be escaped.
pub(super) fn pem(pass: &mut Pass<'_>, start: usize, label: usize) -> Result<(), ScanError> {
    let word = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ';
    let length = pass.measure(label, LABEL, word)?;
    let close = label.saturating_add(length);
    let body = close.saturating_add(5);
    let name = part(pass.bytes, label, close);
    if part(pass.bytes, close, body) != b"-----" || !holds(name, b"private key") {
        return Ok(());
    }
    let id = kind(name);
    let inside =
        |byte: u8| byte.is_ascii_alphanumeric() || b"+/=\\ \r\n\t:,.@<>()_%".contains(&byte);
    let mut end = body.saturating_add(pass.measure(body, KEY, inside)?);
    // One hyphen is part of a header such as `DEK-Info`; five end the key.
    while at(pass.bytes, end) == b'-' && part(pass.bytes, end, end.saturating_add(5)) != b"-----" {
        let next = end.saturating_add(1);
        let left = KEY.saturating_sub(next.saturating_sub(body));
        let more = pass.measure(next, left, inside)?;
        let line = part(pass.bytes, next, next.saturating_add(more));
        if line.iter().all(u8::is_ascii_whitespace) {
            break;
        }
        end = next.saturating_add(more);
    }
    if at(pass.bytes, end) != b'-' {
        let blank = |byte: &&u8| byte.is_ascii_whitespace();
        let tail = part(pass.bytes, body, end).iter().rev().take_while(blank);
        end = end.saturating_sub(tail.count());
    }
    let key = part(pass.bytes, body, end);
    let base64 = key
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .count();
    if base64 < BODY || holds(key, b"...") {
        return Ok(());
    }
    pass.report_as(id, start, behind(pass.bytes, end))
}

/// The place behind an end line at `end`.
fn behind(text: &[u8], end: usize) -> usize {
    let line = part(text, end, text.len().min(end.saturating_add(80)));
    if !line.starts_with(b"-----END ") {
        return end;
    }
    let tail = line.get(9..).unwrap_or_default();
    let length = tail.windows(5).position(|window| window == b"-----");
    length.map_or(end, |length| end.saturating_add(length).saturating_add(14))
}

fn kind(label: &[u8]) -> &'static str {
    match label {
        b"RSA PRIVATE KEY" => "private-key-rsa",
        b"EC PRIVATE KEY" => "private-key-ec",
        b"DSA PRIVATE KEY" => "private-key-dsa",
        b"OPENSSH PRIVATE KEY" => "private-key-openssh",
        b"PRIVATE KEY" => "private-key-pkcs8",
        b"ENCRYPTED PRIVATE KEY" => "private-key-encrypted",
        b"PGP PRIVATE KEY BLOCK" => "private-key-pgp",
        _ => "private-key-other",
    }
}

/// PuTTY's file: a version, headers, `Private-Lines: n`, base64, a MAC.
pub(super) fn putty(pass: &mut Pass<'_>, start: usize) -> Result<(), ScanError> {
    let printable = |byte: u8| matches!(byte, b' '..=b'~' | b'\r' | b'\n');
    let length = pass.measure(start, KEY, printable)?;
    let end = start.saturating_add(length);
    let file = part(pass.bytes, start, end);
    let private = file
        .windows(14)
        .position(|window| window == b"Private-Lines:");
    let mac = file
        .windows(12)
        .position(|window| window == b"Private-MAC:");
    let Some(private) = private else {
        return Ok(());
    };
    let last = mac.map_or(length, |mac| {
        let tail = file.get(mac..).unwrap_or_default();
        let line = tail
            .iter()
            .take_while(|byte| !matches!(byte, b'\r' | b'\n' | b'\\'));
        mac.saturating_add(line.count())
    });
    if last.saturating_sub(private) < BODY {
        return Ok(());
    }
    pass.report_as("private-key-putty", start, start.saturating_add(last))
}
