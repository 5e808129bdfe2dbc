//! Dates, times (RFC 3339, section 5.6) and durations (RFC 3339, appendix A).

/// Two digits, as a number.
fn two(bytes: &[u8]) -> Option<u32> {
    match bytes {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            let digit = |byte: &u8| u32::from(byte.wrapping_sub(b'0'));
            Some(digit(tens).wrapping_mul(10).wrapping_add(digit(ones)))
        }
        _ => None,
    }
}

pub(super) fn is_date_time(text: &str) -> bool {
    let Some((date, rest)) = text.as_bytes().split_at_checked(10) else {
        return false;
    };
    match rest.split_first() {
        Some((b'T' | b't', time)) => {
            date_holds(date) == Some(true) && time_holds(time) == Some(true)
        }
        _ => false,
    }
}

pub(super) fn is_date(text: &str) -> bool {
    date_holds(text.as_bytes()) == Some(true)
}

pub(super) fn is_time(text: &str) -> bool {
    time_holds(text.as_bytes()) == Some(true)
}

fn date_holds(bytes: &[u8]) -> Option<bool> {
    let [c1, c2, y1, y2, b'-', m1, m2, b'-', d1, d2] = bytes else {
        return None;
    };
    let (century, year) = (two(&[*c1, *c2])?, two(&[*y1, *y2])?);
    let (month, day) = (two(&[*m1, *m2])?, two(&[*d1, *d2])?);
    // A year that ends a century is a leap year if the century's number is.
    let cycle = if year == 0 { century } else { year };
    let days = match month {
        2 if cycle & 3 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    Some((1..=12).contains(&month) && (1..=days).contains(&day))
}

/// Minutes of a day.
const DAY: u32 = 1_440;

fn time_holds(bytes: &[u8]) -> Option<bool> {
    let [h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = bytes else {
        return None;
    };
    let (hour, minute, second) = (two(&[*h1, *h2])?, two(&[*m1, *m2])?, two(&[*s1, *s2])?);
    let minutes = hour.wrapping_mul(60).wrapping_add(minute);
    let utc = match without_fraction(rest)? {
        [b'Z' | b'z'] => minutes,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes_off) = (two(&[*h1, *h2])?, two(&[*m1, *m2])?);
            if hours > 23 || minutes_off > 59 {
                return None;
            }
            let offset = hours.wrapping_mul(60).wrapping_add(minutes_off);
            let back = if *sign == b'+' {
                DAY.wrapping_sub(offset)
            } else {
                offset
            };
            minutes.wrapping_add(back)
        }
        _ => return None,
    };
    // Leap seconds end a day of UTC.
    let last_minute = utc.checked_rem(DAY) == Some(DAY.wrapping_sub(1));
    let seconds_hold = second < 60 || (second == 60 && last_minute);
    Some(hour < 24 && minute < 60 && seconds_hold)
}

/// What follows the fraction of a second, if there is one and it has digits.
fn without_fraction(bytes: &[u8]) -> Option<&[u8]> {
    let Some((b'.', rest)) = bytes.split_first() else {
        return Some(bytes);
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        None
    } else {
        rest.get(digits..)
    }
}

/// `P`, then weeks alone, or units in descending order without one left out in between.
pub(super) fn is_duration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('P') else {
        return false;
    };
    let (date, time) = match rest.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (rest, None),
    };
    let weeks = time.is_none() && units(date, "W") == Some(1);
    let dates = units(date, "YMD");
    match (dates, time.map(|time| units(time, "HMS"))) {
        (Some(dates), None) => weeks || dates > 0,
        (Some(_), Some(Some(times))) => times > 0,
        (None, None) => weeks,
        (_, Some(_)) => false,
    }
}

/// How many `<digits><unit>` there are, with the units being neighbours in `order`.
fn units(text: &str, order: &str) -> Option<usize> {
    let (mut rest, mut count, mut allowed) = (text, 0usize, order);
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .filter(|end| *end > 0)?;
        let unit = rest.get(end..)?.chars().next()?;
        let place = allowed
            .find(unit)
            .filter(|place| count == 0 || *place == 0)?;
        allowed = allowed.get(place.saturating_add(1)..)?;
        rest = rest.get(end.saturating_add(1)..)?;
        count = count.saturating_add(1);
    }
    Some(count)
}
