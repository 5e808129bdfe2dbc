//! Bytes by their place and by their class, without a place that could be outside.

/// The byte at `at`; 0 outside, which no class has.
pub(crate) fn at(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// The byte before `at`; 0 at the start.
pub(crate) fn before(text: &[u8], place: usize) -> u8 {
    place
        .checked_sub(1)
        .map_or(0, |previous| at(text, previous))
}

/// The bytes of a range; empty where it is not one.
pub(crate) fn part(text: &[u8], start: usize, end: usize) -> &[u8] {
    text.get(start..end).unwrap_or_default()
}

/// The text of a range; empty where its ends are no boundaries.
pub(crate) fn text(text: &str, start: usize, end: usize) -> &str {
    text.get(start..end).unwrap_or_default()
}

/// Lower case for ASCII letters.
pub(crate) const fn fold(byte: u8) -> u8 {
    byte.to_ascii_lowercase()
}

/// Whether a name or number goes on with this byte. Bytes of other scripts are no part of one:
/// values are found inside text that writes no spaces.
pub(crate) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Whether a value may begin at `place`: no letter or digit stands before it, unless that is the
/// letter of an escape such as `\n`.
pub(crate) fn opens(text: &[u8], place: usize) -> bool {
    let previous = before(text, place);
    if !is_word(previous) {
        return true;
    }
    let slash = place.checked_sub(2).map_or(0, |two| at(text, two));
    matches!(previous, b'n' | b'r' | b't') && slash == b'\\'
}

/// The value of a decimal digit.
pub(crate) const fn digit(byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0') as u32),
        _ => None,
    }
}

/// The value of a hexadecimal digit.
pub(crate) const fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(byte.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

/// Whether `text` holds `word`, in either case; `word` is in lower case.
pub(crate) fn holds(text: &[u8], word: &[u8]) -> bool {
    let same = |window: &[u8]| window.iter().zip(word).all(|(a, b)| fold(*a) == *b);
    !word.is_empty() && text.windows(word.len()).any(same)
}
