//! The order of object keys in canonical form: UTF-16 code units (RFC 8785 section 3.2.3).

use core::cmp::Ordering;

use crate::document::Buffers;
use crate::sort::sort_numbers;

/// Compares two keys by their UTF-16 code units, without leaving UTF-8.
///
/// UTF-8 bytes order like code points; UTF-16 differs only in that supplementary characters
/// (lead bytes F0..F4, surrogates D800..DFFF) come before U+E000..U+FFFF (lead bytes EE, EF).
pub fn compare_keys(left: &str, right: &str) -> Ordering {
    let mut pairs = left.bytes().zip(right.bytes());
    match pairs.find(|(a, b)| a != b) {
        None => left.len().cmp(&right.len()),
        Some((a, b)) => rank(a).cmp(&rank(b)),
    }
}

fn rank(byte: u8) -> u8 {
    match byte {
        0xEE => 0xF8,
        0xEF => 0xF9,
        other => other,
    }
}

/// Sorts key nodes into canonical order.
pub(crate) fn sort_keys(keys: &mut [u32], source: &str, tape: &Buffers) {
    sort_numbers(keys, &mut |a, b| {
        compare_keys(tape.text(source, a), tape.text(source, b))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn supplementary_characters_sort_before_the_private_use_area() {
        let mut keys = [
            "\u{20ac}",
            "\r",
            "\u{fb33}",
            "1",
            "\u{1f600}",
            "\u{80}",
            "\u{f6}",
        ];
        keys.sort_by(|a, b| compare_keys(a, b));
        assert_eq!(
            keys,
            [
                "\r",
                "1",
                "\u{80}",
                "\u{f6}",
                "\u{20ac}",
                "\u{1f600}",
                "\u{fb33}"
            ],
            "the example of RFC 8785 section 3.2.3"
        );
    }

    #[test]
    fn agrees_with_utf16() {
        let samples = [
            "",
            "a",
            "ab",
            "b",
            "\u{d7ff}",
            "\u{e000}",
            "\u{ffff}",
            "\u{10000}",
            "a\u{10ffff}",
            "a\u{e000}",
        ];
        for left in samples {
            for right in samples {
                let expected = left.encode_utf16().cmp(right.encode_utf16());
                assert_eq!(compare_keys(left, right), expected, "{left:?} {right:?}");
            }
        }
    }
}
