//! Equality of short texts without a call: keys and literals are compared all the time.

/// Whether two byte strings are the same. As `==`, which calls `memcmp`: for the short texts of
/// requests the call takes longer than the comparison, and in WebAssembly it goes byte by byte.
#[inline(always)]
pub fn same_bytes(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && same_words(left, right)
}

/// Whether a byte string ends with another, as [`same_bytes`].
#[inline(always)]
pub fn ends_with(text: &[u8], end: &[u8]) -> bool {
    let from = text.len().checked_sub(end.len());
    from.and_then(|from| text.get(from..))
        .is_some_and(|text| same_words(text, end))
}

/// Whether a byte string starts with another, as [`same_bytes`].
#[inline(always)]
pub fn starts_with(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len())
        .is_some_and(|text| same_words(text, start))
}

/// INVARIANT: both have the same length.
#[inline(always)]
fn same_words(left: &[u8], right: &[u8]) -> bool {
    if let (Some((left_head, left_tail)), Some((right_head, right_tail))) =
        (ends::<8>(left), ends::<8>(right))
    {
        // Up to sixteen bytes are two words, which may overlap.
        return left_head == right_head
            && left_tail == right_tail
            && (left.len() <= 16 || left == right);
    }
    if let (Some(left), Some(right)) = (ends::<4>(left), ends::<4>(right)) {
        return left == right;
    }
    left.iter().zip(right).all(|(a, b)| a == b)
}

/// The first and the last `N` bytes, if there are as many.
#[inline(always)]
fn ends<const N: usize>(bytes: &[u8]) -> Option<([u8; N], [u8; N])> {
    Some((*bytes.first_chunk()?, *bytes.last_chunk()?))
}

#[cfg(test)]
mod tests;
