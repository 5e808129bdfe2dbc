//! Sets of characters.

use crate::utf8::count_ranges;

/// A set of characters, as ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CharSet {
    ranges: Vec<(char, char)>,
}

impl CharSet {
    /// The characters of these ranges, in any order.
    pub fn of(ranges: &[(char, char)]) -> Self {
        let mut set = Self {
            ranges: ranges.to_vec(),
        };
        set.normalize();
        set
    }

    /// Adds the characters from one to another.
    pub fn add(&mut self, from: char, to: char) {
        self.ranges.push((from, to));
    }

    /// Adds another set.
    pub fn add_all(&mut self, other: &Self) {
        self.ranges.extend_from_slice(&other.ranges);
    }

    /// Makes it the complement of what it was.
    pub fn negate(&mut self) {
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

    /// The ranges in order, apart from each other.
    pub fn ranges(&mut self) -> &[(char, char)] {
        self.normalize();
        &self.ranges
    }

    /// How many ranges of bytes the characters are written with.
    pub fn byte_ranges(&mut self) -> u64 {
        let ranges = self.ranges().iter();
        let counts = ranges.map(|(from, to)| count_ranges(*from, *to));
        counts.fold(0, u64::saturating_add)
    }

    fn normalize(&mut self) {
        let apart = |pair: &[(char, char)]| match pair {
            [(_, end), (start, _)] => after(*end).is_some_and(|next| next < *start),
            _ => true,
        };
        if self.ranges.windows(2).all(apart) {
            return;
        }
        callgate_json::sort_by(&mut self.ranges, Ord::cmp);
        let mut merged: Vec<(char, char)> = Vec::with_capacity(self.ranges.len());
        for (from, to) in self.ranges.drain(..) {
            match merged.last_mut() {
                Some((_, end)) if from <= *end || after(*end) == Some(from) => {
                    *end = (*end).max(to);
                }
                _ => merged.push((from, to)),
            }
        }
        self.ranges = merged;
    }
}

fn after(c: char) -> Option<char> {
    (c..=char::MAX).nth(1)
}

fn before(c: char) -> Option<char> {
    ('\0'..=c).rev().nth(1)
}
