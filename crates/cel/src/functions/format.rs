//! `"…".format([…])`: clauses `%s %d %f %e %b %o %x %X`, and a precision for `%f` and `%e`.

use callgate_json::compare_keys;

use super::Outcome;
use super::convert::double_text;
use super::strings::Shop;
use crate::error::ErrorCode;
use crate::gas::Gas;
use crate::value::{Value, blocks, steps};

type Result<T> = core::result::Result<T, ErrorCode>;

/// Decimals a clause may ask for; a double never has more.
const MOST_DECIMALS: usize = 1_100;

pub(super) fn format<'a>(arguments: &[Value<'a>], mut shop: Shop<'a, '_>) -> Outcome<'a> {
    let [Value::String(template), list] = arguments else {
        return Err(ErrorCode::NoMatchingOverload);
    };
    let mut values = list.as_list().ok_or(ErrorCode::NoMatchingOverload)?;
    let mut out = String::new();
    let mut rest = *template;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        shop.gas.charge(1)?;
        let (clause, decimals, after) = clause(after)?;
        rest = after;
        if clause == '%' {
            out.push('%');
            continue;
        }
        let value = values.next().ok_or(ErrorCode::InvalidArgument)??;
        let start = out.len();
        let room = shop.arena.room();
        write(clause, decimals, value, &mut out, room, shop.gas)?;
        shop.gas.charge_bytes(out.len().saturating_sub(start))?;
        if out.len() > shop.arena.room() {
            return Err(ErrorCode::MemoryExhausted);
        }
    }
    out.push_str(rest);
    shop.text(&out)
}

/// The letter of a clause, its precision, and the text after it.
fn clause(text: &str) -> Result<(char, Option<usize>, &str)> {
    let (decimals, text) = match text.strip_prefix('.') {
        None => (None, text),
        Some(text) => {
            let end = text
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(text.len());
            let (digits, text) = text
                .split_at_checked(end)
                .ok_or(ErrorCode::InvalidArgument)?;
            let decimals: usize = digits.parse().map_err(|_| ErrorCode::InvalidArgument)?;
            if decimals > MOST_DECIMALS {
                return Err(ErrorCode::InvalidArgument);
            }
            (Some(decimals), text)
        }
    };
    let mut rest = text.chars();
    let letter = rest.next().ok_or(ErrorCode::InvalidArgument)?;
    Ok((letter, decimals, rest.as_str()))
}

fn write(
    clause: char,
    decimals: Option<usize>,
    value: Value<'_>,
    out: &mut String,
    room: usize,
    gas: &mut Gas,
) -> Result<()> {
    match clause {
        's' => text(value, out, room, gas)?,
        'd' => match value {
            Value::Int(_) | Value::Uint(_) => text(value, out, room, gas)?,
            Value::Double(double) if !double.is_finite() => text(value, out, room, gas)?,
            _ => return Err(ErrorCode::InvalidArgument),
        },
        'f' | 'e' => {
            let double = number(value)?;
            let decimals = decimals.unwrap_or(6);
            if !double.is_finite() {
                out.push_str(&double_text(double));
            } else if clause == 'f' {
                out.push_str(&format!("{double:.decimals$}"));
            } else {
                out.push_str(&scientific(double, decimals));
            }
        }
        'b' => match value {
            Value::Bool(bool) => out.push(if bool { '1' } else { '0' }),
            Value::Int(_) | Value::Uint(_) => {
                radix(value, out, |magnitude| format!("{magnitude:b}"))?;
            }
            _ => return Err(ErrorCode::InvalidArgument),
        },
        'o' => radix(value, out, |magnitude| format!("{magnitude:o}"))?,
        'x' | 'X' => hexadecimal(clause == 'X', value, out, room, gas)?,
        _ => return Err(ErrorCode::InvalidArgument),
    }
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "conversion rounds to the nearest double"
)]
fn number(value: Value<'_>) -> Result<f64> {
    match value {
        Value::Double(double) => Ok(double),
        Value::Int(int) => Ok(int as f64),
        Value::Uint(uint) => Ok(uint as f64),
        _ => Err(ErrorCode::InvalidArgument),
    }
}

