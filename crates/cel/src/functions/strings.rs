//! The string extension: positions are counted in code points.

use super::{Function, Outcome};
use crate::arena::Arena;
use crate::error::ErrorCode;
use crate::gas::Gas;
use crate::value::Value;

type Result<T> = core::result::Result<T, ErrorCode>;

/// Where results are built and what they cost.
pub(super) struct Shop<'a, 'g> {
    pub arena: &'a Arena,
    pub gas: &'g mut Gas,
}

impl<'a> Shop<'a, '_> {
    pub(super) fn text(&mut self, text: &str) -> Outcome<'a> {
        self.gas.charge_bytes(text.len())?;
        self.arena.text(text).map(Value::String)
    }
}

/// Functions of a text and up to three other arguments.
pub(super) fn call<'a>(
    function: Function,
    arguments: &[Value<'a>],
    mut shop: Shop<'a, '_>,
) -> Outcome<'a> {
    let (text, rest) = match arguments {
        [Value::String(text), rest @ ..] => (*text, rest),
        _ => return Err(ErrorCode::NoMatchingOverload),
    };
    match (function, rest) {
        (Function::CharAt, [Value::Int(index)]) => char_at(text, *index).map(Value::String),
        (Function::IndexOf, [Value::String(part)]) => index_of(text, part, 0),
        (Function::IndexOf, [Value::String(part), Value::Int(from)]) => index_of(text, part, *from),
        (Function::LastIndexOf, [Value::String(part)]) => last_index_of(text, part, None),
        (Function::LastIndexOf, [Value::String(part), Value::Int(from)]) => {
            last_index_of(text, part, Some(*from))
        }
        (Function::Substring, [Value::Int(from)]) => {
            let start = position(text, *from)?;
            Ok(Value::String(text.get(start..).unwrap_or_default()))
        }
        (Function::Substring, [Value::Int(from), Value::Int(to)]) => {
            let (start, end) = (position(text, *from)?, position(text, *to)?);
            text.get(start..end)
                .map(Value::String)
                .ok_or(ErrorCode::InvalidArgument)
        }
        (Function::LowerAscii, []) => shop.text(&text.to_ascii_lowercase()),
        (Function::UpperAscii, []) => shop.text(&text.to_ascii_uppercase()),
        (Function::Trim, []) => Ok(Value::String(text.trim())),
        (Function::Reverse, []) => shop.text(&text.chars().rev().collect::<String>()),
        (Function::Quote, []) => shop.text(&quote(text)),
        (Function::Replace, [Value::String(old), Value::String(new)]) => {
            replace(text, (old, new), -1, &mut shop)
        }
        (Function::Replace, [Value::String(old), Value::String(new), Value::Int(limit)]) => {
            replace(text, (old, new), *limit, &mut shop)
        }
        (Function::Split, [Value::String(separator)]) => split(text, separator, -1, &mut shop),
        (Function::Split, [Value::String(separator), Value::Int(limit)]) => {
            split(text, separator, *limit, &mut shop)
        }
        _ => Err(ErrorCode::NoMatchingOverload),
    }
}

/// The byte position of a code point; the end of the text is a position too.
fn position(text: &str, index: i64) -> Result<usize> {
    let index = usize::try_from(index).map_err(|_| ErrorCode::IndexOutOfBounds)?;
    let mut positions = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    positions.nth(index).ok_or(ErrorCode::IndexOutOfBounds)
}

/// How many code points stand before a byte position.
fn count_to(text: &str, at: usize) -> Value<'static> {
    let count = text.get(..at).unwrap_or(text).chars().count();
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn char_at(text: &str, index: i64) -> Result<&str> {
    let start = position(text, index)?;
    let rest = text.get(start..).unwrap_or_default();
    let length = rest.chars().next().map_or(0, char::len_utf8);
    Ok(rest.get(..length).unwrap_or_default())
}

fn index_of<'a>(text: &str, part: &str, from: i64) -> Outcome<'a> {
    let start = position(text, from)?;
    let found = text.get(start..).and_then(|rest| rest.find(part));
    Ok(found.map_or(Value::Int(-1), |at| {
        count_to(text, start.saturating_add(at))
    }))
}

fn last_index_of<'a>(text: &str, part: &str, from: Option<i64>) -> Outcome<'a> {
    let end = match from {
        None => text.len(),
        // The match may begin at `from` and reach beyond it.
        Some(from) => position(text, from)?
            .saturating_add(part.len())
            .min(text.len()),
    };
    // A match that ends inside a character is none.
    let end = (0..=end)
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    let found = text.get(..end).and_then(|head| head.rfind(part));
    Ok(found.map_or(Value::Int(-1), |at| count_to(text, at)))
}

fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len().saturating_add(2));
    quoted.push('"');
    for c in text.chars() {
        match c {
            '\u{07}' => quoted.push_str("\\a"),
            '\u{08}' => quoted.push_str("\\b"),
            '\u{0c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{0b}' => quoted.push_str("\\v"),
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn replace<'a>(
    text: &'a str,
    (old, new): (&str, &str),
    limit: i64,
    shop: &mut Shop<'a, '_>,
) -> Outcome<'a> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    // What it will come to is charged before it is built.
    let places = text.matches(old).take(limit).count();
    let length = text.len().saturating_add(places.saturating_mul(new.len()));
    shop.gas.charge_bytes(length)?;
    if shop.arena.room() < length {
        return Err(ErrorCode::MemoryExhausted);
    }
    shop.text(&text.replacen(old, new, limit))
}

fn split<'a>(
    text: &'a str,
    separator: &'a str,
    limit: i64,
    shop: &mut Shop<'a, '_>,
) -> Outcome<'a> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut list = shop.arena.list(8);
    let mut rest = (limit > 0).then_some(text);
    let mut pieces = 0usize;
    while let Some(here) = rest {
        pieces = pieces.saturating_add(1);
        shop.gas.charge(1)?;
        let cut = if pieces >= limit {
            None
        } else {
            cut(here, separator)
        };
        let (piece, after) = match cut {
            Some((piece, after)) => (piece, Some(after)),
            None => (here, None),
        };
        if !(separator.is_empty() && piece.is_empty()) {
            list.push(Value::String(piece))?;
        }
        rest = after;
    }
    Ok(Value::List(list.finish()))
}

/// The text before the first separator and the text after it; an empty separator cuts off a character.
fn cut<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    if !separator.is_empty() {
        return text.split_once(separator);
    }
    let first = text.chars().next()?;
    text.split_at_checked(first.len_utf8())
        .filter(|(_, rest)| !rest.is_empty())
}

/// `list.join(separator)`
pub(super) fn join<'a>(arguments: &[Value<'a>], mut shop: Shop<'a, '_>) -> Outcome<'a> {
    let (list, separator) = match arguments {
        [list] => (list, ""),
        [list, Value::String(separator)] => (list, *separator),
        _ => return Err(ErrorCode::NoMatchingOverload),
    };
    let mut joined = String::new();
    for (index, element) in list
        .as_list()
        .ok_or(ErrorCode::NoMatchingOverload)?
        .enumerate()
    {
        let Value::String(element) = element? else {
            return Err(ErrorCode::NoMatchingOverload);
        };
        shop.gas.charge(1)?;
        shop.gas
            .charge_bytes(separator.len().saturating_add(element.len()))?;
        if index > 0 {
            joined.push_str(separator);
        }
        joined.push_str(element);
        if joined.len() > shop.arena.room() {
            return Err(ErrorCode::MemoryExhausted);
        }
    }
    shop.text(&joined)
}
