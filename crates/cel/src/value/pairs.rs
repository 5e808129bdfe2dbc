//! The order of map entries: canonical JSON order for text keys, by value for the others.

use core::cmp::Ordering;

use callgate_json::compare_keys;

use super::Value;

/// The order of two map keys: booleans, then numbers by value across types, then text.
/// Keys that CEL holds equal (`1` and `1u`) compare equal. Other values are no keys and come last.
pub(crate) fn order_keys(left: &Value<'_>, right: &Value<'_>) -> Ordering {
    match (left, right) {
        (Value::String(a), Value::String(b)) => compare_keys(a, b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => match (key_integer(left), key_integer(right)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => rank(left).cmp(&rank(right)),
        },
    }
}

/// Sorts entries into map order; `Err` with a repeated key if there is one.
pub(crate) fn sort_pairs<'a>(pairs: &mut [(Value<'a>, Value<'a>)]) -> Result<(), Value<'a>> {
    callgate_json::sort_by(pairs, |(a, _), (b, _)| order_keys(a, b));
    let mut neighbours = pairs.iter().zip(pairs.iter().skip(1));
    match neighbours.find(|((a, _), (b, _))| order_keys(a, b) == Ordering::Equal) {
        Some(((key, _), _)) => Err(*key),
        None => Ok(()),
    }
}

/// The whole number a key stands for; a double without fraction stands for one too.
fn key_integer(key: &Value<'_>) -> Option<i128> {
    match key {
        Value::Int(int) => Some(i128::from(*int)),
        Value::Uint(uint) => Some(i128::from(*uint)),
        Value::Double(double) => whole(*double),
        _ => None,
    }
}

/// The integer equal to a double within 64 bits.
pub(super) fn whole(double: f64) -> Option<i128> {
    const BEYOND: f64 = 18_446_744_073_709_551_616.0;
    let fits = double.trunc() == double && double.abs() <= BEYOND;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be whole and within 65 bits"
    )]
    fits.then_some(double as i128)
}

fn rank(key: &Value<'_>) -> u8 {
    match key {
        Value::Bool(_) => 0,
        Value::Int(_) | Value::Uint(_) => 1,
        Value::Double(_) => 2,
        Value::String(_) => 3,
        _ => 4,
    }
}
