//! Base64 (RFC 4648) with padding: the standard alphabet is written, both alphabets are read.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};

/// The bytes that `text` stands for. There is one text for each: padding is there, and bits that say
/// nothing are zero.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let url = text.bytes().any(|byte| matches!(byte, b'-' | b'_'));
    let engine = if url { &URL_SAFE } else { &STANDARD };
    engine.decode(text).ok()
}

/// The bytes that a part of a token stands for: the alphabet of URLs, no padding (RFC 7515 §2).
pub(super) fn decode_url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// `bytes` as a part of a token.
#[cfg(feature = "sign")]
pub(super) fn encode_url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// `bytes` as text.
pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
