//! A value as plain JSON, for people: what JSON cannot say becomes text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callgate_json::Writer;

use super::Value;
use crate::error::ErrorCode;

/// Writes a value as JSON: bytes as base64, times in their notation, types by name, an empty
/// optional as null, map keys as text, doubles that are not finite as `"NaN"`, `"Infinity"`, `"-Infinity"`.
///
/// # Errors
/// [`ErrorCode::UnrepresentableNumber`] when a JSON number inside fits no numeric type.
pub fn to_json(value: Value<'_>, out: &mut Writer<'_>) -> Result<(), ErrorCode> {
    match value {
        Value::Null => drop(out.null()),
        Value::Bool(bool) => drop(out.bool(bool)),
        Value::Int(int) => drop(out.int(int)),
        Value::Uint(uint) => drop(out.uint(uint)),
        Value::Double(double) if double.is_finite() => drop(out.double(double)),
        Value::Optional(Some(inner)) => to_json(*inner, out)?,
        Value::Optional(None) => drop(out.null()),
        Value::List(_) | Value::JsonList(_) => {
            out.begin_array();
            for element in value.as_list().into_iter().flatten() {
                to_json(element?, out)?;
            }
            out.end_array();
        }
        Value::Map(_) | Value::JsonMap(_) => {
            out.begin_object();
            for (key, value) in value.as_map().into_iter().flatten() {
                out.key(&plain_text(key));
                to_json(value?, out)?;
            }
            out.end_object();
        }
        _ => drop(out.str(&plain_text(value))),
    }
    Ok(())
}

/// A scalar as text.
fn plain_text(value: Value<'_>) -> String {
    match value {
        Value::String(text) => text.to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Uint(uint) => uint.to_string(),
        Value::Double(double) => double_text(double),
        Value::Bytes(bytes) => STANDARD.encode(bytes),
        Value::Timestamp(instant) => instant.to_string(),
        Value::Duration(duration) => duration.to_string(),
        Value::Type(kind) => kind.name().to_owned(),
        Value::Ip(address) => address.to_string(),
        Value::Cidr(network) => network.to_string(),
        Value::Null
        | Value::List(_)
        | Value::JsonList(_)
        | Value::Map(_)
        | Value::JsonMap(_)
        | Value::Optional(_) => String::new(),
    }
}

/// A double as text that reads back as the same double.
pub(super) fn double_text(double: f64) -> String {
    if double.is_nan() {
        "NaN".to_owned()
    } else if double.is_infinite() {
        if double > 0.0 {
            "Infinity".to_owned()
        } else {
            "-Infinity".to_owned()
        }
    } else {
        format!("{double:?}")
    }
}
