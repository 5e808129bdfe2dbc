//! Dates inside numbers.

use super::digits::{nth, number};

/// Whether two digits of month and two of day, beginning at `month` and `day`, can be a date.
pub(super) fn month_day(digits: &[u32], month: usize, day: usize) -> bool {
    is_date(two(digits, month), two(digits, day))
}

/// The number that the two digits at a place write.
pub(super) fn two(digits: &[u32], place: usize) -> u64 {
    number(&[nth(digits, place), nth(digits, place.saturating_add(1))])
}

/// Whether a year has this month and the month this day; February has 29.
pub(super) fn is_date(month: u64, day: u64) -> bool {
    let longest = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return false,
    };
    (1..=longest).contains(&day)
}
