//! Parts of instants and durations.

use callgate_model::{Civil, Timestamp};

use super::{Function, Outcome, zone};
use crate::error::ErrorCode;
use crate::value::{Duration, Value};

/// 0001-01-01T00:00:00Z
const FIRST_SECOND: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z
const LAST_SECOND: i64 = 253_402_300_799;

/// An instant within the years 1 to 9999.
pub(crate) fn in_range(instant: Timestamp) -> Result<Timestamp, ErrorCode> {
    let fits = (FIRST_SECOND..=LAST_SECOND).contains(&instant.seconds);
    if fits {
        Ok(instant)
    } else {
        Err(ErrorCode::Range)
    }
}

/// `x.getHours()` and its kin, with an optional time zone for instants.
pub(super) fn part<'a>(
    function: Function,
    value: Value<'a>,
    zone: Option<Value<'a>>,
) -> Outcome<'a> {
    let part = match (value, zone) {
        (Value::Timestamp(instant), None) => of_instant(function, instant, 0),
        (Value::Timestamp(instant), Some(Value::String(zone))) => {
            let offset =
                zone::offset_at(zone, instant.seconds).ok_or(ErrorCode::InvalidTimeZone)?;
            of_instant(function, instant, offset)
        }
        (Value::Duration(duration), None) => of_duration(function, duration),
        _ => None,
    };
    part.map(Value::Int).ok_or(ErrorCode::NoMatchingOverload)
}

fn of_instant(function: Function, instant: Timestamp, offset: i64) -> Option<i64> {
    let local = instant.seconds.checked_add(offset)?;
    let civil = Civil::from_seconds(local);
    let days = |seconds: i64| seconds.div_euclid(86_400);
    Some(match function {
        Function::FullYear => civil.year,
        Function::Month => i64::from(civil.month).checked_sub(1)?,
        Function::Date => i64::from(civil.day),
        Function::DayOfMonth => i64::from(civil.day).checked_sub(1)?,
        // 1970-01-01 was a Thursday, and Sunday is 0.
        Function::DayOfWeek => days(local).checked_add(4)?.rem_euclid(7),
        Function::DayOfYear => {
            let new_year = Civil {
                year: civil.year,
                month: 1,
                day: 1,
                hour: 0,
                minute: 0,
                second: 0,
            };
            days(local).checked_sub(days(new_year.to_seconds()?))?
        }
        Function::Hours => i64::from(civil.hour),
        Function::Minutes => i64::from(civil.minute),
        Function::Seconds => i64::from(civil.second),
        Function::Milliseconds => i64::from(instant.nanos.checked_div(1_000_000)?),
        _ => return None,
    })
}

fn of_duration(function: Function, duration: Duration) -> Option<i64> {
    let (seconds, nanos) = duration.parts();
    match function {
        Function::Hours => seconds.checked_div(3_600),
        Function::Minutes => seconds.checked_div(60),
        Function::Seconds => Some(seconds),
        Function::Milliseconds => nanos.checked_div(1_000_000),
        _ => None,
    }
}
