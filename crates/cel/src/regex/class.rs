//! Sets of characters: what a class matches, folded and negated as RE2 does.

use callgate_automaton::CharSet;

/// A set of characters.
#[derive(Debug, Clone, Default)]
pub(super) struct Class(pub(super) CharSet);

/// The last character whose case folds to another.
pub(super) const LAST_CASED: char = '\u{1e943}';

impl Class {
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
        let mut set = CharSet::of(ranges);
        if negated {
            set.negate();
        }
        Self(set)
    }

    /// Adds every character that differs from one in the set by case alone; gives how many
    /// characters were looked at.
    pub(super) fn fold(&mut self) -> u32 {
        let mut visited = 0u32;
        for (from, to) in self.0.ranges().to_vec() {
            for c in from..=to.min(LAST_CASED) {
                visited = visited.saturating_add(1);
                if c.is_lowercase() || c.is_uppercase() {
                    folds(c).into_iter().for_each(|c| self.0.add(c, c));
                }
            }
        }
        visited
    }
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
