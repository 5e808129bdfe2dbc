//! Instants and the civil calendar, by integer arithmetic only.

use core::fmt;

/// An instant: seconds since 1970-01-01T00:00:00Z and nanoseconds within the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Timestamp {
    /// Whole seconds, negative before 1970.
    pub seconds: i64,
    /// 0 to 999,999,999.
    pub nanos: u32,
}

/// A date and time of day in the proleptic Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// Astronomical year.
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
}

const DAY: i64 = 86_400;

impl Timestamp {
    /// The instant `nanos` nanoseconds after 1970.
    pub fn from_unix_nanos(nanos: u64) -> Self {
        let seconds = nanos.checked_div(1_000_000_000).unwrap_or(0);
        let rest = nanos.checked_rem(1_000_000_000).unwrap_or(0);
        Self {
            seconds: i64::try_from(seconds).unwrap_or(i64::MAX),
            nanos: u32::try_from(rest).unwrap_or(0),
        }
    }

    /// Reads an RFC 3339 date-time with its offset; years 0001 to 9999, no leap second.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (date_time, rest) = bytes.split_at_checked(19)?;
        let number = |from: usize, to: usize| decimal(date_time.get(from..to)?);
        let mark = |at: usize| date_time.get(at).copied();
        let separators = mark(4) == Some(b'-') && mark(7) == Some(b'-') && mark(13) == Some(b':');
        if !separators || mark(16) != Some(b':') || !matches!(mark(10), Some(b'T' | b't')) {
            return None;
        }
        let civil = Civil {
            year: i64::from(number(0, 4)?),
            month: number(5, 7)?,
            day: number(8, 10)?,
            hour: number(11, 13)?,
            minute: number(14, 16)?,
            second: number(17, 19)?,
        };
        let (nanos, rest) = fraction(rest)?;
        let offset = offset_seconds(rest)?;
        let seconds = civil.to_seconds()?.checked_sub(offset)?;
        let instant = Self { seconds, nanos };
        (MIN_SECONDS..=MAX_SECONDS)
            .contains(&seconds)
            .then_some(instant)
    }

    /// The date and time of day at UTC.
    pub fn civil(self) -> Civil {
        Civil::from_seconds(self.seconds)
    }
}

/// 0001-01-01T00:00:00Z
const MIN_SECONDS: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z
const MAX_SECONDS: i64 = 253_402_300_799;

impl Civil {
    /// Seconds since 1970 at UTC; `None` for a date or time that does not exist.
    pub fn to_seconds(self) -> Option<i64> {
        let real_date = (1..=12).contains(&self.month)
            && (1..=days_in_month(self.year, self.month)).contains(&self.day);
        if !real_date || self.hour > 23 || self.minute > 59 || self.second > 59 {
            return None;
        }
        let days = days_from_civil(self.year, self.month, self.day)?;
        let hours = i64::from(self.hour).checked_mul(3600)?;
        let minutes = i64::from(self.minute).checked_mul(60)?;
        days.checked_mul(DAY)?
            .checked_add(hours)?
            .checked_add(minutes)?
            .checked_add(i64::from(self.second))
    }

    /// The date and time at UTC of `seconds` since 1970.
    pub fn from_seconds(seconds: i64) -> Self {
        let (year, month, day) = civil_from_days(seconds.div_euclid(DAY));
        let rest = seconds.rem_euclid(DAY);
        let part = |divisor: i64, modulus: i64| {
            let quotient = rest.checked_div(divisor).unwrap_or(0);
            u32::try_from(quotient.checked_rem(modulus).unwrap_or(0)).unwrap_or(0)
        };
        Self {
            year,
            month,
            day,
            hour: part(3600, 24),
            minute: part(60, 60),
            second: part(1, 60),
        }
    }
}

