//! Values with their types, lossless in JSON: `{"t":"int","v":"123"}`. The form of the conformance cases.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callgate_json::{self as json, Writer};
use callgate_model::Timestamp;

use super::json_out::double_text;
use super::{Duration, Kind, Value, sort_pairs};
use crate::arena::Arena;
use crate::error::ErrorCode;

/// Reads a tagged value; strings stay where they are, lists and maps are built in `arena`.
///
/// # Errors
/// [`ErrorCode::InvalidConversion`] for anything that is no tagged value, and a full arena.
pub fn read<'a>(tagged: json::Value<'a>, arena: &'a Arena) -> Result<Value<'a>, ErrorCode> {
    let object = tagged.as_object().ok_or(ErrorCode::InvalidConversion)?;
    let text = |key: &str| {
        object
            .get(key)
            .and_then(json::Value::as_str)
            .ok_or(ErrorCode::InvalidConversion)
    };
    Ok(match text("t")? {
        "null" => Value::Null,
        "bool" => {
            let bool = object.get("v").and_then(json::Value::as_bool);
            Value::Bool(bool.ok_or(ErrorCode::InvalidConversion)?)
        }
        "int" => Value::Int(parse(text("v")?)?),
        "uint" => Value::Uint(parse(text("v")?)?),
        "double" => Value::Double(parse(text("v")?)?),
        "string" => Value::String(text("v")?),
        "bytes" => {
            let bytes = STANDARD
                .decode(text("v")?)
                .map_err(|_| ErrorCode::InvalidConversion)?;
            Value::Bytes(arena.bytes(&bytes)?)
        }
        "type" => Value::Type(Kind::named(text("v")?).ok_or(ErrorCode::InvalidConversion)?),
        "list" => read_list(object, arena)?,
        "map" => read_map(object, arena)?,
        "timestamp" => {
            let nanos = u32::try_from(nanos(object)?).map_err(|_| ErrorCode::InvalidConversion)?;
            Value::Timestamp(Timestamp {
                seconds: parse(text("seconds")?)?,
                nanos,
            })
        }
        "duration" => {
            let duration = Duration::new(parse(text("seconds")?)?, nanos(object)?);
            Value::Duration(duration.ok_or(ErrorCode::Range)?)
        }
        _ => return Err(ErrorCode::InvalidConversion),
    })
}

fn parse<T: core::str::FromStr>(text: &str) -> Result<T, ErrorCode> {
    text.parse().map_err(|_| ErrorCode::InvalidConversion)
}

fn nanos(object: json::Object<'_>) -> Result<i64, ErrorCode> {
    match object
        .get("nanos")
        .and_then(json::Value::as_number)
        .map(json::Number::class)
    {
        Some(json::NumberClass::Int(nanos)) => Ok(nanos),
        _ => Err(ErrorCode::InvalidConversion),
    }
}

fn items<'a>(object: json::Object<'a>) -> Result<json::Array<'a>, ErrorCode> {
    object
        .get("v")
        .and_then(json::Value::as_array)
        .ok_or(ErrorCode::InvalidConversion)
}

fn read_list<'a>(object: json::Object<'a>, arena: &'a Arena) -> Result<Value<'a>, ErrorCode> {
    let array = items(object)?;
    let mut list = arena.list(array.len());
    for element in array.iter() {
        list.push(read(element, arena)?)?;
    }
    Ok(Value::List(list.finish()))
}

fn read_map<'a>(object: json::Object<'a>, arena: &'a Arena) -> Result<Value<'a>, ErrorCode> {
    let array = items(object)?;
    let mut map = arena.list(array.len());
    for entry in array.iter() {
        let pair = entry.as_array().ok_or(ErrorCode::InvalidConversion)?;
        let part = |at| pair.get(at).ok_or(ErrorCode::InvalidConversion);
        map.push((read(part(0)?, arena)?, read(part(1)?, arena)?))?;
    }
    sort_pairs(map.items_mut()).map_err(|_| ErrorCode::DuplicateKey)?;
    Ok(Value::Map(map.finish()))
}

/// Writes a tagged value.
///
/// # Errors
/// [`ErrorCode::UnrepresentableNumber`] when a JSON number inside fits no numeric type.
pub fn write(value: Value<'_>, out: &mut Writer<'_>) -> Result<(), ErrorCode> {
    out.begin_object();
    let tag = |out: &mut Writer<'_>, tag: &str| {
        out.key("t").str(tag);
    };
    match value {
        Value::Null => tag(out, "null"),
        Value::Bool(bool) => {
            tag(out, "bool");
            out.key("v").bool(bool);
        }
        Value::Int(int) => text(out, "int", &int.to_string()),
        Value::Uint(uint) => text(out, "uint", &uint.to_string()),
        Value::Double(double) => text(out, "double", &double_text(double)),
        Value::String(string) => text(out, "string", string),
        Value::Bytes(bytes) => text(out, "bytes", &STANDARD.encode(bytes)),
        Value::Type(kind) => text(out, "type", kind.name()),
        Value::Ip(address) => text(out, "ip", &address.to_string()),
        Value::Cidr(network) => text(out, "cidr", &network.to_string()),
        Value::Timestamp(instant) => {
            out.key("nanos").uint(u64::from(instant.nanos));
            out.key("seconds").str(&instant.seconds.to_string());
            tag(out, "timestamp");
        }
        Value::Duration(duration) => {
            let (seconds, nanos) = duration.parts();
            out.key("nanos").int(nanos);
            out.key("seconds").str(&seconds.to_string());
            tag(out, "duration");
        }
        Value::Optional(inner) => {
            tag(out, "optional");
            if let Some(inner) = inner {
                out.key("v");
                write(*inner, out)?;
            }
        }
        Value::List(_) | Value::JsonList(_) => {
            tag(out, "list");
            out.key("v").begin_array();
            for element in value.as_list().into_iter().flatten() {
                write(element?, out)?;
            }
            out.end_array();
        }
        Value::Map(_) | Value::JsonMap(_) => {
            tag(out, "map");
            out.key("v").begin_array();
            for (key, value) in value.as_map().into_iter().flatten() {
                out.begin_array();
                write(key, out)?;
                write(value?, out)?;
                out.end_array();
            }
            out.end_array();
        }
    }
    out.end_object();
    Ok(())
}

fn text(out: &mut Writer<'_>, tag: &str, value: &str) {
    out.key("t").str(tag).key("v").str(value);
}
