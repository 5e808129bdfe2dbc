//! The `=?base64?…?=` form of an MCP header value.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// The text that a header value stands for; `None` when it is a malformed sentinel.
///
/// Base64 must be canonical, so no second spelling of the same name exists.
/// Source: MCP 2026-07-28, transports, "Value encoding".
pub(super) fn decode(value: &str) -> Option<Cow<'_, str>> {
    let Some(rest) = value.strip_prefix("=?") else {
        return Some(Cow::Borrowed(value));
    };
    let payload = rest.strip_prefix("base64?")?.strip_suffix("?=")?;
    // STANDARD refuses missing padding and non-zero trailing bits.
    let bytes = STANDARD.decode(payload).ok()?;
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests;