fn days_in_month(year: i64, month: u32) -> u32 {
    let leap = (year.rem_euclid(4) == 0 && year.rem_euclid(100) != 0) || year.rem_euclid(400) == 0;
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01, by eras of 400 years (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days_from_civil(year: i64, month: u32, day: u32) -> Option<i64> {
    let year = if month <= 2 {
        year.checked_sub(1)?
    } else {
        year
    };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = i64::from(if month > 2 {
        month.checked_sub(3)?
    } else {
        month.checked_add(9)?
    });
    let day_of_year = shifted.checked_mul(153)?.checked_add(2)?.div_euclid(5);
    let day_of_year = day_of_year.checked_add(i64::from(day))?.checked_sub(1)?;
    let day_of_era = year_of_era
        .checked_mul(365)?
        .checked_add(year_of_era.div_euclid(4))?
        .checked_sub(year_of_era.div_euclid(100))?
        .checked_add(day_of_year)?;
    era.checked_mul(146_097)?
        .checked_add(day_of_era)?
        .checked_sub(719_468)
}

#[expect(
    clippy::arithmetic_side_effects,
    reason = "days come from dividing an i64 by 86,400, so every intermediate is far within range"
)]
fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let small = |number: i64| u32::try_from(number).unwrap_or(1);
    (year, small(month), small(day))
}

fn decimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |value, byte| {
        let digit = byte.is_ascii_digit().then(|| byte.wrapping_sub(b'0'))?;
        value.checked_mul(10)?.checked_add(u32::from(digit))
    })
}

/// Reads `.` and one to nine digits, if there.
fn fraction(rest: &[u8]) -> Option<(u32, &[u8])> {
    let Some(tail) = rest.strip_prefix(b".") else {
        return Some((0, rest));
    };
    let count = tail.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, tail) = tail.split_at_checked(count)?;
    if !(1..=9).contains(&count) {
        return None;
    }
    let scale = 10_u32.checked_pow(u32::try_from(9_usize.checked_sub(count)?).ok()?)?;
    Some((decimal(digits)?.checked_mul(scale)?, tail))
}

/// Reads `Z` or `±hh:mm`, in seconds east of UTC.
fn offset_seconds(rest: &[u8]) -> Option<i64> {
    match rest {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let hours = decimal(&[*h1, *h2]).filter(|h| *h <= 23)?;
            let minutes = decimal(&[*m1, *m2]).filter(|m| *m <= 59)?;
            let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
            let seconds = i64::from(minutes).checked_mul(60)?;
            if *sign == b'-' {
                seconds.checked_neg()
            } else {
                Some(seconds)
            }
        }
        _ => None,
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 at UTC, with as many decimals as are not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self.civil();
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        if self.nanos != 0 {
            let digits = format!("{:09}", self.nanos);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_rfc3339() {
        let cases = [
            ("1970-01-01T00:00:00Z", Some("1970-01-01T00:00:00Z")),
            ("2026-11-21T09:47:53.120Z", Some("2026-11-21T09:47:53.12Z")),
            ("2024-02-29T23:59:59+01:30", Some("2024-02-29T22:29:59Z")),
            ("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00Z")),
            (
                "9999-12-31T23:59:59.999999999Z",
                Some("9999-12-31T23:59:59.999999999Z"),
            ),
            ("0001-01-01T00:00:00+00:01", None),
            ("2023-02-29T00:00:00Z", None),
            ("2023-01-01T24:00:00Z", None),
            ("2023-01-01T00:00:60Z", None),
            ("2023-01-01 00:00:00Z", None),
            ("2023-01-01T00:00:00", None),
            ("2023-01-01T00:00:00.Z", None),
            ("2023-01-01T00:00:00.0123456789Z", None),
            ("2023-01-01T00:00:00Z ", None),
            ("\u{661}970-01-01T00:00:00Z", None),
        ];
        for (text, expected) in cases {
            let shown = Timestamp::parse_rfc3339(text).map(|t| t.to_string());
            assert_eq!(shown.as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn every_day_of_eight_centuries_round_trips() {
        for day in -150_000..150_000_i64 {
            let civil = Civil::from_seconds(day * DAY);
            assert_eq!(civil.to_seconds(), Some(day * DAY), "{civil:?}");
        }
    }
}
