//! Sets of characters of a pattern.

use callgate_automaton::CharSet;

/// A set of characters.
#[derive(Debug, Clone, Default)]
pub(super) struct Class(CharSet);

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
        Self(CharSet::of(ranges))
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
        self.0.add(from, to);
    }

    pub(super) fn add_all(&mut self, other: &Self) {
        self.0.add_all(&other.0);
    }

    /// The complement if `negate`.
    pub(super) fn negated(mut self, negate: bool) -> Self {
        if negate {
            self.0.negate();
        }
        self
    }

    /// Its ranges, and how many states of an automaton they count for.
    pub(super) fn ranges(&mut self) -> (&[(char, char)], u64) {
        let states = self.0.byte_ranges().saturating_add(1);
        (self.0.ranges(), states)
    }
}
