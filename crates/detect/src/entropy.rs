//! How evenly a text uses its characters, in integers that are the same on every host.

/// Longest text that is measured; the rest of a longer one does not count.
const LONGEST: usize = 256;
/// Fractional bits of the table.
const SCALE: u32 = 10;

/// `n · log₂ n` for `n` up to [`LONGEST`], times 2^[`SCALE`].
const TABLE: [u32; LONGEST + 1] = table();

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "runs when the crate is compiled"
)]
const fn table() -> [u32; LONGEST + 1] {
    let mut table = [0u32; LONGEST + 1];
    let mut n = 2;
    while n <= LONGEST {
        table[n] = ((n as u64 * log2(n as u64)) >> 14) as u32;
        n += 1;
    }
    table
}

/// log₂ times 2^24, by squaring: a bit of the fraction for each time the square reaches two.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "runs when the crate is compiled"
)]
const fn log2(n: u64) -> u64 {
    let whole = n.ilog2();
    let mut mantissa = (n << 31) >> whole;
    let mut value = (whole as u64) << 24;
    let mut bit = 1u64 << 23;
    while bit > 0 {
        mantissa = (mantissa * mantissa) >> 31;
        if mantissa >= 1 << 32 {
            mantissa >>= 1;
            value += bit;
        }
        bit >>= 1;
    }
    value
}

/// Shannon's entropy of the bytes, in hundredths of a bit per byte, rounded down.
pub(crate) fn centibits(text: &[u8]) -> u32 {
    let mut counts = [0u16; 256];
    let mut length = 0usize;
    for byte in text.iter().take(LONGEST) {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count = count.saturating_add(1);
        }
        length = length.saturating_add(1);
    }
    let weight = |n: usize| TABLE.get(n).copied().unwrap_or(0);
    let used: u32 = counts.iter().map(|count| weight(usize::from(*count))).sum();
    let spread = u64::from(weight(length).saturating_sub(used));
    let scaled = spread.saturating_mul(100) >> SCALE;
    let centibits = scaled.checked_div(length as u64).unwrap_or(0);
    u32::try_from(centibits).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::centibits;

    #[test]
    fn entropy_is_that_of_the_definition() {
        for (text, expected) in [
            ("", 0),
            ("aaaaaaaa", 0),
            ("abababab", 100),
            ("abcdabcd", 200),
            ("0123456789abcdef", 400),
            ("aab", 91),
        ] {
            let found = centibits(text.as_bytes());
            assert!(found.abs_diff(expected) <= 1, "{text}: {found}");
        }
    }
}
