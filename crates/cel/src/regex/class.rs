//! Sets of characters: what a class matches, folded and negated as RE2 does.

use std::fmt::Write as _;

/// A set of characters as ranges.
#[derive(Debug, Clone, Default)]
pub(super) struct Class {
    ranges: Vec<(char, char)>,
}

/// The last character whose case folds to another.
pub(super) const LAST_CASED: char = '\u{1e943}';

impl Class {
    pub(super) fn add(&mut self, from: char, to: char) {
        self.ranges.push((from, to));
    }

    pub(super) fn add_all(&mut self, other: &Self) {
        self.ranges.extend_from_slice(&other.ranges);
    }

    /// `\d`, `\w`, `\s` by their letter.
    pub(super) fn perl(letter: char) -> Option<Self> {
        let ranges: &[(char, char)] = match letter.to_ascii_lowercase() {
            'd' => &[('0', '9')],
            'w' => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
            's' => &[('\t', '\n'), ('\u{0c}', '\r'), (' ', ' ')],
            _ => return None,
        };
        Some(Self::of(ranges, letter.is_ascii_uppercase()))
    }

    /// `[:alpha:]` and its kin by name; a `^` before the name negates.
    pub(super) fn posix(name: &str) -> Option<Self> {
        let (negated, name) = match name.strip_prefix('^') {
            Some(name) => (true, name),
            None => (false, name),
        };
        let ranges: &[(char, char)] = match name {
            "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
            "alpha" => &[('A', 'Z'), ('a', 'z')],
            "ascii" => &[('\0', '\u{7f}')],
            "blank" => &[('\t', '\t'), (' ', ' ')],
            "cntrl" => &[('\0', '\u{1f}'), ('\u{7f}', '\u{7f}')],
            "digit" => &[('0', '9')],
            "graph" => &[('!', '~')],
            "lower" => &[('a', 'z')],
            "print" => &[(' ', '~')],
            "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
            "space" => &[('\t', '\r'), (' ', ' ')],
            "upper" => &[('A', 'Z')],
            "word" => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
            "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
            _ => return None,
        };
        Some(Self::of(ranges, negated))
    }

    fn of(ranges: &[(char, char)], negated: bool) -> Self {
        let mut class = Self {
            ranges: ranges.to_vec(),
        };
        if negated {
            class.negate();
        }
        class
    }

    /// Adds every character that differs from one in the set by case alone; gives how many
    /// characters were looked at.
    pub(super) fn fold(&mut self) -> u32 {
        self.normalize();
        let mut visited = 0u32;
        for (from, to) in self.ranges.clone() {
            for c in from..=to.min(LAST_CASED) {
                visited = visited.saturating_add(1);
                if c.is_lowercase() || c.is_uppercase() {
                    self.ranges.extend(folds(c).into_iter().map(|c| (c, c)));
                }
            }
        }
        visited
    }

    pub(super) fn negate(&mut self) {
        self.normalize();
        let mut next = Some('\0');
        let mut gaps = Vec::new();
        for (from, to) in &self.ranges {
            let Some(start) = next else { break };
            if let Some(before) = before(*from).filter(|before| start <= *before) {
                gaps.push((start, before));
            }
            next = after(*to);
        }
        if let Some(start) = next {
            gaps.push((start, char::MAX));
        }
        self.ranges = gaps;
    }

    fn normalize(&mut self) {
        callgate_json::sort_by(&mut self.ranges, Ord::cmp);
        let mut merged: Vec<(char, char)> = Vec::with_capacity(self.ranges.len());
        for (from, to) in self.ranges.drain(..) {
            match merged.last_mut() {
                Some((_, end)) if from <= *end || after(*end) == Some(from) => {
                    *end = (*end).max(to)
                }
                _ => merged.push((from, to)),
            }
        }
        self.ranges = merged;
    }

    /// Writes the set in the syntax of the `regex` crate; gives how many ranges of bytes its
    /// characters are written with.
    pub(super) fn write(mut self, out: &mut String) -> u64 {
        self.normalize();
        if self.ranges.is_empty() {
            // A class that nothing matches.
            out.push_str("[^\\x{0}-\\x{10FFFF}]");
            return 1;
        }
        let mut states = 0u64;
        out.push('[');
        for (from, to) in self.ranges {
            let sequences = regex_syntax::utf8::Utf8Sequences::new(from, to);
            let ranges = sequences.map(|sequence| sequence.len() as u64);
            states = ranges.fold(states, u64::saturating_add);
            let written = if from == to {
                write!(out, "\\x{{{:X}}}", u32::from(from))
            } else {
                write!(
                    out,
                    "\\x{{{:X}}}-\\x{{{:X}}}",
                    u32::from(from),
                    u32::from(to)
                )
            };
            debug_assert!(written.is_ok());
        }
        out.push(']');
        states
    }
}

fn after(c: char) -> Option<char> {
    (c..=char::MAX).nth(1)
}

fn before(c: char) -> Option<char> {
    ('\0'..=c).rev().nth(1)
}

/// The characters of a character's case orbit, itself among them.
fn folds(c: char) -> Vec<char> {
    /// Characters that fold to another beside the usual upper and lower letter.
    const EXTRA: [[char; 3]; 14] = [
        ['k', 'K', '\u{212a}'],
        ['s', 'S', '\u{17f}'],
        ['å', 'Å', '\u{212b}'],
        ['ω', 'Ω', '\u{2126}'],
        ['µ', 'Μ', 'μ'],
        ['ς', 'Σ', 'σ'],
        ['β', 'Β', 'ϐ'],
        ['ε', 'Ε', 'ϵ'],
        ['θ', 'Θ', 'ϑ'],
        ['κ', 'Κ', 'ϰ'],
        ['π', 'Π', 'ϖ'],
        ['ρ', 'Ρ', 'ϱ'],
        ['φ', 'Φ', 'ϕ'],
        ['ß', 'ẞ', 'ß'],
    ];
    let only = |mut mapped: Vec<char>| {
        if mapped.len() == 1 {
            mapped.pop()
        } else {
            None
        }
    };
    let upper = only(c.to_uppercase().collect());
    let mut orbit = vec![c];
    for base in [Some(c), upper].into_iter().flatten() {
        orbit.push(base);
        orbit.extend(only(base.to_lowercase().collect()));
    }
    let extra = EXTRA
        .iter()
        .find(|set| orbit.iter().any(|c| set.contains(c)));
    orbit.extend(extra.into_iter().flatten());
    orbit
}
