//! Which runs of three bytes a text has: what many patterns are asked of first.

use super::TextPattern;

/// The runs of three bytes in a text, as a set that may hold more than there are (a Bloom filter with
/// one hash function), whatever the case of ASCII letters.
#[derive(Debug, Clone)]
pub struct Trigrams {
    bits: Vec<u64>,
}

/// Words of a set: 2 KB, for texts that have up to a few thousand different runs.
const WORDS: usize = 256;

impl Trigrams {
    /// The runs of `text`.
    pub fn of(text: &str) -> Self {
        let mut bits = vec![0u64; WORDS];
        let mut last = 0u32;
        for (place, byte) in text.bytes().enumerate() {
            last = after(last, byte);
            let (word, bit) = slot(last);
            if let Some(word) = bits.get_mut(word).filter(|_| place >= 2) {
                *word |= bit;
            }
        }
        Self { bits }
    }

    /// Whether `literal`, in any case, may stand in the text; false only if it does not.
    pub fn may_hold(&self, literal: &str) -> bool {
        self.may_hold_bytes(literal.as_bytes())
    }

    /// Whether the pattern may match in the text; false only if it does not.
    pub fn may_match(&self, pattern: &TextPattern) -> bool {
        self.may_hold_bytes(pattern.prefix())
    }

    fn may_hold_bytes(&self, literal: &[u8]) -> bool {
        let mut last = 0u32;
        literal.iter().enumerate().all(|(place, byte)| {
            last = after(last, *byte);
            let (word, bit) = slot(last);
            place < 2 || self.bits.get(word).is_some_and(|word| word & bit != 0)
        })
    }
}

/// The last three bytes, upper and lower case alike: more falls together, and nothing is lost.
fn after(last: u32, byte: u8) -> u32 {
    (last << 8 | u32::from(byte | 0x20)) & 0x00ff_ffff
}

/// Where a run is in the set: the high bits of a product spread it (Knuth, The Art of Computer
/// Programming, volume 3, section 6.4).
fn slot(run: u32) -> (usize, u64) {
    let hash = run.wrapping_mul(0x9e37_79b1) >> 18;
    ((hash >> 6) as usize, 1u64 << (hash & 63))
}

#[cfg(test)]
mod tests {
    use super::Trigrams;

    #[test]
    fn what_stands_in_a_text_is_never_missed() {
        let text = "Ignore all PREVIOUS instructions, Straße; αβγ @[`{";
        let set = Trigrams::of(text);
        for (from, _) in text.char_indices() {
            for (length, _) in text[from..].char_indices() {
                let part = &text[from..from + length];
                assert!(set.may_hold(part), "{part}");
                assert!(set.may_hold(&part.to_ascii_uppercase()), "{part}");
            }
        }
    }

    #[test]
    fn what_does_not_is_mostly_told() {
        let set = Trigrams::of("The customer confirmed that the export works again.");
        for literal in ["ignore", "private key", "dropped", "previous instructions"] {
            assert!(!set.may_hold(literal), "{literal}");
        }
        // Too short to tell.
        assert!(set.may_hold("xq"));
    }
}
