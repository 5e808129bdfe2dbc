//! The functions of the language, by name and shape, and their evaluation.

use crate::error::ErrorCode;
use crate::eval::Evaluation;
use crate::value::Value;

mod convert;
mod table;
mod text;
mod time;
mod zone;

pub(crate) use table::{Function, Lookup, lookup, names, usage};
pub(crate) use time::in_range;

type Outcome<'a> = Result<Value<'a>, ErrorCode>;

/// Calls a function; a target is the first argument.
pub(crate) fn call<'a>(
    evaluation: &mut Evaluation<'a, '_>,
    function: Function,
    arguments: &[Value<'a>],
) -> Outcome<'a> {
    use Function as F;
    let first = arguments.first().copied().unwrap_or(Value::Null);
    let second = arguments.get(1).copied();
    match function {
        F::Size => text::size(first, evaluation.gas),
        F::Contains | F::StartsWith | F::EndsWith => {
            text::test(function, first, second.unwrap_or(Value::Null), evaluation.gas)
        }
        F::Matches => text::matches(evaluation, first, second.unwrap_or(Value::Null)),
        F::ToBool => convert::to_bool(first),
        F::ToInt => convert::to_int(first),
        F::ToUint => convert::to_uint(first),
        F::ToDouble => convert::to_double(first),
        F::ToString => convert::to_string(first, evaluation.arena, evaluation.gas),
        F::ToBytes => convert::to_bytes(first),
        F::ToTimestamp => convert::to_timestamp(first),
        F::ToDuration => convert::to_duration(first),
        F::Type => Ok(Value::Type(first.kind())),
        F::Dyn => Ok(first),
        F::FullYear
        | F::Month
        | F::Date
        | F::DayOfMonth
        | F::DayOfWeek
        | F::DayOfYear
        | F::Hours
        | F::Minutes
        | F::Seconds
        | F::Milliseconds => time::part(function, first, second),
    }
}
