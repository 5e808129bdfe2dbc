//! The keys of one object: no two may be the same, and those of a large one are sorted.

use crate::document::Buffers;
use crate::order;
use crate::reader::as_u32;

/// Objects with more members than this get a sorted key index; below it a scan is faster.
pub(crate) const SCANNED: u32 = 8;

/// Two of 64 bits for a key, chosen by a hash of its bytes: keys with other bits differ.
#[inline(always)]
pub(crate) fn signature(hash: u64) -> u64 {
    bit(hash >> 58) | bit(hash >> 52)
}

#[inline(always)]
fn bit(number: u64) -> u64 {
    1_u64.wrapping_shl((number & 63) as u32)
}

/// The signature of a key with escapes: it may be the same as any other.
pub(crate) const UNKNOWN: u64 = 0;

/// The signatures of an object's keys so far. An object has a key before it is asked about.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen(u64);

impl Seen {
    /// All bits: the signature of a key was there before it, only a comparison can tell.
    const COMPARE: u64 = u64::MAX;

    #[inline(always)]
    pub(crate) fn add(&mut self, signature: u64) {
        self.0 = match self.0 & signature == signature {
            true => Self::COMPARE,
            false => self.0 | signature,
        };
    }

    #[inline(always)]
    pub(crate) fn is_object(self) -> bool {
        self.0 != 0
    }

    /// Whether the `count` keys differ for certain, and are too few for an index.
    #[inline(always)]
    pub(crate) fn are_unique(self, count: u32) -> bool {
        self.0 != Self::COMPARE && count <= SCANNED || !self.is_object()
    }
}

/// The node of a key that has the text of another, if there is one. Builds the index of a large object.
#[inline(never)]
pub(crate) fn duplicate(tape: &mut Buffers, source: &str, object: u32, count: u32) -> Option<u32> {
    match count > SCANNED {
        true => index(tape, source, object, count),
        false => compare(tape, source, object, count),
    }
}

fn compare(tape: &Buffers, source: &str, object: u32, count: u32) -> Option<u32> {
    let mut seen = [""; SCANNED as usize];
    let mut at = object.wrapping_add(1);
    for number in 0..count as usize {
        let key = tape.text(source, at);
        let (earlier, slots) = seen.split_at_mut_checked(number)?;
        if earlier.contains(&key) {
            return Some(at);
        }
        if let Some(slot) = slots.first_mut() {
            *slot = key;
        }
        at = tape.after(at.wrapping_add(1));
    }
    None
}

/// Sorts the keys once: duplicates become neighbours, look-ups a binary search.
fn index(tape: &mut Buffers, source: &str, object: u32, count: u32) -> Option<u32> {
    let begin = tape.index.len();
    let mut at = object.wrapping_add(1);
    for _ in 0..count {
        tape.index.push(at);
        at = tape.after(at.wrapping_add(1));
    }
    let mut index = core::mem::take(&mut tape.index);
    let mut duplicate = None;
    if let Some(keys) = index.get_mut(begin..) {
        let text = |key: u32| tape.text(source, key);
        order::sort_keys(keys, source, tape);
        let pairs = keys.iter().zip(keys.iter().skip(1));
        duplicate = pairs
            .filter(|(a, b)| text(**a) == text(**b))
            .map(|(_, second)| *second)
            .min();
    }
    tape.index = index;
    if let Some(node) = tape.nodes.get_mut(object as usize) {
        node.index = as_u32(begin);
    }
    duplicate
}