/// Rust writes `1.5e3` where C and Go write `1.5e+03`.
fn scientific(double: f64, decimals: usize) -> String {
    let plain = format!("{double:.decimals$e}");
    let (mantissa, exponent) = plain.split_once('e').unwrap_or((&plain, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// An integer in another base, with a sign rather than as two's complement.
fn radix(value: Value<'_>, out: &mut String, digits: impl Fn(u64) -> String) -> Result<()> {
    match value {
        Value::Int(int) => {
            if int < 0 {
                out.push('-');
            }
            out.push_str(&digits(int.unsigned_abs()));
        }
        Value::Uint(uint) => out.push_str(&digits(uint)),
        _ => return Err(ErrorCode::InvalidArgument),
    }
    Ok(())
}

fn hexadecimal(
    upper: bool,
    value: Value<'_>,
    out: &mut String,
    room: usize,
    gas: &mut Gas,
) -> Result<()> {
    gas.charge_bytes(value.byte_len())?;
    let bytes = match value {
        Value::String(text) => text.as_bytes(),
        Value::Bytes(bytes) => bytes,
        _ if upper => return radix(value, out, |magnitude| format!("{magnitude:X}")),
        _ => return radix(value, out, |magnitude| format!("{magnitude:x}")),
    };
    if bytes.len().saturating_mul(2) > room {
        return Err(ErrorCode::MemoryExhausted);
    }
    for byte in bytes {
        let pair = if upper {
            format!("{byte:02X}")
        } else {
            format!("{byte:02x}")
        };
        out.push_str(&pair);
    }
    Ok(())
}

/// A value as `%s` shows it.
fn text(value: Value<'_>, out: &mut String, room: usize, gas: &mut Gas) -> Result<()> {
    gas.charge(1)?;
    gas.charge_bytes(value.byte_len())?;
    if out.len() > room {
        return Err(ErrorCode::MemoryExhausted);
    }
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(bool) => out.push_str(if bool { "true" } else { "false" }),
        Value::Int(int) => out.push_str(&int.to_string()),
        Value::Uint(uint) => out.push_str(&uint.to_string()),
        Value::Double(double) => out.push_str(&double_text(double)),
        Value::String(text) => out.push_str(text),
        Value::Bytes(bytes) => {
            out.push_str(core::str::from_utf8(bytes).map_err(|_| ErrorCode::InvalidUtf8)?);
        }
        Value::Timestamp(instant) => out.push_str(&instant.to_string()),
        Value::Duration(duration) => out.push_str(&duration.to_string()),
        Value::Type(kind) => out.push_str(kind.name()),
        Value::Ip(address) => out.push_str(&address.to_string()),
        Value::Cidr(network) => out.push_str(&network.to_string()),
        Value::Optional(None) => out.push_str("optional.none()"),
        Value::Optional(Some(inner)) => {
            out.push_str("optional(");
            text(*inner, out, room, gas)?;
            out.push(')');
        }
        Value::List(_) | Value::JsonList(_) => {
            out.push('[');
            for (index, element) in value.as_list().into_iter().flatten().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                text(element?, out, room, gas)?;
            }
            out.push(']');
        }
        Value::Map(_) | Value::JsonMap(_) => map(value, out, room, gas)?,
    }
    Ok(())
}

/// Entries are shown in the order of their keys as text.
fn map(value: Value<'_>, out: &mut String, room: usize, gas: &mut Gas) -> Result<()> {
    gas.charge(value.sorting_gas())?;
    let mut entries = Vec::new();
    for (key, value) in value.as_map().into_iter().flatten() {
        let mut shown = String::new();
        text(key, &mut shown, room, gas)?;
        entries.push((shown, value?));
    }
    let size =
        (entries.len() as u64).saturating_add(blocks(entries.iter().map(|(key, _)| key.len())));
    gas.charge(size.saturating_mul(steps(entries.len())))?;
    callgate_json::sort_by(&mut entries, |(a, _), (b, _)| compare_keys(a, b));
    out.push('{');
    for (index, (key, value)) in entries.into_iter().enumerate() {
        out.push_str(if index > 0 { ", " } else { "" });
        out.push_str(&key);
        out.push_str(": ");
        text(value, out, room, gas)?;
    }
    out.push('}');
    Ok(())
}
