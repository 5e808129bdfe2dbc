//! Where numbers of a shape, and names of them, begin and end.

use crate::bytes::{at, before, is_word, opens};

/// Whether a word of a context stands by itself: no letter before or behind it, but for a change
/// of case as in `customerSsn`.
pub(crate) fn names(text: &[u8], start: usize, end: usize) -> bool {
    let (outer, first) = (before(text, start), at(text, start));
    let opens =
        !outer.is_ascii_alphabetic() || outer.is_ascii_lowercase() && first.is_ascii_uppercase();
    let (last, next) = (before(text, end), at(text, end));
    let closes =
        !next.is_ascii_alphabetic() || last.is_ascii_lowercase() && next.is_ascii_uppercase();
    opens && closes
}

/// Whether a number may begin at `start`: it is no later part of one.
pub(crate) fn begins_number(text: &[u8], start: usize) -> bool {
    let previous = before(text, start);
    let two = start.checked_sub(2).map_or(0, |place| at(text, place));
    let joined = matches!(previous, b'.' | b'-' | b'/' | b'_') && is_word(two);
    opens(text, start) && !joined && previous != b'_'
}

/// Where a number of this shape ends; it does not go on behind that.
pub(crate) fn shape_end(shape: &[u8], text: &[u8], start: usize) -> Option<usize> {
    let mut place = start;
    for sign in shape {
        let byte = at(text, place);
        let fits = match sign {
            b'0' => byte.is_ascii_digit(),
            b'A' => byte.is_ascii_uppercase(),
            b'X' => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            _ => byte == *sign,
        };
        if !fits {
            return None;
        }
        place = place.saturating_add(1);
    }
    let next = at(text, place);
    let second = at(text, place.saturating_add(1));
    let joined = matches!(next, b'-' | b'.' | b'/' | b'_') && is_word(second);
    if is_word(next) || next == b'_' || joined {
        return None;
    }
    let group = shape
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    let spaced = shape.contains(&b' ') && next == b' ' && shape.len() > group;
    let behind = text.get(place.saturating_add(1)..).unwrap_or_default();
    let same = behind
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
        == group;
    (!(spaced && same)).then_some(place)
}

/// Whether a group of as many digits stands before, so that a number in groups began earlier.
pub(crate) fn follows_group(text: &[u8], start: usize, length: usize) -> bool {
    let mut head = text.get(..start).unwrap_or_default().iter().rev();
    let digits = head.next() == Some(&b' ');
    digits && head.take_while(|byte| byte.is_ascii_digit()).count() == length
}
