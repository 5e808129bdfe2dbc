//! `name = value` in all its spellings: configuration, code, headers, queries, prose.

use crate::bytes::{at, is_word, part};

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
    /// Whether quotes enclose it.
    pub quoted: bool,
}

/// What stands behind a name that ends, or goes on, at `place`.
pub(crate) fn value(text: &[u8], place: usize) -> Option<Assigned> {
    let (sign, exact) = sign(text, place)?;
    let (start, quote) = opening(text, sign);
    let end = closing(text, start, quote)?;
    (end > start).then_some(Assigned {
        start,
        end,
        exact,
        quoted: quote != 0,
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

/// Where the value ends; `None` if it is too long.
fn closing(text: &[u8], start: usize, quote: u8) -> Option<usize> {
    let tail = text.get(start..)?.iter().take(LONGEST.saturating_add(1));
    let ends = |byte: &u8| match quote {
        0 => matches!(
            byte,
            b' ' | b'\t'
                | b'\r'
                | b'\n'
                | b'"'
                | b'\''
                | b'`'
                | b','
                | b';'
                | b'&'
                | b')'
                | b'}'
                | b']'
                | b'<'
                | b'|'
                | b'\\'
        ),
        quote => *byte == quote || matches!(byte, b'\r' | b'\n' | b'\\'),
    };
    let length = tail.take_while(|byte| !ends(byte)).count();
    if length > LONGEST {
        return None;
    }
    let mut end = start.saturating_add(length);
    // The point or colon of a sentence.
    while quote == 0
        && end > start
        && matches!(crate::bytes::before(text, end), b'.' | b':' | b'!' | b'?')
    {
        // A mark at the end of prose; passwords that end in one lose it from the span, not from the text.
        end = end.saturating_sub(1);
    }
    Some(end)
}
