//! A table that tells for each set of threads and each byte which threads there are next. It holds the
//! sets that are met first; from the others a search goes on without it.

use crate::bits;
use crate::code::is_word;
use crate::search::{Outcome, Search};

/// What comes before a place in a text, as far as assertions ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    Nothing,
    Newline,
    Word,
    Other,
}

pub(crate) const BEFORE: [Before; 4] = [
    Before::Nothing,
    Before::Newline,
    Before::Word,
    Before::Other,
];

impl Before {
    pub(crate) fn of(byte: Option<u8>) -> Self {
        match byte {
            None => Self::Nothing,
            Some(b'\n') => Self::Newline,
            _ if is_word(byte) => Self::Word,
            Some(_) => Self::Other,
        }
    }

    /// A byte that stands for it.
    pub(crate) fn byte(self) -> Option<u8> {
        match self {
            Self::Nothing => None,
            Self::Newline => Some(b'\n'),
            Self::Word => Some(b'a'),
            Self::Other => Some(b' '),
        }
    }
}

/// Rows of a place for each class of bytes and one for the end of the text; a place holds where another
/// row starts. The first rows are [`Table::MATCH`], [`Table::dead`] and [`Table::unknown`], which lead
/// to themselves.
#[derive(Debug)]
pub(crate) struct Table {
    /// The class of each byte.
    pub(crate) classes: Box<[u8; 256]>,
    /// Places of a row.
    pub(crate) stride: usize,
    pub(crate) next: Vec<u16>,
    /// Where a search begins, by what comes before.
    pub(crate) starts: [u16; BEFORE.len()],
    /// Whether in the rows where a search begins after the start of a text nothing else is under way.
    pub(crate) starts_tell: bool,
    /// For each row its set of instructions; empty when nothing is unknown.
    pub(crate) sets: Vec<u64>,
    /// Words of a set.
    pub(crate) words: usize,
}

/// What the table can tell of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict<'t> {
    /// No match begins before `from`.
    Match {
        from: usize,
    },
    NoMatch,
    /// What follows the set of instructions at a place in the text is not in the table.
    GoOn {
        from: usize,
        set: &'t [u64],
        at: usize,
    },
}

/// Bytes between looks at whether something is decided.
const STRETCH: usize = 16;

impl Table {
    /// The row of what has matched.
    pub(crate) const MATCH: usize = 0;

    /// The row of what cannot match any more.
    pub(crate) fn dead(&self) -> usize {
        self.stride
    }

    /// The row of what is not in the table.
    pub(crate) fn unknown(&self) -> usize {
        self.stride.saturating_mul(2)
    }

    /// A place from which on the first match after `start` is to be looked for, if there is one.
    pub(crate) fn whence(
        &self,
        search: &mut Search<'_>,
        text: &[u8],
        mut start: usize,
    ) -> Option<usize> {
        loop {
            let (from, set, at) = match self.judge(text, start) {
                Verdict::Match { from } => return Some(from),
                Verdict::NoMatch => return None,
                Verdict::GoOn { from, set, at } => (from, set, at),
            };
            match search.goes_on(text, at, bits::members(set)) {
                Outcome::Match => return Some(from),
                Outcome::NoMatch => return None,
                Outcome::Idle(at) => start = at,
            }
        }
    }

    /// Whether something in the text from `start` on matches.
    pub(crate) fn judge(&self, text: &[u8], start: usize) -> Verdict<'_> {
        let Some(rest) = text.get(start..) else {
            return Verdict::NoMatch;
        };
        let before = start.checked_sub(1).and_then(|at| text.get(at));
        let [nothing, later @ ..] = self.starts;
        let mut row = usize::from(match (Before::of(before.copied()), later) {
            (Before::Nothing, _) => nothing,
            (Before::Newline, [newline, ..]) => newline,
            (Before::Word, [_, word, _]) => word,
            (Before::Other, [.., other]) => other,
        });
        let (mut from, mut at) = (start, start);
        for stretch in rest.chunks(STRETCH) {
            let last = row;
            for byte in stretch {
                row = self.after(row, *byte);
            }
            if row <= self.unknown() {
                return self.decided(row, stretch, (from, last, at));
            }
            at = at.saturating_add(stretch.len());
            if self.starts_tell && later.iter().any(|start| usize::from(*start) == row) {
                from = at;
            }
        }
        let last = row;
        row = self.at(row, self.stride.saturating_sub(1));
        match row <= self.unknown() {
            true => self.decided(row, &[], (from, last, at)),
            false => Verdict::NoMatch,
        }
    }

    /// What a stretch of text led to that began in the row `last` at the place `at`.
    fn decided(
        &self,
        row: usize,
        stretch: &[u8],
        (from, mut last, mut at): (usize, usize, usize),
    ) -> Verdict<'_> {
        if row == Self::MATCH {
            return Verdict::Match { from };
        }
        if row == self.dead() {
            return Verdict::NoMatch;
        }
        for byte in stretch {
            let next = self.after(last, *byte);
            if next == row {
                break;
            }
            last = next;
            at = at.saturating_add(1);
        }
        let set = self.set(last);
        Verdict::GoOn { from, set, at }
    }

    /// The instructions that a row stands for.
    fn set(&self, row: usize) -> &[u64] {
        let number = row.checked_div(self.stride).unwrap_or(0);
        let first = number.saturating_mul(self.words);
        let set = self.sets.get(first..first.saturating_add(self.words));
        set.unwrap_or_default()
    }

    #[inline(always)]
    fn after(&self, row: usize, byte: u8) -> usize {
        let class = self.classes.get(usize::from(byte)).copied().unwrap_or(0);
        self.at(row, usize::from(class))
    }

    #[inline(always)]
    fn at(&self, row: usize, class: usize) -> usize {
        let next = self.next.get(row.wrapping_add(class)).copied();
        next.map_or(Self::MATCH, usize::from)
    }
}
