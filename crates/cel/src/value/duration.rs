//! Spans of time: nanoseconds in 64 bits, as the reference implementation keeps them (about ±292 years).

use core::fmt;

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Duration(i64);

const SECOND: i64 = 1_000_000_000;

impl Duration {
    /// A span of whole nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// A span of seconds and nanoseconds, if it is within range.
    pub fn new(seconds: i64, nanos: i64) -> Option<Self> {
        let total = i128::from(seconds)
            .checked_mul(i128::from(SECOND))?
            .checked_add(i128::from(nanos))?;
        i64::try_from(total).ok().map(Self)
    }

    /// Its length in nanoseconds.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Whole seconds, toward zero, and the nanoseconds left, of the same sign.
    pub fn parts(self) -> (i64, i64) {
        let seconds = self.0.checked_div(SECOND).unwrap_or(0);
        (seconds, self.0.checked_rem(SECOND).unwrap_or(0))
    }

    /// Reads Go's notation: `1h30m`, `-1.5s`, `300ms`; a bare `0` needs no unit.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, body) = match text.as_bytes().first()? {
            b'-' => (true, text.get(1..)?),
            b'+' => (false, text.get(1..)?),
            _ => (false, text),
        };
        if body == "0" {
            return Some(Self(0));
        }
        let mut rest = body;
        let mut total: i128 = 0;
        while !rest.is_empty() {
            let (nanos, after) = component(rest)?;
            total = total.checked_add(nanos)?;
            rest = after;
        }
        if body.is_empty() {
            return None;
        }
        let total = if negative {
            total.checked_neg()?
        } else {
            total
        };
        i64::try_from(total).ok().map(Self)
    }
}

/// One number with its unit, in nanoseconds, and the text after it.
fn component(text: &str) -> Option<(i128, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = text.split_at_checked(digits(text))?;
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at_checked(digits(rest))?,
        None => ("", rest),
    };
    if (whole.is_empty() && fraction.is_empty()) || whole.len() > 19 {
        return None;
    }
    let letters = rest
        .find(|c: char| c == '.' || c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at_checked(letters)?;
    let unit: i128 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let mut nanos = whole.checked_mul(unit)?;
    let mut scale = unit;
    for digit in fraction.bytes() {
        scale = scale.checked_div(10)?;
        nanos = nanos.checked_add(scale.checked_mul(i128::from(digit.wrapping_sub(b'0')))?)?;
    }
    Some((nanos, rest))
}

impl fmt::Display for Duration {
    /// Seconds with as many decimals as are not zero, and `s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = self.parts();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        write!(f, "{}", seconds.unsigned_abs())?;
        if nanos != 0 {
            let digits = format!("{:09}", nanos.unsigned_abs());
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("s")
    }
}
