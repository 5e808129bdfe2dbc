//! Sets of characters of a pattern.

use regex_syntax::hir::{Class as HirClass, ClassUnicode, ClassUnicodeRange, Hir};
use regex_syntax::utf8::Utf8Sequences;

/// A set of characters.
#[derive(Debug, Clone)]
pub(super) struct Class(ClassUnicode);

impl Default for Class {
    fn default() -> Self {
        Self(ClassUnicode::empty())
    }
}

/// What ECMA-262 calls white space and line ends.
const SPACES: &[(char, char)] = &[
    ('\t', '\r'),
    (' ', ' '),
    ('\u{a0}', '\u{a0}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{2000}', '\u{200a}'),
    ('\u{2028}', '\u{2029}'),
    ('\u{202f}', '\u{202f}'),
    ('\u{205f}', '\u{205f}'),
    ('\u{3000}', '\u{3000}'),
    ('\u{feff}', '\u{feff}'),
];
const LINE_ENDS: &[(char, char)] = &[('\n', '\n'), ('\r', '\r'), ('\u{2028}', '\u{2029}')];
const DIGITS: &[(char, char)] = &[('0', '9')];
const WORDS: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];

impl Class {
    pub(super) fn of(ranges: &[(char, char)]) -> Self {
        let ranges = ranges.iter();
        Self(ClassUnicode::new(
            ranges.map(|(from, to)| ClassUnicodeRange::new(*from, *to)),
        ))
    }

    /// `\d`, `\w`, `\s` and their complements by their letter.
    pub(super) fn named(letter: char) -> Option<Self> {
        let class = match letter.to_ascii_lowercase() {
            'd' => Self::of(DIGITS),
            'w' => Self::of(WORDS),
            's' => Self::of(SPACES),
            _ => return None,
        };
        Some(class.negated(letter.is_ascii_uppercase()))
    }

    /// `.`: everything but the ends of lines.
    pub(super) fn dot() -> Self {
        Self::of(LINE_ENDS).negated(true)
    }

    pub(super) fn add(&mut self, from: char, to: char) {
        self.0.push(ClassUnicodeRange::new(from, to));
    }

    pub(super) fn add_all(&mut self, other: &Self) {
        self.0.union(&other.0);
    }

    /// The complement if `negate`.
    pub(super) fn negated(mut self, negate: bool) -> Self {
        if negate {
            self.0.negate();
        }
        self
    }

    /// The set as a part of a pattern, and how many ranges of bytes its characters are written with.
    pub(super) fn into_hir(self) -> (Hir, u64) {
        let ranges = self.0.ranges().iter();
        let states = ranges.fold(1u64, |states, range| {
            let sequences = Utf8Sequences::new(range.start(), range.end());
            let bytes = sequences.map(|sequence| sequence.len() as u64);
            bytes.fold(states, u64::saturating_add)
        });
        (Hir::class(HirClass::Unicode(self.0)), states)
    }
}
