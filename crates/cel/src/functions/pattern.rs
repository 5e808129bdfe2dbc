//! The regex extension: extracting and replacing.

use callgate_automaton::{Automaton, Captures};

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
            let found = groups(&compiled.automaton)?;
            let captures = compiled.automaton.captures_at(target, 0);
            let found = captures.and_then(|captures| part(target, &captures, found));
            let kept = found.map(|found| evaluation.arena.value(Value::String(found)));
            kept.transpose().map(Value::Optional)
        }
        (Function::ExtractAll, []) => {
            let wanted = groups(&compiled.automaton)?;
            let mut list = evaluation.arena.list(0);
            for captures in compiled.automaton.captures(target) {
                evaluation.gas.charge(4)?;
                let end = captures.group(0).map_or(0, |(_, end)| end);
                compiled.charge_next(target, end, evaluation.gas)?;
                if let Some(found) = part(target, &captures, wanted) {
                    list.push(Value::String(found))?;
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
fn groups(automaton: &Automaton) -> Result<usize, ErrorCode> {
    match automaton.groups() {
        1 => Ok(0),
        2 => Ok(1),
        _ => Err(ErrorCode::InvalidArgument),
    }
}

/// What a group matched.
fn part<'a>(target: &'a str, captures: &Captures, group: usize) -> Option<&'a str> {
    let (start, end) = captures.group(group)?;
    target.get(start..end)
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
    let groups = pattern.automaton.groups();
    for captures in pattern.automaton.captures(target).take(limit) {
        evaluation.gas.charge(4)?;
        let Some((start, end)) = captures.group(0) else {
            continue;
        };
        out.push_str(target.get(done..start).unwrap_or_default());
        evaluation.gas.charge_bytes(new.len())?;
        let before = out.len();
        let room = evaluation.arena.room();
        let group = |number| match number < groups {
            true => Some(part(target, &captures, number).unwrap_or_default()),
            false => None,
        };
        expand(&group, new, &mut out, room)?;
        evaluation
            .gas
            .charge_bytes(out.len().saturating_sub(before))?;
        done = end;
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
fn expand<'a>(
    group: &dyn Fn(usize) -> Option<&'a str>,
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
                let number = digit.to_digit(10).ok_or(ErrorCode::InvalidArgument)?;
                let number = usize::try_from(number).unwrap_or(usize::MAX);
                out.push_str(group(number).ok_or(ErrorCode::InvalidArgument)?);
                if out.len() > room {
                    return Err(ErrorCode::MemoryExhausted);
                }
            }
            None => return Err(ErrorCode::InvalidArgument),
        }
    }
    Ok(())
}
