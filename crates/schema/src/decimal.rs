//! Numbers as the decimals they are written as: compared and divided exactly.

use core::cmp::Ordering;

use crate::Refusal;

/// Digits of an exponent beyond which a number is refused.
const EXPONENT_DIGITS: usize = 15;
/// Significant digits that a divisor may have: what fits 64 bits.
const DIVISOR_DIGITS: usize = 18;

/// A number literal as 0.d₁d₂d₃… × 10^point, without leading or trailing zeros among its digits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decimal<'t> {
    negative: bool,
    whole: &'t [u8],
    fraction: &'t [u8],
    point: i64,
}

impl<'t> Decimal<'t> {
    /// Reads a JSON number literal.
    pub(crate) fn parse(text: &'t str) -> Result<Self, Refusal> {
        let bytes = text.as_bytes();
        let (negative, bytes) = match bytes.split_first() {
            Some((b'-', rest)) => (true, rest),
            _ => (false, bytes),
        };
        let (mantissa, exponent) = split_at_byte(bytes, |b| matches!(b, b'e' | b'E'));
        let (whole, fraction) = split_at_byte(mantissa, |b| b == b'.');
        let (whole, fraction) = (
            without_leading_zeros(whole),
            without_trailing_zeros(fraction),
        );
        let mut decimal = Self {
            negative,
            whole,
            fraction,
            point: whole.len() as i64,
        };
        if whole.is_empty() {
            decimal.fraction = without_leading_zeros(fraction);
            let zeros = fraction.len().saturating_sub(decimal.fraction.len());
            decimal.point = 0i64.saturating_sub(zeros as i64);
        } else if fraction.is_empty() {
            decimal.whole = without_trailing_zeros(whole);
        }
        if decimal.is_zero() {
            return Ok(Self {
                negative: false,
                point: 0,
                ..decimal
            });
        }
        decimal.point = decimal.point.saturating_add(read_exponent(exponent)?);
        Ok(decimal)
    }

    pub(crate) fn is_zero(self) -> bool {
        self.whole.is_empty() && self.fraction.is_empty()
    }

    pub(crate) fn is_negative(self) -> bool {
        self.negative
    }

    /// Whether it has no fraction; 1.0 and 1e2 have none.
    pub(crate) fn is_integer(self) -> bool {
        self.point >= self.digit_count()
    }

    fn digit_count(self) -> i64 {
        self.whole.len().saturating_add(self.fraction.len()) as i64
    }

    fn digits(self) -> impl Iterator<Item = u8> + 't {
        self.whole.iter().chain(self.fraction).copied()
    }

    pub(crate) fn compare(self, other: Self) -> Ordering {
        let sign = |decimal: Self| match (decimal.is_zero(), decimal.negative) {
            (true, _) => 0i8,
            (false, true) => -1,
            (false, false) => 1,
        };
        let size = || {
            let points = self.point.cmp(&other.point);
            points.then_with(|| self.digits().cmp(other.digits()))
        };
        match (sign(self).cmp(&sign(other)), sign(self)) {
            (Ordering::Equal, 1) => size(),
            (Ordering::Equal, -1) => size().reverse(),
            (signs, _) => signs,
        }
    }

    /// The value as a count: a non-negative integer, the largest `u64` for all beyond it.
    pub(crate) fn as_count(self) -> Option<u64> {
        if !self.is_integer() || self.negative {
            return None;
        }
        if self.point > 20 {
            return Some(u64::MAX);
        }
        let zeros = self.point.saturating_sub(self.digit_count());
        let append = |sum: u64, digit: u8| {
            let digit = u64::from(digit.wrapping_sub(b'0'));
            sum.saturating_mul(10).saturating_add(digit)
        };
        let sum = self.digits().fold(0, append);
        Some((0..zeros).fold(sum, |sum, _| append(sum, b'0')))
    }

    /// Adds a spelling that equal numbers share and others do not.
    pub(crate) fn write_key(self, out: &mut Vec<u8>) {
        out.push(if self.negative { b'-' } else { b'+' });
        out.extend_from_slice(&self.point.to_be_bytes());
        out.extend(self.digits());
        out.push(0);
    }

    /// What to divide by, if it is not too long for that.
    pub(crate) fn as_divisor(self) -> Option<Divisor> {
        if self.is_zero() || self.negative || self.digit_count() > DIVISOR_DIGITS as i64 {
            return None;
        }
        let digits = self.digits().fold(0u64, |sum, digit| {
            sum.saturating_mul(10)
                .saturating_add(u64::from(digit.wrapping_sub(b'0')))
        });
        let exponent = self.point.saturating_sub(self.digit_count());
        Some(Divisor { digits, exponent })
    }
}

/// A positive number as digits × 10^exponent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Divisor {
    digits: u64,
    exponent: i64,
}

impl Divisor {
    /// Whether `dividend` is this times an integer.
    pub(crate) fn divides(self, dividend: Decimal<'_>) -> bool {
        if dividend.is_zero() {
            return true;
        }
        let exponent = dividend.point.saturating_sub(dividend.digit_count());
        let shift = exponent.saturating_sub(self.exponent);
        // The digits of the dividend do not end in a zero, so nothing that is a multiple of ten divides them.
        let Ok(shift) = u64::try_from(shift) else {
            return false;
        };
        let modulus = u128::from(self.digits);
        let rest = dividend.digits().fold(0u128, |rest, digit| {
            let digit = u128::from(digit.wrapping_sub(b'0'));
            modulo(rest.wrapping_mul(10).wrapping_add(digit), modulus)
        });
        modulo(rest.wrapping_mul(power_of_ten(shift, modulus)), modulus) == 0
    }
}

fn modulo(value: u128, modulus: u128) -> u128 {
    value.checked_rem(modulus).unwrap_or(0)
}

/// 10^exponent modulo `modulus`; both factors of every product are below 2^64.
fn power_of_ten(mut exponent: u64, modulus: u128) -> u128 {
    let (mut result, mut base) = (modulo(1, modulus), modulo(10, modulus));
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = modulo(result.wrapping_mul(base), modulus);
        }
        base = modulo(base.wrapping_mul(base), modulus);
        exponent >>= 1;
    }
    result
}

fn split_at_byte(bytes: &[u8], is_end: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| is_end(*byte));
    let Some(end) = end else {
        return (bytes, &[]);
    };
    let (before, after) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
    (before, after.split_first().map_or(after, |(_, rest)| rest))
}

fn without_leading_zeros(digits: &[u8]) -> &[u8] {
    let start = digits.iter().position(|digit| *digit != b'0');
    start.and_then(|start| digits.get(start..)).unwrap_or(&[])
}

fn without_trailing_zeros(digits: &[u8]) -> &[u8] {
    let last = digits.iter().rposition(|digit| *digit != b'0');
    last.and_then(|last| digits.get(..=last)).unwrap_or(&[])
}

fn read_exponent(text: &[u8]) -> Result<i64, Refusal> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let digits = without_leading_zeros(digits);
    if digits.len() > EXPONENT_DIGITS {
        return Err(Refusal::NumberOutOfRange);
    }
    let size = digits.iter().fold(0i64, |sum, digit| {
        sum.saturating_mul(10)
            .saturating_add(i64::from(digit.wrapping_sub(b'0')))
    });
    Ok(if negative { size.wrapping_neg() } else { size })
}

#[cfg(test)]
mod tests;
