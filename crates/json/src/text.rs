//! The insides of string literals: finding their end, and unescaping.

use crate::{Error, ErrorCode};

/// How far a string runs without escapes.
pub(crate) enum Scanned {
    /// It has none; `end` is its closing quote.
    Plain { end: usize },
    /// The first backslash.
    Escaped { at: usize },
    /// It ends early or holds a raw control character.
    Invalid(ErrorCode, usize),
}

/// Finds the first quote, backslash or control character from `at` on.
#[inline(always)]
pub(crate) fn scan(bytes: &[u8], at: usize) -> Scanned {
    let at = clean_until(bytes, at);
    match bytes.get(at) {
        None => Scanned::Invalid(ErrorCode::UnexpectedEnd, at),
        Some(b'"') => Scanned::Plain { end: at },
        Some(b'\\') => Scanned::Escaped { at },
        Some(_) => Scanned::Invalid(ErrorCode::ControlCharacter, at),
    }
}

/// Where, from `at` on, the first byte is that a string literal cannot hold as it is: a quote, a
/// backslash or a control character; else the length.
#[inline(always)]
pub(crate) fn clean_until(bytes: &[u8], at: usize) -> usize {
    let (words, rest) = bytes.get(at..).unwrap_or_default().as_chunks::<8>();
    let mut end = at;
    for (number, word) in words.iter().enumerate() {
        let stop = special(u64::from_le_bytes(*word));
        if stop != 0 {
            return end.wrapping_add((stop.trailing_zeros() >> 3) as usize);
        }
        end = end.wrapping_add(8);
        if number == SHORT && cfg!(not(target_arch = "wasm32")) {
            return clean_until_far(bytes, end);
        }
    }
    let stop = rest.iter().position(|byte| is_special(*byte));
    end.wrapping_add(stop.unwrap_or(rest.len()))
}

/// Words after which a string is long: it goes on 32 bytes at a time, where that becomes vector
/// instructions. WebAssembly's baseline has none.
const SHORT: usize = 5;

#[inline(never)]
fn clean_until_far(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let (chunks, _) = rest.as_chunks::<32>();
    let clean = chunks.iter().take_while(|chunk| is_clean(chunk)).count();
    let clean = clean.wrapping_mul(32);
    let stop = rest.iter().skip(clean).position(|byte| is_special(*byte));
    at.wrapping_add(stop.map_or(rest.len(), |stop| stop.wrapping_add(clean)))
}

/// Written so that compilers turn it into vector instructions: no early exit.
fn is_clean(chunk: &[u8; 32]) -> bool {
    !chunk
        .iter()
        .fold(false, |found, byte| found | is_special(*byte))
}

fn is_special(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

/// A word with this byte everywhere.
const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// High bit set in (at least) the first byte that is a quote, a backslash or below 0x20.
///
/// Flipping bit 1 brings the quote (0x22) next to the control characters and nothing else among
/// them, so that one subtraction finds both.
#[inline]
fn special(word: u64) -> u64 {
    let low = (word ^ all(0x02)).wrapping_sub(all(0x21));
    let backslash = (word ^ all(b'\\')).wrapping_sub(all(0x01));
    (low | backslash) & !word & all(0x80)
}

/// Unescapes the string that starts at `start` and has its first backslash at `at`; returns its closing quote.
pub(crate) fn unescape(
    source: &str,
    start: usize,
    mut at: usize,
    out: &mut String,
) -> Result<usize, Error> {
    out.push_str(source.get(start..at).unwrap_or_default());
    loop {
        at = escape(source, at, out)?;
        let run = at;
        match scan(source.as_bytes(), at) {
            Scanned::Plain { end } => {
                out.push_str(source.get(run..end).unwrap_or_default());
                return Ok(end);
            }
            Scanned::Escaped { at: next } => {
                out.push_str(source.get(run..next).unwrap_or_default());
                at = next;
            }
            Scanned::Invalid(code, at) => return Err(error(code, at)),
        }
    }
}

/// Reads one escape whose backslash is at `at`; returns the offset after it.
fn escape(source: &str, at: usize, out: &mut String) -> Result<usize, Error> {
    let letter = source.as_bytes().get(at.wrapping_add(1)).copied();
    let plain = match letter {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode(source, at, out),
        Some(_) => return Err(error(ErrorCode::InvalidEscape, at)),
        None => return Err(error(ErrorCode::UnexpectedEnd, at)),
    };
    out.push(plain);
    Ok(at.wrapping_add(2))
}

fn unicode(source: &str, at: usize, out: &mut String) -> Result<usize, Error> {
    let first = hex4(source, at)?;
    let after = at.wrapping_add(6);
    let (code, end) = match first {
        0xD800..=0xDBFF => {
            let rest = source.as_bytes().get(after..).unwrap_or_default();
            if !rest.starts_with(b"\\u") {
                return Err(error(ErrorCode::LoneSurrogate, at));
            }
            let second = hex4(source, after)?;
            if !(0xDC00..=0xDFFF).contains(&second) {
                return Err(error(ErrorCode::LoneSurrogate, at));
            }
            let high = first.wrapping_sub(0xD800) << 10;
            let low = second.wrapping_sub(0xDC00);
            (0x1_0000_u32.wrapping_add(high | low), after.wrapping_add(6))
        }
        0xDC00..=0xDFFF => return Err(error(ErrorCode::LoneSurrogate, at)),
        code => (code, after),
    };
    match char::from_u32(code) {
        Some(character) => out.push(character),
        None => return Err(error(ErrorCode::LoneSurrogate, at)),
    }
    Ok(end)
}

/// The four hexadecimal digits of the `\u` escape at `at`.
fn hex4(source: &str, at: usize) -> Result<u32, Error> {
    let begin = at.wrapping_add(2);
    let bytes = source.as_bytes();
    let mut code = 0_u32;
    for place in begin..begin.wrapping_add(4) {
        let digit = match bytes.get(place) {
            None => return Err(error(ErrorCode::UnexpectedEnd, place)),
            Some(byte) => char::from(*byte).to_digit(16),
        };
        let Some(digit) = digit else {
            return Err(error(ErrorCode::InvalidEscape, at));
        };
        code = (code << 4) | digit;
    }
    Ok(code)
}

pub(crate) fn error(code: ErrorCode, offset: usize) -> Error {
    let offset = u32::try_from(offset).unwrap_or(u32::MAX);
    Error { code, offset }
}

#[cfg(test)]
mod tests {
    use super::{clean_until, is_special};

    #[test]
    fn the_first_special_byte_is_found_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            for (length, fill) in [
                (0, b'a'),
                (7, 0x7F),
                (8, 0xFF),
                (47, b' '),
                (48, 0x80),
                (200, b'!'),
            ] {
                let mut text = vec![fill; length];
                text.push(byte);
                text.extend([b'"'; 9]);
                let expected = length + usize::from(!is_special(byte));
                assert_eq!(
                    clean_until(&text, 0),
                    expected,
                    "{byte:#x} after {length} of {fill:#x}"
                );
                text.truncate(length + 1);
                assert_eq!(clean_until(&text, 0), expected, "{byte:#x} at the end");
            }
        }
    }
}
