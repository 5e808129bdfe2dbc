//! The functions of the language, by name and shape, and their evaluation.

use core::cmp::Ordering;

use crate::error::ErrorCode;
use crate::eval::Evaluation;
use crate::value::Value;
use strings::Shop;

mod convert;
mod format;
mod lists;
mod math;
mod network;
mod optional;
mod pattern;
mod strings;
mod table;
mod text;
mod time;
mod zone;

pub(crate) use lists::sort_by_key;
pub(crate) use table::{Function, Lookup, Style, lookup, names, rows, usage};
pub(crate) use text::{PATTERN_BYTE_GAS, PATTERN_BYTES, PATTERN_GAS};
pub(crate) use time::in_range;
pub use zone::zone_offsets;

type Outcome<'a> = Result<Value<'a>, ErrorCode>;

/// Calls a function; a target is the first argument.
pub(crate) fn call<'a>(
    evaluation: &mut Evaluation<'a, '_>,
    function: Function,
    arguments: &[Value<'a>],
) -> Outcome<'a> {
    use Function as F;
    // Every text a function is given is paid for before it is touched, whatever comes of the call.
    for argument in arguments {
        evaluation.gas.charge_bytes(argument.byte_len())?;
    }
    let first = arguments.first().copied().unwrap_or(Value::Null);
    let second = arguments.get(1).copied();
    match function {
        F::Size => text::size(first),
        F::Matches => text::matches(evaluation, first, second.unwrap_or(Value::Null)),
        F::ToBool => convert::to_bool(first),
        F::ToInt => convert::to_int(first),
        F::ToUint => convert::to_uint(first),
        F::ToDouble => convert::to_double(first),
        F::ToString => convert::to_string(first, evaluation.arena),
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
        F::Reverse if first.as_str().is_none() => lists::call(evaluation, function, arguments),
        F::CharAt
        | F::IndexOf
        | F::LastIndexOf
        | F::LowerAscii
        | F::UpperAscii
        | F::Replace
        | F::Split
        | F::Substring
        | F::Trim
        | F::Reverse
        | F::Quote => strings::call(function, arguments, shop(evaluation)),
        F::Join => strings::join(arguments, shop(evaluation)),
        F::Format => format::format(arguments, shop(evaluation)),
        F::Greatest => math::extreme(Ordering::Greater, arguments, evaluation.gas),
        F::Least => math::extreme(Ordering::Less, arguments, evaluation.gas),
        F::Ceil
        | F::Floor
        | F::Round
        | F::Trunc
        | F::Sqrt
        | F::Abs
        | F::Sign
        | F::IsNan
        | F::IsInf
        | F::IsFinite
        | F::BitNot => math::unary(function, first),
        F::BitAnd | F::BitOr | F::BitXor | F::BitShiftLeft | F::BitShiftRight => {
            math::bits(function, first, second.unwrap_or(Value::Null))
        }
        F::Base64Encode if first.as_str().is_none() => optional::base64(first, shop(evaluation)),
        F::Base64Decode if first.as_str().is_some() => optional::base64(first, shop(evaluation)),
        // The last five are operations of their own.
        F::Base64Encode
        | F::Base64Decode
        | F::Contains
        | F::StartsWith
        | F::EndsWith
        | F::Or
        | F::OrValue => Err(ErrorCode::NoMatchingOverload),
        F::OptionalNone
        | F::OptionalOf
        | F::OptionalOfNonZero
        | F::Unwrap
        | F::UnwrapOpt
        | F::HasValue
        | F::OptionalValue => optional::call(function, arguments, shop(evaluation)),
        F::Ip
        | F::IsIp
        | F::IsCanonicalIp
        | F::Family
        | F::IsUnspecified
        | F::IsLoopback
        | F::IsGlobalUnicast
        | F::IsLinkLocalMulticast
        | F::IsLinkLocalUnicast
        | F::Cidr
        | F::IsCidr
        | F::ContainsIp
        | F::ContainsCidr
        | F::CidrIp
        | F::Masked
        | F::PrefixLength => network::call(function, arguments),
        F::Slice
        | F::Flatten
        | F::Distinct
        | F::Sort
        | F::First
        | F::Last
        | F::Range
        | F::SetContains
        | F::SetEquivalent
        | F::SetIntersects => lists::call(evaluation, function, arguments),
        F::Extract | F::ExtractAll | F::RegexReplace => {
            pattern::call(evaluation, function, arguments)
        }
    }
}

fn shop<'a, 'e>(evaluation: &'e mut Evaluation<'a, '_>) -> Shop<'a, 'e> {
    Shop {
        arena: evaluation.arena,
        gas: evaluation.gas,
    }
}
