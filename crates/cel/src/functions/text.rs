//! The standard functions over text, bytes and sizes.

use super::Outcome;
use crate::error::ErrorCode;
use crate::eval::Evaluation;
use crate::regex;
use crate::value::Value;

/// Steps that compiling a pattern during evaluation costs, beside its length and its states.
pub(crate) const PATTERN_GAS: u64 = 10_000;
/// Steps for each byte of such a pattern.
pub(crate) const PATTERN_BYTE_GAS: u64 = 20;
/// Bytes such a pattern may compile to. 256 KiB, as for literal patterns.
pub(crate) const PATTERN_BYTES: u32 = 262_144;

/// `size(x)`: code points, bytes, elements or entries.
pub(super) fn size(value: Value<'_>) -> Outcome<'_> {
    let size = match value {
        Value::String(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        _ => value.count().ok_or(ErrorCode::NoMatchingOverload)?,
    };
    Ok(Value::Int(i64::try_from(size).unwrap_or(i64::MAX)))
}

/// `text.matches(pattern)` with a pattern known only now.
pub(super) fn matches<'a>(
    evaluation: &mut Evaluation<'a, '_>,
    text: Value<'a>,
    pattern: Value<'a>,
) -> Outcome<'a> {
    let (Value::String(text), Value::String(pattern)) = (text, pattern) else {
        return Err(ErrorCode::NoMatchingOverload);
    };
    compiled(evaluation, pattern)?;
    let pattern = evaluation.pattern.as_ref().ok_or(ErrorCode::InvalidRegex)?;
    pattern.1.matches(text, evaluation.gas).map(Value::Bool)
}

/// Makes `evaluation.pattern` the compiled form of `source`.
pub(super) fn compiled<'a>(
    evaluation: &mut Evaluation<'a, '_>,
    source: &'a str,
) -> Result<(), ErrorCode> {
    if evaluation
        .pattern
        .as_ref()
        .is_some_and(|(known, _)| *known == source)
    {
        return Ok(());
    }
    let bytes = u64::try_from(source.len()).unwrap_or(u64::MAX);
    evaluation
        .gas
        .charge(PATTERN_GAS.saturating_add(bytes.saturating_mul(PATTERN_BYTE_GAS)))?;
    let pattern = regex::compile_paid(source, PATTERN_BYTES, evaluation.gas)?;
    evaluation.pattern = Some((source, pattern));
    Ok(())
}
