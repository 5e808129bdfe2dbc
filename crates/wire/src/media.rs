//! Media type and encodings of a body: JSON in UTF-8, uncompressed, or nothing.
use crate::error::WireError;
use crate::http::Headers;

/// Accepts a body only when every reader must take it for plain UTF-8 JSON.
///
/// Source: RFC 9110 §8.3 (media types), §8.4 (content codings), RFC 8259 §8.1 (UTF-8 only).
///
/// # Errors
/// [`WireError::MediaType`] or [`WireError::Encoding`], both answered with 415.
pub fn require_plain_json(headers: Headers<'_>) -> Result<(), WireError> {
    match headers.one("content-type")? {
        Some(value) if is_json(value) => {}
        Some(_) | None => return Err(WireError::MediaType),
    }
    require_plain(headers)
}

/// Accepts a body that is not encoded, whatever it is.
///
/// # Errors
/// [`WireError::Encoding`].
pub(crate) fn require_plain(headers: Headers<'_>) -> Result<(), WireError> {
    for (name, harmless) in [
        ("content-encoding", "identity"),
        ("transfer-encoding", "chunked"),
    ] {
        match headers.one(name)? {
            Some(value) if !value.trim_ascii().eq_ignore_ascii_case(harmless) => {
                return Err(WireError::Encoding);
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}

/// The essence must equal `application/json`; the only parameter accepted is `charset=utf-8`,
/// because another charset makes the same bytes another text.
pub(crate) fn is_json(value: &str) -> bool {
    if value == "application/json" {
        return true;
    }
    let mut parts = value.split(';').map(str::trim_ascii);
    let essence = parts.next().unwrap_or_default();
    essence.eq_ignore_ascii_case("application/json") && parts.all(is_utf8_charset)
}

/// Any `application/…+json` in UTF-8.
pub(crate) fn is_kind_of_json(value: &str) -> bool {
    let mut parts = value.split(';').map(str::trim_ascii);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let kind = essence.strip_prefix("application/");
    kind.is_some_and(|kind| kind.ends_with("+json")) && parts.all(is_utf8_charset)
}

/// Server-sent events, in UTF-8 as they always are.
pub(crate) fn is_events(value: &str) -> bool {
    let mut parts = value.split(';').map(str::trim_ascii);
    let essence = parts.next().unwrap_or_default();
    essence.eq_ignore_ascii_case("text/event-stream") && parts.all(is_utf8_charset)
}

fn is_utf8_charset(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    let value = value
        .strip_prefix('"')
        .and_then(|quoted| quoted.strip_suffix('"'))
        .unwrap_or(value);
    name.eq_ignore_ascii_case("charset") && value.eq_ignore_ascii_case("utf-8")
}
