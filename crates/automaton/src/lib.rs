//! Regular expressions in linear time: what a reader of some dialect builds piece by piece becomes an
//! automaton over the bytes of UTF-8.
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects
    )
)]

use code::Code;
use determine::Room;
use search::Search;
use table::{Table, Verdict};

mod bits;
mod builder;
mod classes;
mod code;
mod determine;
mod matches;
mod search;
mod set;
mod table;
mod utf8;

pub use builder::{BuildError, Builder};
pub use code::Look;
pub use matches::{Captures, Matches};
pub use set::CharSet;
pub use utf8::{Sequence, sequences};

/// A compiled regular expression.
#[derive(Debug)]
pub struct Automaton {
    code: Code,
    table: Table,
    groups: u32,
}

/// Groups whose places are told, the whole match among them: what `\0` to `\9` can name. It bounds the
/// memory of a search.
const MOST_GROUPS: u32 = 10;

impl Automaton {
    pub(crate) fn new(code: Code, groups: u32) -> Self {
        let table = determine::table(&code, Room::of(&code));
        Self {
            code,
            table,
            groups,
        }
    }

    /// Groups that capture, the whole match among them.
    pub fn groups(&self) -> usize {
        self.groups as usize
    }

    /// Whether something matches that starts at `start` or after it. What comes before counts for
    /// assertions.
    pub fn is_match_at(&self, text: &str, start: usize) -> bool {
        match self.table.judge(text.as_bytes(), start) {
            Verdict::Match { .. } => true,
            Verdict::NoMatch => false,
            Verdict::GoOn { .. } => {
                let mut search = Search::new(&self.code, 0);
                let whence = self.table.whence(&mut search, text.as_bytes(), start);
                whence.is_some()
            }
        }
    }

    /// The first match that starts at `start` or after it, preferred as Perl does: an earlier start,
    /// then earlier alternatives, then more of what is greedy.
    pub fn find_at(&self, text: &str, start: usize) -> Option<(usize, usize)> {
        self.matches(text, 1).first_at(start)?.group(0)
    }

    /// That match with its groups.
    pub fn captures_at(&self, text: &str, start: usize) -> Option<Captures> {
        self.captures(text).first_at(start)
    }

    /// The matches in a text with their groups, each after the one before.
    pub fn captures<'a>(&'a self, text: &'a str) -> Matches<'a> {
        self.matches(text, self.groups.min(MOST_GROUPS))
    }

    fn matches<'a>(&'a self, text: &'a str, groups: u32) -> Matches<'a> {
        let slots = (groups as usize).saturating_mul(2);
        Matches::new(&self.table, Search::new(&self.code, slots), text)
    }
}

#[cfg(test)]
mod tests;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
