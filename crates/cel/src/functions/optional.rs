//! Optional values and base64.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};

use super::strings::Shop;
use super::{Function, Outcome};
use crate::error::ErrorCode;
use crate::value::Value;

pub(super) fn call<'a>(
    function: Function,
    arguments: &[Value<'a>],
    shop: Shop<'a, '_>,
) -> Outcome<'a> {
    use Function as F;
    Ok(match (function, arguments) {
        (F::OptionalNone, []) => Value::Optional(None),
        (F::OptionalOf, [value]) => Value::Optional(Some(shop.arena.value(*value)?)),
        (F::OptionalOfNonZero, [value]) if value.is_zero() => Value::Optional(None),
        (F::OptionalOfNonZero, [value]) => Value::Optional(Some(shop.arena.value(*value)?)),
        (F::HasValue, [Value::Optional(inner)]) => Value::Bool(inner.is_some()),
        (F::OptionalValue, [Value::Optional(inner)]) => *inner.ok_or(ErrorCode::NoneDereference)?,
        (F::Unwrap | F::UnwrapOpt, [list]) => {
            let mut values = shop.arena.list(0);
            for element in list.as_list().ok_or(ErrorCode::NoMatchingOverload)? {
                shop.gas.charge(1)?;
                match element? {
                    Value::Optional(Some(inner)) => values.push(*inner)?,
                    Value::Optional(None) => {}
                    _ => return Err(ErrorCode::NoMatchingOverload),
                }
            }
            Value::List(values.finish())
        }
        _ => return Err(ErrorCode::NoMatchingOverload),
    })
}

/// Padding may be left out.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn base64<'a>(value: Value<'a>, mut shop: Shop<'a, '_>) -> Outcome<'a> {
    match value {
        Value::Bytes(bytes) => {
            if bytes.len() > shop.arena.room() {
                return Err(ErrorCode::MemoryExhausted);
            }
            shop.text(&general_purpose::STANDARD.encode(bytes))
        }
        Value::String(text) => {
            let bytes = LENIENT
                .decode(text)
                .map_err(|_| ErrorCode::InvalidConversion)?;
            shop.arena.bytes(&bytes).map(Value::Bytes)
        }
        _ => Err(ErrorCode::NoMatchingOverload),
    }
}
