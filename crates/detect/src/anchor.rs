//! Where any of some hundred words may begin: three bytes are hashed, and few places are looked at.

use crate::bytes::{fold, part};

/// Slots of the table.
const SLOTS: usize = 1 << 13;
/// Bits for the hashes that any word has, and hashes.
const HASHES: usize = 1 << 16;
const WORDS_OF_BITS: usize = HASHES / 64;

/// Shortest word that can be found.
pub(crate) const SHORTEST: usize = 3;

/// An index of words, in lower case, each with what it leads to.
#[derive(Debug, Clone)]
pub(crate) struct Index<T> {
    /// Which hashes any word has: one in fifty, so that most places are done with one look.
    some: Box<[u64; WORDS_OF_BITS]>,
    /// One more than the first entry of a slot; 0 for none.
    slots: Box<[u16; SLOTS]>,
    entries: Vec<Entry<T>>,
}

#[derive(Debug, Clone)]
struct Entry<T> {
    word: Box<[u8]>,
    target: T,
    /// Whether the next entry has the same slot.
    more: bool,
}

/// Adds a byte to the last three.
pub(crate) const fn roll(last: u32, byte: u8) -> u32 {
    roll_folded(last, fold(byte))
}

/// Adds a byte in lower case to the last three.
pub(crate) const fn roll_folded(last: u32, byte: u8) -> u32 {
    (last << 8 | byte as u32) & 0xff_ffff
}

const fn hash(last: u32) -> usize {
    (last.wrapping_mul(0x9e37_79b1) >> 16) as usize & (HASHES - 1)
}

impl<T: Copy> Index<T> {
    /// An index of these words; those with fewer than three bytes are left out.
    pub(crate) fn new(words: Vec<(Vec<u8>, T)>) -> Self {
        let keyed = words.into_iter().filter_map(|(word, target)| {
            let head = word.get(..SHORTEST)?;
            let key = hash(head.iter().fold(0, |last, byte| roll(last, *byte)));
            Some((key, word, target))
        });
        let mut keyed: Vec<_> = keyed.collect();
        callgate_json::sort_by(&mut keyed, |(a, _, _), (b, _, _)| a.cmp(b));
        let mut slots = Box::new([0u16; SLOTS]);
        let mut some = Box::new([0u64; WORDS_OF_BITS]);
        let mut entries: Vec<Entry<T>> = Vec::with_capacity(keyed.len());
        let mut previous = None;
        for (hash, word, target) in keyed {
            if let Some(bits) = some.get_mut(hash / 64) {
                *bits |= 1 << (hash % 64);
            }
            let key = hash / (HASHES / SLOTS);
            if previous == Some(key) {
                if let Some(last) = entries.last_mut() {
                    last.more = true;
                }
            } else if let Some(slot) = slots.get_mut(key) {
                *slot = u16::try_from(entries.len().saturating_add(1)).unwrap_or(0);
            }
            previous = Some(key);
            let word = word.into_iter().map(fold).collect();
            entries.push(Entry {
                word,
                target,
                more: false,
            });
        }
        Self {
            some,
            slots,
            entries,
        }
    }

    /// Whether any word may begin with the last three bytes.
    #[inline]
    pub(crate) fn may_begin(&self, last: u32) -> u16 {
        let hash = hash(last);
        let some = self.some.get(hash / 64).copied().unwrap_or(0);
        if some >> (hash % 64) & 1 == 0 {
            return 0;
        }
        let slot = self.slots.get(hash / (HASHES / SLOTS));
        slot.copied().unwrap_or(0)
    }

    /// What the words at `place` lead to, given a slot's answer.
    pub(crate) fn words_at<'a>(
        &'a self,
        first: u16,
        text: &'a [u8],
        place: usize,
    ) -> impl Iterator<Item = (&'a [u8], T)> {
        let mut next = usize::from(first).checked_sub(1);
        let entries = std::iter::from_fn(move || {
            let entry = self.entries.get(next?)?;
            next = next.filter(|_| entry.more).map(|at| at.saturating_add(1));
            Some(entry)
        });
        entries.filter_map(move |entry| {
            let found = part(text, place, place.saturating_add(entry.word.len()));
            let same = found.len() == entry.word.len()
                && found.iter().zip(&*entry.word).all(|(a, b)| fold(*a) == *b);
            same.then_some((&*entry.word, entry.target))
        })
    }

    /// Bytes that the index takes.
    pub(crate) fn size(&self) -> usize {
        let words: usize = self.entries.iter().map(|entry| entry.word.len()).sum();
        let entries = self.entries.len().saturating_mul(size_of::<Entry<T>>());
        words
            .saturating_add(entries)
            .saturating_add(SLOTS.saturating_mul(2))
            .saturating_add(HASHES / 8)
    }
}
