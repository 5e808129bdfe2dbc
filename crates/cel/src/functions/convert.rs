//! Conversions between types.

use callgate_json::write_double;
use callgate_model::Timestamp;

use super::Outcome;
use super::time::in_range;
use crate::arena::Arena;
use crate::error::ErrorCode;
use crate::value::{Duration, Value};

/// 2^63 and 2^64: the first doubles beyond the integer types.
const INT_END: f64 = 9_223_372_036_854_775_808.0;
const UINT_END: f64 = 18_446_744_073_709_551_616.0;

/// Bytes of a text that can be a whole number, an instant or a span of time.
const LONGEST: usize = 64;
/// Bytes of a text that can be a double.
const LONGEST_DOUBLE: usize = 1_024;

/// A text short enough to be read.
fn short(text: &str, longest: usize) -> Result<&str, ErrorCode> {
    if text.len() > longest {
        return Err(ErrorCode::InvalidConversion);
    }
    Ok(text)
}

pub(super) fn to_bool(value: Value<'_>) -> Outcome<'_> {
    match value {
        Value::Bool(_) => Ok(value),
        Value::String(text) => match text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Value::Bool(true)),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Value::Bool(false)),
            _ => Err(ErrorCode::InvalidConversion),
        },
        _ => Err(ErrorCode::NoMatchingOverload),
    }
}

pub(super) fn to_int(value: Value<'_>) -> Outcome<'_> {
    let int = match value {
        Value::Int(int) => int,
        Value::Uint(uint) => i64::try_from(uint).map_err(|_| ErrorCode::Range)?,
        Value::Double(double) if double > -INT_END && double < INT_END => {
            #[expect(clippy::cast_possible_truncation, reason = "within the range of i64")]
            let int = double as i64;
            int
        }
        Value::Double(_) => return Err(ErrorCode::Range),
        Value::String(text) => short(text, LONGEST)?
            .parse()
            .map_err(|_| ErrorCode::InvalidConversion)?,
        Value::Timestamp(instant) => instant.seconds,
        Value::Duration(duration) => duration.parts().0,
        _ => return Err(ErrorCode::NoMatchingOverload),
    };
    Ok(Value::Int(int))
}

pub(super) fn to_uint(value: Value<'_>) -> Outcome<'_> {
    let uint = match value {
        Value::Uint(uint) => uint,
        Value::Int(int) => u64::try_from(int).map_err(|_| ErrorCode::Range)?,
        Value::Double(double) if (0.0..UINT_END).contains(&double) => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "within the range of u64"
            )]
            let uint = double as u64;
            uint
        }
        Value::Double(_) => return Err(ErrorCode::Range),
        Value::String(text) if text.starts_with('+') => return Err(ErrorCode::InvalidConversion),
        Value::String(text) => short(text, LONGEST)?
            .parse()
            .map_err(|_| ErrorCode::InvalidConversion)?,
        _ => return Err(ErrorCode::NoMatchingOverload),
    };
    Ok(Value::Uint(uint))
}

pub(super) fn to_double(value: Value<'_>) -> Outcome<'_> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "conversion rounds to the nearest double"
    )]
    let double = match value {
        Value::Double(double) => double,
        Value::Int(int) => int as f64,
        Value::Uint(uint) => uint as f64,
        Value::String(text) => short(text, LONGEST_DOUBLE)?
            .parse()
            .map_err(|_| ErrorCode::InvalidConversion)?,
        _ => return Err(ErrorCode::NoMatchingOverload),
    };
    Ok(Value::Double(double))
}

pub(super) fn to_string<'a>(value: Value<'a>, arena: &'a Arena) -> Outcome<'a> {
    let text = match value {
        Value::String(_) => return Ok(value),
        Value::Bytes(bytes) => {
            let text = core::str::from_utf8(bytes).map_err(|_| ErrorCode::InvalidUtf8)?;
            return Ok(Value::String(text));
        }
        Value::Bool(bool) => bool.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Uint(uint) => uint.to_string(),
        Value::Double(double) => double_text(double),
        Value::Timestamp(instant) => instant.to_string(),
        Value::Duration(duration) => duration.to_string(),
        Value::Ip(address) => address.to_string(),
        Value::Cidr(network) => network.to_string(),
        _ => return Err(ErrorCode::NoMatchingOverload),
    };
    arena.text(&text).map(Value::String)
}

/// A double as text: the shortest digits that read back as the same double, in ECMAScript's layout.
pub(super) fn double_text(double: f64) -> String {
    if double.is_nan() {
        return "NaN".to_owned();
    }
    if double.is_infinite() {
        return if double > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    let mut text = Vec::new();
    if double == 0.0 && double.is_sign_negative() {
        text.push(b'-');
    }
    write_double(double, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

pub(super) fn to_bytes(value: Value<'_>) -> Outcome<'_> {
    match value {
        Value::Bytes(_) => Ok(value),
        Value::String(text) => Ok(Value::Bytes(text.as_bytes())),
        _ => Err(ErrorCode::NoMatchingOverload),
    }
}

pub(super) fn to_timestamp(value: Value<'_>) -> Outcome<'_> {
    match value {
        Value::Timestamp(_) => Ok(value),
        Value::Int(seconds) => in_range(Timestamp { seconds, nanos: 0 }).map(Value::Timestamp),
        Value::String(text) => Timestamp::parse_rfc3339(short(text, LONGEST)?)
            .map(Value::Timestamp)
            .ok_or(ErrorCode::InvalidConversion),
        _ => Err(ErrorCode::NoMatchingOverload),
    }
}

pub(super) fn to_duration(value: Value<'_>) -> Outcome<'_> {
    match value {
        Value::Duration(_) => Ok(value),
        Value::Int(seconds) => Duration::new(seconds, 0)
            .map(Value::Duration)
            .ok_or(ErrorCode::Range),
        Value::String(text) => Duration::parse(short(text, LONGEST)?)
            .map(Value::Duration)
            .ok_or(ErrorCode::InvalidConversion),
        _ => Err(ErrorCode::NoMatchingOverload),
    }
}
