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
    /// So many characters for so many bytes, between two places.
    Groups {
        bytes: usize,
        characters: usize,
        start: usize,
        end: usize,
    },
    /// All of it, which has gaps.
    Block { start: usize, end: usize },
}

impl Origin {
    /// What `start..end` of the decoded text came from.
    pub(crate) fn of(&self, start: usize, end: usize) -> (usize, usize) {
        match self {
            Self::Steps(steps) => (step(steps, start), step(steps, end)),
            Self::Groups {
                bytes,
                characters,
                start: from,
                end: to,
            } => {
                let place =
                    |groups: usize| groups.saturating_mul(*characters).saturating_add(*from);
                let first = place(start.checked_div(*bytes).unwrap_or(0));
                let last = place(end.div_ceil((*bytes).max(1)));
                (first.min(*to), last.min(*to))
            }
            Self::Block { start, end } => (*start, *end),
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

/// The text that `start..end` holds in base64; `None` unless it reads like one.
pub(crate) fn base64(text: &[u8], start: usize, end: usize) -> Option<Decoded> {
    let origin = Origin::Groups {
        bytes: 3,
        characters: 4,
        start,
        end,
    };
    of_base64(part(text, start, end), origin)
}

/// The same of base64 that goes on in other lines (RFC 2045 §6.8, RFC 7468).
pub(crate) fn wrapped_base64(text: &[u8], start: usize, end: usize) -> Option<Decoded> {
    let encoded = part(text, start, end).iter().copied();
    let encoded: Vec<u8> = encoded.filter(|byte| !byte.is_ascii_whitespace()).collect();
    of_base64(&encoded, Origin::Block { start, end })
}

/// Whether base64 over several lines begins like a text.
pub(crate) fn may_be_base64(text: &[u8], start: usize) -> bool {
    let rest = text.get(start..).unwrap_or_default().iter().copied();
    let signs = rest.filter(|byte| !byte.is_ascii_whitespace());
    let probe: Vec<u8> = signs.take(PROBE).collect();
    decode_base64(&probe).is_some_and(|probe| reads_like_text(&probe))
}

/// Characters that are tried first: images and hashes end here.
const PROBE: usize = 24;

fn of_base64(encoded: &[u8], origin: Origin) -> Option<Decoded> {
    let probe = decode_base64(part(encoded, 0, PROBE.min(encoded.len())))?;
    if !reads_like_text(&probe) {
        return None;
    }
    let whole = encoded.len().saturating_sub(encoded.len() % 4);
    let bytes = decode_base64(encoded).or_else(|| decode_base64(part(encoded, 0, whole)))?;
    text_in(&bytes, origin)
}

/// The text that `start..end` holds in hexadecimal digits, two a byte; `None` unless it reads like one.
pub(crate) fn hexadecimal(text: &[u8], start: usize, end: usize) -> Option<Decoded> {
    let pairs = part(text, start, end).chunks_exact(2);
    let byte = |pair: &[u8]| Some(hex(at(pair, 0))? << 4 | hex(at(pair, 1))?);
    let bytes: Option<Vec<u8>> = pairs.map(byte).collect();
    let origin = Origin::Groups {
        bytes: 1,
        characters: 2,
        start,
        end,
    };
    text_in(&bytes?, origin)
}

/// Whether three of four bytes are of characters that somebody writes. What is mixed in to hide the rest
/// hides nothing.
fn reads_like_text(bytes: &[u8]) -> bool {
    let written = |c: &char| !c.is_control() || c.is_ascii_whitespace();
    let valid = bytes.utf8_chunks().flat_map(|chunk| chunk.valid().chars());
    let good = valid.filter(written).map(char::len_utf8);
    good.sum::<usize>().saturating_mul(4) >= bytes.len().saturating_mul(3)
}

/// The same bytes as a text of the same length, if they read like one.
fn text_in(bytes: &[u8], origin: Origin) -> Option<Decoded> {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    reads_like_text(bytes).then_some(Decoded { text, origin })
}
