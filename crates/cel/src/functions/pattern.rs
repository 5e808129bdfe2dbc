//! The regex extension: extracting and replacing.

use super::strings::Shop;
use super::{Function, Outcome, text};
use crate::error::ErrorCode;
use crate::eval::Evaluation;
use crate::program::Pattern;
use crate::value::Value;

pub(super) fn call<'a>(
    evaluation: &mut Evaluation<'a, '_>,
    function: Function,
    arguments: &[Value<'a>],
) -> Outcome<'a> {
    let [Value::String(target), Value::String(pattern), rest @ ..] = arguments else {
        return Err(ErrorCode::NoMatchingOverload);
    };
    text::compiled(evaluation, pattern)?;
    let (_, compiled) = evaluation.pattern.as_ref().ok_or(ErrorCode::InvalidRegex)?;
    let compiled = compiled.clone();
    compiled.charge_captures(target, evaluation.gas)?;
    match (function, rest) {
        (Function::Extract, []) => {
            let found = groups(&compiled.regex)?;
            let captures = compiled.regex.captures(target);
            let found = captures.and_then(|captures| captures.get(found));
            let kept = found.map(|found| evaluation.arena.value(Value::String(found.as_str())));
            kept.transpose().map(Value::Optional)
        }
        (Function::ExtractAll, []) => {
            let wanted = groups(&compiled.regex)?;
            let mut list = evaluation.arena.list(0);
            for captures in compiled.regex.captures_iter(target) {
                evaluation.gas.charge(4)?;
                let end = captures.get(0).map_or(0, |whole| whole.end());
                compiled.charge_next(target, end, evaluation.gas)?;
                if let Some(found) = captures.get(wanted) {
                    list.push(Value::String(found.as_str()))?;
                }
            }
            Ok(Value::List(list.finish()))
        }
        (Function::RegexReplace, [Value::String(new)]) => {
            replace(evaluation, &compiled, target, new, -1)
        }
        (Function::RegexReplace, [Value::String(new), Value::Int(limit)]) => {
            replace(evaluation, &compiled, target, new, *limit)
        }
        _ => Err(ErrorCode::NoMatchingOverload),
    }
}

/// The group that is extracted: the only one, or the whole match.
fn groups(regex: &regex::Regex) -> Result<usize, ErrorCode> {
    match regex.captures_len() {
        1 => Ok(0),
        2 => Ok(1),
        _ => Err(ErrorCode::InvalidArgument),
    }
}

fn replace<'a>(
    evaluation: &mut Evaluation<'a, '_>,
    pattern: &Pattern,
    target: &'a str,
    new: &str,
    limit: i64,
) -> Outcome<'a> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut out = String::new();
    let mut done = 0usize;
    for captures in pattern.regex.captures_iter(target).take(limit) {
        evaluation.gas.charge(4)?;
        let Some(whole) = captures.get(0) else {
            continue;
        };
        out.push_str(target.get(done..whole.start()).unwrap_or_default());
        evaluation.gas.charge_bytes(new.len())?;
        let before = out.len();
        let room = evaluation.arena.room();
        expand(&captures, new, &mut out, room)?;
        evaluation
            .gas
            .charge_bytes(out.len().saturating_sub(before))?;
        done = whole.end();
        pattern.charge_next(target, done, evaluation.gas)?;
        if out.len() > evaluation.arena.room() {
            return Err(ErrorCode::MemoryExhausted);
        }
    }
    out.push_str(target.get(done..).unwrap_or_default());
    Shop {
        arena: evaluation.arena,
        gas: evaluation.gas,
    }
    .text(&out)
}

/// Writes a replacement: `\1` is a group, `\\` a backslash.
fn expand(
    captures: &regex::Captures<'_>,
    new: &str,
    out: &mut String,
    room: usize,
) -> Result<(), ErrorCode> {
    let mut rest = new.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match rest.next() {
            Some('\\') => out.push('\\'),
            Some(digit) => {
                let group = digit.to_digit(10).ok_or(ErrorCode::InvalidArgument)?;
                let group = usize::try_from(group).unwrap_or(usize::MAX);
                if group >= captures.len() {
                    return Err(ErrorCode::InvalidArgument);
                }
                out.push_str(
                    captures
                        .get(group)
                        .map(|found| found.as_str())
                        .unwrap_or_default(),
                );
                if out.len() > room {
                    return Err(ErrorCode::MemoryExhausted);
                }
            }
            None => return Err(ErrorCode::InvalidArgument),
        }
    }
    Ok(())
}
