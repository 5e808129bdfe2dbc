//! Sets of instructions as bits.

/// Bits of a word.
const WORD: u32 = u64::BITS;

/// Words that sets of this many instructions have.
pub(crate) fn words(instructions: usize) -> usize {
    instructions.div_ceil(WORD as usize)
}

/// Adds a member; false if it was one.
pub(crate) fn add(set: &mut [u64], member: u32) -> bool {
    let Some(word) = set.get_mut((member / WORD) as usize) else {
        return false;
    };
    let bit = 1u64.wrapping_shl(member % WORD);
    let new = *word & bit == 0;
    *word |= bit;
    new
}

/// The members, in order.
pub(crate) fn members(set: &[u64]) -> impl Iterator<Item = u32> {
    let starts = (0u32..).step_by(WORD as usize);
    let words = set.iter().zip(starts);
    words.flat_map(|(word, start)| {
        let mut left = *word;
        core::iter::from_fn(move || {
            let bit = (left != 0).then(|| left.trailing_zeros())?;
            left &= left.wrapping_sub(1);
            Some(start.saturating_add(bit))
        })
    })
}
