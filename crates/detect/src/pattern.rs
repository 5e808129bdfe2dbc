//! The small language that tokens are written in: literals, classes and counts, read where it lies.
//!
//! `AKIA\5{16}` is four letters and sixteen characters of base 32. A class is a backslash and a
//! letter ([`Class::of`]); a count is `{n}` or `{n,m}`; everything else stands for itself. A range
//! takes as many as it can and gives back what the rest needs. Nothing is compiled: a pattern is
//! tried only where its first literal was found, and is read from its text.

use crate::bytes::{at, is_word};

/// A set of ASCII bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Class(u128);

#[expect(
    clippy::arithmetic_side_effects,
    reason = "runs when the crate is compiled, on bytes below 128"
)]
const fn range(from: u8, to: u8) -> u128 {
    let upto = if to >= 127 {
        u128::MAX
    } else {
        (1u128 << (to + 1)) - 1
    };
    upto & !((1u128 << from) - 1)
}

const fn one(byte: u8) -> u128 {
    1u128 << byte
}

const DIGIT: u128 = range(b'0', b'9');
const LOWER: u128 = range(b'a', b'z');
const UPPER: u128 = range(b'A', b'Z');
const WORD: u128 = DIGIT | LOWER | UPPER;

impl Class {
    /// The class a letter names.
    pub(crate) const fn of(letter: u8) -> Option<Self> {
        Some(Self(match letter {
            b'd' => DIGIT,
            b'h' => DIGIT | range(b'a', b'f'),
            b'H' => DIGIT | range(b'a', b'f') | range(b'A', b'F'),
            b'U' => DIGIT | range(b'A', b'F'),
            b'a' => DIGIT | LOWER,
            b'A' => DIGIT | UPPER,
            b'l' => LOWER,
            b'L' => UPPER,
            b'w' => WORD,
            b't' => WORD | one(b'_'),
            b'u' => WORD | one(b'_') | one(b'-'),
            b'p' => WORD | one(b'_') | one(b'-') | one(b'.'),
            b's' => WORD | one(b'_') | one(b'-') | one(b'.') | one(b'~'),
            b'b' => WORD | one(b'+') | one(b'/'),
            b'e' => WORD | one(b'+') | one(b'/') | one(b'='),
            b'j' => WORD | one(b'_') | one(b'-') | one(b'='),
            b'c' => WORD | one(b'+') | one(b'/') | one(b'%'),
            b'5' => UPPER | range(b'2', b'7'),
            _ => return None,
        }))
    }

    pub(crate) const fn has(self, byte: u8) -> bool {
        byte < 128 && self.0 & (1u128 << byte) != 0
    }
}

/// One step of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    Literal(u8),
    Run {
        class: Class,
        min: usize,
        max: usize,
    },
}

/// The first step of a pattern and the rest of it; `None` at its end, and where it is malformed.
pub(crate) fn item(pattern: &[u8]) -> Option<(Item, &[u8])> {
    let (&first, rest) = pattern.split_first()?;
    if first != b'\\' {
        return Some((Item::Literal(first), rest));
    }
    let (&letter, rest) = rest.split_first()?;
    let class = Class::of(letter)?;
    let (min, max, rest) = count(rest)?;
    Some((Item::Run { class, min, max }, rest))
}

fn count(pattern: &[u8]) -> Option<(usize, usize, &[u8])> {
    let Some(inner) = pattern.strip_prefix(b"{") else {
        return Some((1, 1, pattern));
    };
    let (min, rest) = number(inner);
    if let Some(rest) = rest.strip_prefix(b"}") {
        return Some((min, min, rest));
    }
    let (max, rest) = number(rest.strip_prefix(b",")?);
    Some((min, max, rest.strip_prefix(b"}")?))
}

fn number(digits: &[u8]) -> (usize, &[u8]) {
    let mut value = 0usize;
    let mut rest = digits;
    while let Some((digit @ b'0'..=b'9', tail)) = rest.split_first() {
        let digit = usize::from(digit.saturating_sub(b'0'));
        value = value.saturating_mul(10).saturating_add(digit);
        rest = tail;
    }
    (value, rest)
}

/// The bytes of the longest text a pattern matches.
pub(crate) fn longest(pattern: &[u8]) -> usize {
    let mut total = 0usize;
    let mut rest = pattern;
    while let Some((item, tail)) = item(rest) {
        total = total.saturating_add(match item {
            Item::Literal(_) => 1,
            Item::Run { max, .. } => max,
        });
        rest = tail;
    }
    total
}

/// A pattern taken apart at its first literal text: the run before it, if any, and where it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Anchored<'p> {
    /// A class of which a run ends where the literal begins.
    pub lead: Option<(Class, usize, usize)>,
    /// The literal.
    pub anchor: &'p [u8],
    /// The literal and all that follows.
    pub rest: &'p [u8],
}

impl<'p> Anchored<'p> {
    pub(crate) fn of(pattern: &'p str) -> Self {
        let pattern = pattern.as_bytes();
        let (lead, rest) = match item(pattern) {
            Some((Item::Run { class, min, max }, rest)) => (Some((class, min, max)), rest),
            _ => (None, pattern),
        };
        let length = rest.iter().position(|byte| *byte == b'\\');
        let anchor = rest.split_at_checked(length.unwrap_or(rest.len()));
        Self {
            lead,
            anchor: anchor.map(|(anchor, _)| anchor).unwrap_or_default(),
            rest,
        }
    }

    /// The place of a match whose literal begins at `place`.
    pub(crate) fn find(&self, text: &[u8], place: usize) -> Option<(usize, usize)> {
        let end = whole(self.rest, text, place)?;
        let Some((class, min, max)) = self.lead else {
            return Some((place, end));
        };
        let head = text.get(..place)?;
        let run = head.iter().rev().take_while(|byte| class.has(**byte));
        let length = run.take(max.saturating_add(1)).count();
        if length < min || length > max {
            return None;
        }
        Some((place.checked_sub(length)?, end))
    }
}

/// Where a match of the whole pattern at `place` ends; a value does not go on behind it.
pub(crate) fn whole(pattern: &[u8], text: &[u8], place: usize) -> Option<usize> {
    matched(pattern, text, place, None)
}

fn matched(pattern: &[u8], text: &[u8], place: usize, last: Option<Class>) -> Option<usize> {
    let mut pattern = pattern;
    let mut place = place;
    let mut last = last;
    loop {
        let Some((step, rest)) = item(pattern) else {
            let next = at(text, place);
            let goes_on =
                is_word(next) || next == b'_' || last.is_some_and(|class| class.has(next));
            return (!goes_on).then_some(place);
        };
        match step {
            Item::Literal(byte) => {
                if at(text, place) != byte {
                    return None;
                }
                place = place.checked_add(1)?;
                last = None;
            }
            Item::Run { class, min, max } => {
                let tail = text.get(place..)?;
                let run = tail.iter().take(max).take_while(|byte| class.has(**byte));
                let length = run.count();
                if length < min {
                    return None;
                }
                let fixed = min == max
                    || matches!(item(rest), Some((Item::Literal(next), _)) if !class.has(next) && length < max);
                if !fixed {
                    return (min..=length).rev().find_map(|taken| {
                        matched(rest, text, place.checked_add(taken)?, Some(class))
                    });
                }
                place = place.checked_add(length)?;
                last = Some(class);
            }
        }
        pattern = rest;
    }
}
