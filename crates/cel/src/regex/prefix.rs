//! The text that every match of a pattern begins with, and where it first stands in a text.

/// A text that every match of a pattern begins with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prefix {
    /// In lower case if `fold`.
    bytes: Vec<u8>,
    /// Whether ASCII letters of either case stand for each other.
    fold: bool,
    /// The place of the byte that texts have least often.
    rare: usize,
}

/// Bytes from the most to the least frequent in English prose and in program text, roughly; what is
/// not listed is rarer.
const FREQUENT: &[u8] = b" etaoinsrhldcumfpgwybvk,._-\"'/:=()0123456789xjqz";

impl Prefix {
    /// Adds a literal; false when the prefix has to end before it.
    pub(super) fn push(&mut self, c: char, fold: bool) -> bool {
        // `k` and `s` also fold to characters that are not ASCII.
        let simple = c.is_ascii() && !(fold && matches!(c, 'k' | 'K' | 's' | 'S'));
        let same_case = self.bytes.is_empty() || self.fold == fold;
        let Some(byte) = u8::try_from(c).ok().filter(|_| simple && same_case) else {
            return false;
        };
        self.fold = fold;
        self.bytes.push(if fold {
            byte.to_ascii_lowercase()
        } else {
            byte
        });
        self.choose();
        true
    }

    /// Takes the last literal away: what follows made it optional.
    pub(super) fn pop(&mut self) {
        self.bytes.pop();
        self.choose();
    }

    /// In lower case if case does not count.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn choose(&mut self) {
        let bytes = self.bytes.iter().enumerate();
        let rarest = bytes.max_by_key(|(_, byte)| rarity(**byte));
        self.rare = rarest.map_or(0, |(place, _)| place);
    }

    /// Where the prefix first stands in a text; the start of the text for an empty prefix.
    pub(super) fn find(&self, text: &str) -> Option<usize> {
        let Some(byte) = self.bytes.get(self.rare) else {
            return Some(0);
        };
        // Letters differ from their other case by one bit.
        let ignored = match self.fold && byte.is_ascii_lowercase() {
            true => 0x20,
            false => 0,
        };
        let text = text.as_bytes();
        let mut from = self.rare;
        loop {
            let place = from.saturating_add(find_byte(text.get(from..)?, *byte, ignored)?);
            let start = place.saturating_sub(self.rare);
            let found = text.get(start..start.saturating_add(self.bytes.len()))?;
            if found == self.bytes || (self.fold && found.eq_ignore_ascii_case(&self.bytes)) {
                return Some(start);
            }
            from = place.saturating_add(1);
        }
    }
}

/// Greater for bytes that texts have less often.
fn rarity(byte: u8) -> usize {
    let lower = byte.to_ascii_lowercase();
    let place = FREQUENT.iter().position(|frequent| *frequent == lower);
    place.unwrap_or(FREQUENT.len())
}

/// The first byte that is `byte` but for the bits `ignored`, which `byte` has set.
fn find_byte(text: &[u8], byte: u8, ignored: u8) -> Option<usize> {
    const WORD: usize = size_of::<u64>();
    const LOW: u64 = u64::from_ne_bytes([0x01; WORD]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; WORD]);
    let (wanted, mask) = (
        u64::from_ne_bytes([byte; WORD]),
        u64::from_ne_bytes([ignored; WORD]),
    );
    let (words, _) = text.as_chunks::<WORD>();
    // Eight bytes at a time: a byte that is found becomes zero, and only words with a zero byte pass
    // (Warren, Hacker's Delight, section 6-1).
    let without = words.iter().take_while(|word| {
        let differs = (u64::from_ne_bytes(**word) | mask) ^ wanted;
        differs.wrapping_sub(LOW) & !differs & HIGH == 0
    });
    let skipped = without.count().saturating_mul(WORD);
    let rest = text.get(skipped..)?.iter();
    let mut rest = rest.map(|found| found | ignored);
    Some(skipped.saturating_add(rest.position(|found| found == byte)?))
}
