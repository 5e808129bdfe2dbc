//! The clock of the command line. Deciding itself takes the time as an argument.

use std::time::SystemTime;

use callgate_model::Timestamp;

/// The present.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is a host: it supplies the time that decisions take as an argument"
)]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos());
    Timestamp::from_unix_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// Reads a time given as an argument.
///
/// # Errors
/// What clap shows beside the argument.
pub fn argument(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text)
        .ok_or_else(|| "not an RFC 3339 date-time; write it like `2026-01-31T12:00:00Z`".to_owned())
}
