//! The math extension. Nothing here rounds differently on another host.

use core::cmp::Ordering;

use super::{Function, Outcome};
use crate::error::ErrorCode;
use crate::gas::Gas;
use crate::value::{Kind, Value};

/// `math.greatest`, `math.least` of arguments or of one list; of equals, the first.
pub(super) fn extreme<'a>(wanted: Ordering, arguments: &[Value<'a>], gas: &mut Gas) -> Outcome<'a> {
    let mut best = None;
    let list = match arguments {
        [list] => list.as_list(),
        _ => None,
    };
    let listed = list.is_some();
    let plain = arguments.iter().filter(|_| !listed).map(|value| Ok(*value));
    for value in list.into_iter().flatten().chain(plain) {
        gas.charge(1)?;
        let value = value?;
        if !matches!(value.kind(), Kind::Int | Kind::Uint | Kind::Double) {
            return Err(ErrorCode::NoMatchingOverload);
        }
        let better = match best {
            None => true,
            Some(best) => value.compare_numbers(best) == Some(Some(wanted)),
        };
        if better {
            best = Some(value);
        }
    }
    best.ok_or(ErrorCode::InvalidArgument)
}

/// Functions of one number.
pub(super) fn unary<'a>(function: Function, value: Value<'a>) -> Outcome<'a> {
    use Function as F;
    Ok(match (function, value) {
        (F::Ceil, Value::Double(double)) => Value::Double(double.ceil()),
        (F::Floor, Value::Double(double)) => Value::Double(double.floor()),
        (F::Round, Value::Double(double)) => Value::Double(double.round()),
        (F::Trunc, Value::Double(double)) => Value::Double(double.trunc()),
        (F::Sqrt, Value::Double(double)) => Value::Double(double.sqrt()),
        #[expect(
            clippy::cast_precision_loss,
            reason = "conversion rounds to the nearest double"
        )]
        (F::Sqrt, Value::Int(int)) => Value::Double((int as f64).sqrt()),
        #[expect(
            clippy::cast_precision_loss,
            reason = "conversion rounds to the nearest double"
        )]
        (F::Sqrt, Value::Uint(uint)) => Value::Double((uint as f64).sqrt()),
        (F::IsNan, Value::Double(double)) => Value::Bool(double.is_nan()),
        (F::IsInf, Value::Double(double)) => Value::Bool(double.is_infinite()),
        (F::IsFinite, Value::Double(double)) => Value::Bool(double.is_finite()),
        (F::Abs, Value::Int(int)) => Value::Int(int.checked_abs().ok_or(ErrorCode::Overflow)?),
        (F::Abs, Value::Uint(_)) => value,
        (F::Abs, Value::Double(double)) => Value::Double(double.abs()),
        (F::Sign, Value::Int(int)) => Value::Int(int.signum()),
        (F::Sign, Value::Uint(uint)) => Value::Uint(uint.min(1)),
        (F::Sign, Value::Double(double)) if double == 0.0 || double.is_nan() => value,
        (F::Sign, Value::Double(double)) => Value::Double(double.signum()),
        (F::BitNot, Value::Int(int)) => Value::Int(!int),
        (F::BitNot, Value::Uint(uint)) => Value::Uint(!uint),
        _ => return Err(ErrorCode::NoMatchingOverload),
    })
}

/// Bit operations of two numbers.
pub(super) fn bits<'a>(function: Function, left: Value<'a>, right: Value<'a>) -> Outcome<'a> {
    use Function as F;
    Ok(match (function, left, right) {
        (F::BitAnd, Value::Int(a), Value::Int(b)) => Value::Int(a & b),
        (F::BitAnd, Value::Uint(a), Value::Uint(b)) => Value::Uint(a & b),
        (F::BitOr, Value::Int(a), Value::Int(b)) => Value::Int(a | b),
        (F::BitOr, Value::Uint(a), Value::Uint(b)) => Value::Uint(a | b),
        (F::BitXor, Value::Int(a), Value::Int(b)) => Value::Int(a ^ b),
        (F::BitXor, Value::Uint(a), Value::Uint(b)) => Value::Uint(a ^ b),
        (F::BitShiftLeft, Value::Int(a), Value::Int(by)) => {
            Value::Int(a.checked_shl(distance(by)?).unwrap_or(0))
        }
        (F::BitShiftLeft, Value::Uint(a), Value::Int(by)) => {
            Value::Uint(a.checked_shl(distance(by)?).unwrap_or(0))
        }
        // Shifting right brings in zeros, for signed numbers too.
        (F::BitShiftRight, Value::Int(a), Value::Int(by)) => {
            let shifted = a.cast_unsigned().checked_shr(distance(by)?).unwrap_or(0);
            Value::Int(shifted.cast_signed())
        }
        (F::BitShiftRight, Value::Uint(a), Value::Int(by)) => {
            Value::Uint(a.checked_shr(distance(by)?).unwrap_or(0))
        }
        _ => return Err(ErrorCode::NoMatchingOverload),
    })
}

fn distance(by: i64) -> Result<u32, ErrorCode> {
    if by < 0 {
        return Err(ErrorCode::InvalidArgument);
    }
    Ok(u32::try_from(by).unwrap_or(u32::MAX))
}
