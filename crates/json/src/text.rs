//! The insides of string literals: finding their end, and unescaping.

use crate::{Error, ErrorCode};

/// How far a string runs without escapes, quotes and control characters.
pub(crate) struct Run {
    pub(crate) len: usize,
    /// Of the bytes of a run that a quote ends.
    pub(crate) hash: u64,
}

/// The run that `text` begins with.
#[inline(always)]
pub(crate) fn clean_run(text: &[u8]) -> Run {
    let mut hash = 0;
    let mut len = 0_usize;
    let mut rest = text;
    loop {
        let (word, after) = match rest.split_first_chunk::<8>() {
            Some((word, after)) => (u64::from_le_bytes(*word), after),
            None => (last_word(rest), Default::default()),
        };
        let stops = special(word);
        if stops != 0 {
            let stop = stops.trailing_zeros();
            // What comes after the byte that ends the run is not part of the hash.
            let word = word.wrapping_shl(!stop);
            return Run {
                len: len.wrapping_add((stop >> 3) as usize),
                hash: mix(hash, word),
            };
        }
        hash = mix(hash, word);
        len = len.wrapping_add(8);
        rest = after;
        if len == SHORT {
            let len = len.wrapping_add(clean_run_far(rest));
            return Run { len, hash };
        }
    }
}

/// The fewer than eight bytes at the end of the text, and zeros, which end every run.
#[cold]
#[inline(never)]
fn last_word(rest: &[u8]) -> u64 {
    let mut word = [0; 8];
    for (to, from) in word.iter_mut().zip(rest) {
        *to = *from;
    }
    u64::from_le_bytes(word)
}

/// One step of a multiplicative hash: the high bits depend on every byte.
#[inline(always)]
fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_right(32) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Where, from `at` on, the first byte is that a string literal cannot hold as it is: a quote, a
/// backslash or a control character; else the length.
pub(crate) fn clean_until(bytes: &[u8], at: usize) -> usize {
    at.wrapping_add(clean_run(bytes.get(at..).unwrap_or_default()).len)
}

/// Bytes after which a string is long.
const SHORT: usize = 40;

/// Goes on 64 bytes at a time where that becomes vector instructions; WebAssembly's baseline has none.
#[inline(never)]
fn clean_run_far(text: &[u8]) -> usize {
    let mut rest = text;
    if cfg!(not(target_arch = "wasm32")) {
        while let Some((chunk, after)) = rest.split_first_chunk::<64>()
            && is_clean(chunk)
        {
            rest = after;
        }
    }
    while let Some((words, after)) = rest.split_first_chunk::<32>()
        && words
            .as_chunks::<8>()
            .0
            .iter()
            .fold(0, |stops, word| stops | special(u64::from_le_bytes(*word)))
            == 0
    {
        rest = after;
    }
    while let Some((word, after)) = rest.split_first_chunk::<8>()
        && special(u64::from_le_bytes(*word)) == 0
    {
        rest = after;
    }
    let stop = rest.iter().position(|byte| is_special(*byte));
    let clean = text.len().wrapping_sub(rest.len());
    clean.wrapping_add(stop.unwrap_or(rest.len()))
}

/// Written so that compilers turn it into vector instructions: no early exit, one number a byte,
/// which is 0 where the byte is special.
fn is_clean(chunk: &[u8; 64]) -> bool {
    let distance = |byte: &u8| {
        (byte ^ b'"')
            .min(byte ^ b'\\')
            .min(byte.saturating_sub(0x1F))
    };
    chunk.iter().map(distance).fold(u8::MAX, u8::min) != 0
}

/// Whether a string literal cannot hold the byte as it is.
pub(crate) fn is_special(byte: u8) -> bool {
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

/// Whether a string literal can hold all of these as they are.
#[inline]
pub(crate) fn is_clean_word(word: [u8; 8]) -> bool {
    special(u64::from_le_bytes(word)) == 0
}

/// Unescapes the string that starts at `start` and runs without escapes to `at`; returns its closing quote.
pub(crate) fn unescape(
    source: &str,
    start: usize,
    mut at: usize,
    out: &mut String,
) -> Result<usize, Error> {
    let mut run = start;
    loop {
        let code = match source.as_bytes().get(at) {
            Some(b'"' | b'\\') => {
                out.push_str(source.get(run..at).unwrap_or_default());
                if source.as_bytes().get(at) == Some(&b'"') {
                    return Ok(at);
                }
                run = escape(source, at, out)?;
                at = clean_until(source.as_bytes(), run);
                continue;
            }
            Some(_) => ErrorCode::ControlCharacter,
            None => ErrorCode::UnexpectedEnd,
        };
        return Err(error(code, at));
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
