//! One match after the other.

use crate::search::{NOWHERE, Search};
use crate::table::Table;

/// The matches of an automaton in a text, none of which overlap; an empty one never touches the one
/// before it.
#[derive(Debug)]
pub struct Matches<'a> {
    table: &'a Table,
    search: Search<'a>,
    text: &'a str,
    /// Where the next match may start; nothing is left to search after the end.
    from: Option<usize>,
    /// Where the last match ended.
    last: Option<usize>,
}

/// A match with the places of its groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captures {
    places: Box<[usize]>,
}

impl Captures {
    /// Where a group starts and ends, if it took part; 0 is the whole match. Groups after the ninth are
    /// not told.
    pub fn group(&self, number: usize) -> Option<(usize, usize)> {
        let (pairs, _) = self.places.as_chunks::<2>();
        let [start, end] = *pairs.get(number)?;
        (start != NOWHERE && end != NOWHERE).then_some((start, end))
    }

    fn end(&self) -> usize {
        self.group(0).map_or(0, |(_, end)| end)
    }

    fn is_empty(&self) -> bool {
        self.group(0).is_none_or(|(start, end)| start == end)
    }
}

impl<'a> Matches<'a> {
    pub(crate) fn new(table: &'a Table, search: Search<'a>, text: &'a str) -> Self {
        Self {
            table,
            search,
            text,
            from: Some(0),
            last: None,
        }
    }

    pub(crate) fn first_at(&mut self, start: usize) -> Option<Captures> {
        let text = self.text.as_bytes();
        if !self.text.is_char_boundary(start) {
            return None;
        }
        // The table tells quickly whether there is a match, and where it cannot begin yet.
        let from = self.table.whence(&mut self.search, text, start)?;
        let places = self.search.first(text, from)?;
        Some(Captures {
            places: places.into(),
        })
    }

    /// The place after the character at `at`.
    fn after(&self, at: usize) -> Option<usize> {
        let rest = self.text.get(at..)?;
        at.checked_add(rest.chars().next()?.len_utf8())
    }
}

impl Iterator for Matches<'_> {
    type Item = Captures;

    fn next(&mut self) -> Option<Captures> {
        let from = self.from?;
        let mut found = self.first_at(from);
        if found
            .as_ref()
            .is_some_and(|found| found.is_empty() && self.last == Some(found.end()))
        {
            found = self.after(from).and_then(|from| self.first_at(from));
        }
        self.last = found.as_ref().map(Captures::end);
        self.from = self.last;
        found
    }
}
