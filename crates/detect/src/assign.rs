//! `name = value` in all its spellings: configuration, code, headers, queries, prose.

use crate::bytes::{at, before, is_word, part};

/// Bytes that may stand between a name and what assigns to it.
const NAME_TAIL: usize = 40;
/// Bytes between the sign that assigns and the value.
const GAP: usize = 12;
/// Longest value.
pub(crate) const LONGEST: usize = 256;

/// A value that a name is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Assigned {
    pub start: usize,
    pub end: usize,
    /// Whether the name ended with the word it was found by.
    pub exact: bool,
    /// Whether it ends within [`LONGEST`] bytes.
    pub whole: bool,
}

/// What stands behind a name that ends, or goes on, at `place`.
pub(crate) fn value(text: &[u8], place: usize) -> Option<Assigned> {
    let (sign, exact) = sign(text, place)?;
    let (start, quote) = opening(text, sign);
    let (end, whole) = closing(text, start, quote);
    (end > start).then_some(Assigned {
        start,
        end,
        exact,
        whole,
    })
}

/// The place behind the sign that assigns, and whether the name ends at `place`.
fn sign(text: &[u8], place: usize) -> Option<(usize, bool)> {
    let mut exact = true;
    let mut named = true;
    for offset in 0..NAME_TAIL {
        let here = place.saturating_add(offset);
        let byte = at(text, here);
        match byte {
            b'=' | b':' => return Some((here.saturating_add(1), exact)),
            b' ' | b'\t' | b'"' | b'\'' | b'`' | b']' | b')' | b'\\' | b'*' => named = false,
            b'>' if !named => return Some((here.saturating_add(1), exact)),
            b',' if !named => return Some((here.saturating_add(1), exact)),
            b'_' | b'-' | b'.' => exact = false,
            _ if !is_word(byte) => return None,
            // Prose: `the password is hunter2`.
            b'i' | b'w' if !named => return prose(text, here).map(|end| (end, exact)),
            _ if named => exact = false,
            _ => return None,
        }
    }
    None
}

fn prose(text: &[u8], place: usize) -> Option<usize> {
    let verbs: [&[u8]; 2] = [b"is ", b"was "];
    let verb = verbs.iter().find(|verb| {
        let end = place.saturating_add(verb.len());
        part(text, place, end) == **verb
    })?;
    Some(place.saturating_add(verb.len()))
}

/// Where the value begins, and the quote it stands in, if any.
fn opening(text: &[u8], place: usize) -> (usize, u8) {
    let mut start = place;
    let mut quote = 0;
    for _ in 0..GAP {
        match at(text, start) {
            b' ' | b'\t' | b'=' | b':' | b'>' | b'(' | b'[' | b'\\' => {}
            b'"' | b'\'' | b'`' if quote == 0 => quote = at(text, start),
            _ => break,
        }
        start = start.saturating_add(1);
        if quote != 0 {
            break;
        }
    }
    for scheme in [b"Bearer ".as_slice(), b"bearer ", b"Token ", b"token "] {
        let end = start.saturating_add(scheme.len());
        if part(text, start, end) == scheme {
            return (end, quote);
        }
    }
    (start, quote)
}

/// Where the value ends, and whether that is within [`LONGEST`] bytes.
fn closing(text: &[u8], start: usize, quote: u8) -> (usize, bool) {
    let ends = |byte: u8| match quote {
        0 => byte <= b' ' || b"\"'`,;&)}]<|\\".contains(&byte),
        quote => byte == quote || matches!(byte, b'\r' | b'\n' | b'\\'),
    };
    let tail = text.get(start..).unwrap_or_default();
    let run = tail.iter().take(LONGEST).take_while(|byte| !ends(**byte));
    let length = run.count();
    let closed =
        matches!(at(text, start.saturating_add(length)), byte if byte == quote || byte == b'\\');
    if quote != 0 && !closed {
        return closing(text, start, 0);
    }
    let mut end = start.saturating_add(length);
    // A mark at the end of unquoted text ends the sentence, not the value.
    while quote == 0 && end > start && matches!(before(text, end), b'.' | b':' | b'!' | b'?') {
        end = end.saturating_sub(1);
    }
    (end, length < LONGEST)
}
