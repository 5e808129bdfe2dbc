//! Text behind an encoding, with the way back to where each part of it came from.

use crate::bytes::{at, hex, part};
use crate::check::decode_base64;

/// A decoded text.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub text: String,
    pub origin: Origin,
}

/// The way back from a place of decoded text.
#[derive(Debug)]
pub(crate) enum Origin {
    /// Places where decoded and encoded text drift apart: from the first on, both go in step.
    Steps(Vec<(usize, usize)>),
    /// Four characters for three bytes, between two places.
    Base64 { start: usize, end: usize },
}

impl Origin {
    /// What `start..end` of the decoded text came from.
    pub(crate) fn of(&self, start: usize, end: usize) -> (usize, usize) {
        match self {
            Self::Steps(steps) => (step(steps, start), step(steps, end)),
            Self::Base64 {
                start: from,
                end: to,
            } => {
                let first = (start / 3).saturating_mul(4).saturating_add(*from);
                let last = end.div_ceil(3).saturating_mul(4).saturating_add(*from);
                (first.min(*to), last.min(*to))
            }
        }
    }
}

fn step(steps: &[(usize, usize)], place: usize) -> usize {
    let after = steps.partition_point(|(decoded, _)| *decoded <= place);
    let last = after.checked_sub(1).and_then(|index| steps.get(index));
    let (decoded, encoded) = last.copied().unwrap_or_default();
    place.saturating_sub(decoded).saturating_add(encoded)
}

/// Collects decoded bytes and where they drift.
struct Builder {
    bytes: Vec<u8>,
    steps: Vec<(usize, usize)>,
}

impl Builder {
    fn new(length: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(length),
            steps: vec![(0, 0)],
        }
    }

    /// Adds what the encoded bytes from `start` to `end` mean.
    fn push(&mut self, meaning: &[u8], start: usize, end: usize) {
        self.steps.push((self.bytes.len(), start));
        self.bytes.extend_from_slice(meaning);
        self.steps.push((self.bytes.len(), end));
    }

    fn finish(self) -> Option<Decoded> {
        let changed = self.steps.len() > 1;
        let text = String::from_utf8(self.bytes).ok()?;
        changed.then_some(Decoded {
            text,
            origin: Origin::Steps(self.steps),
        })
    }
}

/// RFC 3986: a percent sign and two hexadecimal digits. `None` if there is none, or if what comes
/// out is no text.
pub(crate) fn percent(text: &str) -> Option<Decoded> {
    unescape(text, b'%', |bytes, place| {
        let high = hex(at(bytes, place.saturating_add(1)))?;
        let low = hex(at(bytes, place.saturating_add(2)))?;
        Some((Meaning::Byte(high << 4 | low), 3))
    })
}

/// Escapes of JSON and its kin: `\"`, `\\`, `\n`, `\x41`, `\u0041`.
pub(crate) fn backslash(text: &str) -> Option<Decoded> {
    unescape(text, b'\\', |bytes, place| {
        let letter = at(bytes, place.saturating_add(1));
        let byte = match letter {
            b'"' | b'\\' | b'/' | b'\'' => letter,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' | b'f' => b' ',
            b'u' => return unicode(bytes, place),
            b'x' => {
                let code = number(bytes, place.saturating_add(2), 2)?;
                return Some((Meaning::Char(char::from_u32(code)?), 4));
            }
            _ => return None,
        };
        Some((Meaning::Byte(byte), 2))
    })
}

/// What an escape stands for.
enum Meaning {
    Byte(u8),
    Char(char),
}

fn unescape(
    text: &str,
    sign: u8,
    read: impl Fn(&[u8], usize) -> Option<(Meaning, usize)>,
) -> Option<Decoded> {
    let bytes = text.as_bytes();
    let mut out = Builder::new(bytes.len());
    let mut place = 0;
    while let Some(rest) = bytes.get(place..).filter(|rest| !rest.is_empty()) {
        let plain = rest.iter().position(|byte| *byte == sign);
        let plain = plain.unwrap_or(rest.len());
        out.bytes.extend_from_slice(part(rest, 0, plain));
        place = place.saturating_add(plain);
        let Some((meaning, length)) = read(bytes, place) else {
            out.bytes.extend(bytes.get(place));
            place = place.saturating_add(1);
            continue;
        };
        let end = place.saturating_add(length);
        match meaning {
            Meaning::Byte(byte) => out.push(&[byte], place, end),
            Meaning::Char(c) => out.push(c.encode_utf8(&mut [0; 4]).as_bytes(), place, end),
        }
        place = end;
    }
    out.finish()
}

/// `\uXXXX`, two of them for a character outside the basic plane.
fn unicode(bytes: &[u8], place: usize) -> Option<(Meaning, usize)> {
    let first = number(bytes, place.saturating_add(2), 4)?;
    if let Some(c) = char::from_u32(first) {
        return Some((Meaning::Char(c), 6));
    }
    let pair = part(bytes, place.saturating_add(6), place.saturating_add(8)) == b"\\u";
    let second = number(bytes, place.saturating_add(8), 4).filter(|_| pair)?;
    let high = first.checked_sub(0xd800).filter(|high| *high < 0x400)?;
    let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    let code = (high << 10 | low).saturating_add(0x1_0000);
    Some((Meaning::Char(char::from_u32(code)?), 12))
}

fn number(bytes: &[u8], place: usize, length: usize) -> Option<u32> {
    (0..length).try_fold(0u32, |value, offset| {
        let digit = hex(at(bytes, place.saturating_add(offset)))?;
        Some(value << 4 | u32::from(digit))
    })
}

/// Whether a byte belongs to either base64 alphabet.
pub(crate) const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// The text that `start..end` holds in base64; `None` unless all of it is printable.
pub(crate) fn base64(text: &[u8], start: usize, end: usize) -> Option<Decoded> {
    /// Characters that are tried first: images and hashes end here.
    const PROBE: usize = 24;
    let encoded = part(text, start, end);
    let probe = decode_base64(part(encoded, 0, PROBE.min(encoded.len())))?;
    let printable = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n' | 0x80..);
    if !probe.iter().all(printable) {
        return None;
    }
    let whole = encoded.len().saturating_sub(encoded.len() % 4);
    let bytes = decode_base64(encoded).or_else(|| decode_base64(part(encoded, 0, whole)))?;
    let text = String::from_utf8(bytes).ok()?;
    let fine = text.bytes().all(|byte| printable(&byte));
    fine.then_some(Decoded {
        text,
        origin: Origin::Base64 { start, end },
    })
}
