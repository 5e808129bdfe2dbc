//! Arithmetic with overflow checks, and concatenation.

use callgate_model::Timestamp;

use crate::arena::Arena;
use crate::error::ErrorCode;
use crate::functions::in_range;
use crate::gas::Gas;
use crate::program::Arithmetic;
use crate::value::{Duration, Value};

type Result<'a> = core::result::Result<Value<'a>, ErrorCode>;

/// `left operator right`
pub(super) fn apply<'a>(
    operator: Arithmetic,
    left: Value<'a>,
    right: Value<'a>,
    arena: &'a Arena,
    gas: &mut Gas,
) -> Result<'a> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => int(operator, a, b).map(Value::Int),
        (Value::Uint(a), Value::Uint(b)) => uint(operator, a, b).map(Value::Uint),
        (Value::Double(a), Value::Double(b)) => double(operator, a, b).map(Value::Double),
        _ => match operator {
            Arithmetic::Add => add(left, right, arena, gas),
            Arithmetic::Subtract => subtract(left, right),
            Arithmetic::Multiply | Arithmetic::Divide | Arithmetic::Remainder => {
                Err(ErrorCode::NoMatchingOverload)
            }
        },
    }
}

/// `-value`
pub(super) fn negate(value: Value<'_>) -> Result<'_> {
    match value {
        Value::Int(int) => int.checked_neg().map(Value::Int).ok_or(ErrorCode::Overflow),
        Value::Double(double) => Ok(Value::Double(-double)),
        _ => Err(ErrorCode::NoMatchingOverload),
    }
}

fn int(operator: Arithmetic, a: i64, b: i64) -> core::result::Result<i64, ErrorCode> {
    let result = match operator {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide if b == 0 => return Err(ErrorCode::DivideByZero),
        Arithmetic::Remainder if b == 0 => return Err(ErrorCode::ModulusByZero),
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Remainder => a.checked_rem(b),
    };
    result.ok_or(ErrorCode::Overflow)
}

fn uint(operator: Arithmetic, a: u64, b: u64) -> core::result::Result<u64, ErrorCode> {
    let result = match operator {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide => return a.checked_div(b).ok_or(ErrorCode::DivideByZero),
        Arithmetic::Remainder => return a.checked_rem(b).ok_or(ErrorCode::ModulusByZero),
    };
    result.ok_or(ErrorCode::Overflow)
}

fn double(operator: Arithmetic, a: f64, b: f64) -> core::result::Result<f64, ErrorCode> {
    match operator {
        Arithmetic::Add => Ok(a + b),
        Arithmetic::Subtract => Ok(a - b),
        Arithmetic::Multiply => Ok(a * b),
        Arithmetic::Divide => Ok(a / b),
        Arithmetic::Remainder => Err(ErrorCode::NoMatchingOverload),
    }
}

fn add<'a>(left: Value<'a>, right: Value<'a>, arena: &'a Arena, gas: &mut Gas) -> Result<'a> {
    match (left, right) {
        (Value::String(a), Value::String(b)) => {
            gas.charge_bytes(a.len().saturating_add(b.len()))?;
            arena.concat(a, b).map(Value::String)
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            gas.charge_bytes(a.len().saturating_add(b.len()))?;
            arena.bytes(&[a, b].concat()).map(Value::Bytes)
        }
        (Value::List(_) | Value::JsonList(_), Value::List(_) | Value::JsonList(_)) => {
            let size = |list: Value<'_>| list.count().unwrap_or(0);
            let mut list = arena.list(size(left).saturating_add(size(right)));
            let elements = left.as_list().into_iter().flatten();
            for element in elements.chain(right.as_list().into_iter().flatten()) {
                gas.charge(1)?;
                list.push(element?)?;
            }
            Ok(Value::List(list.finish()))
        }
        (Value::Timestamp(instant), Value::Duration(duration))
        | (Value::Duration(duration), Value::Timestamp(instant)) => {
            shift(instant, i128::from(duration.nanos()))
        }
        (Value::Duration(a), Value::Duration(b)) => {
            duration(i128::from(a.nanos()).checked_add(i128::from(b.nanos())))
        }
        _ => Err(ErrorCode::NoMatchingOverload),
    }
}

fn subtract<'a>(left: Value<'a>, right: Value<'a>) -> Result<'a> {
    match (left, right) {
        (Value::Timestamp(a), Value::Timestamp(b)) => {
            duration(nanos(a).and_then(|a| a.checked_sub(nanos(b)?)))
        }
        (Value::Timestamp(instant), Value::Duration(duration)) => {
            shift(instant, i128::from(duration.nanos()).saturating_neg())
        }
        (Value::Duration(a), Value::Duration(b)) => {
            duration(i128::from(a.nanos()).checked_sub(i128::from(b.nanos())))
        }
        _ => Err(ErrorCode::NoMatchingOverload),
    }
}

const SECOND: i128 = 1_000_000_000;

fn nanos(instant: Timestamp) -> Option<i128> {
    i128::from(instant.seconds)
        .checked_mul(SECOND)?
        .checked_add(i128::from(instant.nanos))
}

fn shift<'a>(instant: Timestamp, by: i128) -> Result<'a> {
    let total = nanos(instant)
        .and_then(|nanos| nanos.checked_add(by))
        .ok_or(ErrorCode::Range)?;
    let seconds = i64::try_from(total.div_euclid(SECOND)).map_err(|_| ErrorCode::Range)?;
    let nanos = u32::try_from(total.rem_euclid(SECOND)).map_err(|_| ErrorCode::Range)?;
    in_range(Timestamp { seconds, nanos }).map(Value::Timestamp)
}

fn duration<'a>(nanos: Option<i128>) -> Result<'a> {
    let nanos = nanos.and_then(|nanos| i64::try_from(nanos).ok());
    nanos
        .map(|nanos| Value::Duration(Duration::from_nanos(nanos)))
        .ok_or(ErrorCode::Range)
}
