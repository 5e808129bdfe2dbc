//! Credentials inside addresses, and tokens whose parts have to be decoded to be told.

use crate::bytes::{at, fold, holds, is_word, opens, part};
use crate::check::discord_token;
use crate::error::ScanError;
use crate::placeholder;
use crate::scan::Pass;

/// Longest user information of a URL.
const USER: usize = 256;
/// Longest scheme of a URL.
const SCHEME: usize = 24;
/// Longest connection string.
const CONNECTION: usize = 512;

/// `scheme://user:password@host`; the colon of `://` is at `colon`.
pub(super) fn url(pass: &mut Pass<'_>, colon: usize) -> Result<(), ScanError> {
    let user = colon.saturating_add(3);
    let inside = |byte: u8| {
        !matches!(
            byte,
            0..=b' ' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'/' | b'@' | b'\\' | b'?'
        )
    };
    let length = pass.measure(user, USER, inside)?;
    let sign = user.saturating_add(length);
    if at(pass.bytes, sign) != b'@' {
        return Ok(());
    }
    let info = part(pass.bytes, user, sign);
    let Some(split) = info.iter().position(|byte| *byte == b':') else {
        return Ok(());
    };
    let password = info.get(split.saturating_add(1)..).unwrap_or_default();
    if !is_given(password) {
        return Ok(());
    }
    let head = pass.bytes.get(..colon).unwrap_or_default();
    let scheme = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let start = colon.saturating_sub(head.iter().rev().take(SCHEME).take_while(scheme).count());
    let id = detector(part(pass.bytes, start, colon));
    let host = sign.saturating_add(1);
    let named = |byte: u8| is_word(byte) || matches!(byte, b'.' | b'-');
    let length = pass.measure(host, USER, named)?;
    pass.report_as(id, start, host.saturating_add(length))
}

/// Whether a password is one, and neither left out nor filled in later.
fn is_given(password: &[u8]) -> bool {
    let stand_ins: [&[u8]; 6] = [b"password", b"pass", b"secret", b"pwd", b"passwd", b"user"];
    let lower: Vec<u8> = password.iter().map(|byte| fold(*byte)).collect();
    let reference = matches!(at(password, 0), b'$' | b'{' | b'<' | b'%' | b'[' | b'*');
    let encoded = at(password, 0) == b'%' && at(password, 1).is_ascii_hexdigit();
    let stand_in = stand_ins.contains(&lower.as_slice()) || placeholder::is_stand_in(password);
    password.len() >= 3 && (!reference || encoded) && !stand_in
}

/// The detector of a scheme.
fn detector(scheme: &[u8]) -> &'static str {
    let lower: Vec<u8> = scheme.iter().map(|byte| fold(*byte)).collect();
    let known: [(&[u8], &str); 16] = [
        (b"postgres", "postgres-url"),
        (b"mysql", "mysql-url"),
        (b"mariadb", "mysql-url"),
        (b"mongodb", "mongodb-url"),
        (b"redis", "redis-url"),
        (b"amqp", "amqp-url"),
        (b"sqlserver", "sqlserver-url"),
        (b"mssql", "sqlserver-url"),
        (b"clickhouse", "database-url"),
        (b"cassandra", "database-url"),
        (b"couchbase", "database-url"),
        (b"cockroachdb", "database-url"),
        (b"oracle", "database-url"),
        (b"neo4j", "database-url"),
        (b"bolt", "database-url"),
        (b"nats", "database-url"),
    ];
    let found = known.iter().find(|(name, _)| lower.starts_with(name));
    found.map_or("url-password", |(_, id)| *id)
}

/// `Server=…;User Id=…;Password=…`, in any order of the parts behind the first.
pub(super) fn ado(pass: &mut Pass<'_>, start: usize) -> Result<(), ScanError> {
    if !opens(pass.bytes, start) {
        return Ok(());
    }
    let inside = |byte: u8| {
        !matches!(
            byte,
            b'\n' | b'\r' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\'
        )
    };
    let length = pass.measure(start, CONNECTION, inside)?;
    let end = start.saturating_add(length);
    let string = part(pass.bytes, start, end);
    let secret = string.split(|byte| *byte == b';').find_map(|pair| {
        let split = pair.iter().position(|byte| *byte == b'=')?;
        let name = pair.get(..split)?.trim_ascii();
        let named = holds(name, b"password") || name.eq_ignore_ascii_case(b"pwd");
        pair.get(split.saturating_add(1)..).filter(|_| named)
    });
    let parts = string.iter().filter(|byte| **byte == b';').count();
    match secret {
        Some(password) if parts >= 1 && is_given(password.trim_ascii()) => {
            pass.report_as("ado-connection-string", start, end)
        }
        _ => Ok(()),
    }
}

/// The bot's id, a time and a signature, in base64 with points between; `start..end` is the first.
pub(super) fn discord(pass: &mut Pass<'_>, start: usize, end: usize) -> Result<(), ScanError> {
    let mut place = end;
    for length in [6..=7, 27..=40] {
        if at(pass.bytes, place) != b'.' {
            return Ok(());
        }
        place = place.saturating_add(1);
        let word = |byte: u8| is_word(byte) || matches!(byte, b'-' | b'_');
        let found = pass.measure(place, 64, word)?;
        if !length.contains(&found) {
            return Ok(());
        }
        place = place.saturating_add(found);
    }
    if discord_token(part(pass.bytes, start, place)) {
        pass.report_as("discord-bot-token", start, place)?;
    }
    Ok(())
}
