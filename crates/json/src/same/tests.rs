//! Every length up to several words, and every byte of it.

use super::{ends_with, same_bytes, starts_with};

#[test]
fn every_byte_counts() {
    let text: Vec<u8> = (0..40).collect();
    for length in 0..text.len() {
        let (start, end) = (&text[..length], &text[text.len() - length..]);
        assert!(same_bytes(start, start));
        assert!(starts_with(&text, start) && ends_with(&text, end));
        assert!(!same_bytes(start, &text[..=length]));
        assert!(!starts_with(start, &text[..=length]));
        assert!(!ends_with(end, &text));
        for changed in 0..length {
            let other = |bytes: &[u8]| {
                let mut bytes = bytes.to_vec();
                bytes[changed] ^= 0x40;
                bytes
            };
            assert!(!same_bytes(start, &other(start)), "{changed} of {length}");
            assert!(!starts_with(&text, &other(start)), "{changed} of {length}");
            assert!(!ends_with(&text, &other(end)), "{changed} of {length}");
        }
    }
}
