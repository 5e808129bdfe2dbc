//! Characters as sequences of ranges of bytes, and the tree that reads one of them.

use crate::code::Range;

/// Bytes of a character, at most.
const LONGEST: usize = 4;
/// The last character of each length.
const LAST_OF_LENGTH: [u32; 3] = [0x7f, 0x7ff, 0xffff];
/// Bits of a character that its last one, two and three bytes carry.
const BITS_OF_TAIL: [u32; 3] = [0x3f, 0xfff, 0x3_ffff];
/// The last character before the surrogates, which are none, and the first after them.
const SURROGATES: (u32, u32) = (0xd7ff, 0xe000);

/// Ranges of bytes, one after the other, that write each of some characters once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequence {
    ranges: [(u8, u8); LONGEST],
    length: usize,
}

impl Sequence {
    /// The ranges: the first byte's, the second's, and so on.
    pub fn ranges(&self) -> &[(u8, u8)] {
        self.ranges.get(..self.length).unwrap_or_default()
    }
}

/// The sequences that write the characters from one to another, in order.
pub fn sequences(from: char, to: char) -> impl Iterator<Item = Sequence> {
    let mut rest = Some((u32::from(from), u32::from(to)));
    core::iter::from_fn(move || {
        let (from, to) = rest.filter(|(from, to)| from <= to)?;
        let end = end_of_first(from, to);
        rest = match end.saturating_add(1) {
            next if end == SURROGATES.0 => Some((SURROGATES.1.max(next), to)),
            next => Some((next, to)),
        };
        sequence(char::from_u32(from)?, char::from_u32(end)?)
    })
}

/// How many ranges of bytes the characters from one to another are written with.
pub fn count_ranges(from: char, to: char) -> u64 {
    let counts = sequences(from, to).map(|sequence| sequence.length as u64);
    counts.fold(0, u64::saturating_add)
}

/// The last character up to which one sequence is enough.
fn end_of_first(from: u32, to: u32) -> u32 {
    let mut end = to;
    if from <= SURROGATES.0 {
        end = end.min(SURROGATES.0);
    }
    for last in LAST_OF_LENGTH {
        if from <= last {
            end = end.min(last);
        }
    }
    if end <= 0x7f {
        return end;
    }
    for bits in BITS_OF_TAIL {
        if from & !bits == end & !bits {
            continue;
        }
        if from & bits != 0 {
            end = from | bits;
        } else if end & bits != bits {
            end = (end & !bits).saturating_sub(1);
        }
    }
    end
}

fn sequence(from: char, to: char) -> Option<Sequence> {
    let (mut first, mut last) = ([0; LONGEST], [0; LONGEST]);
    let length = from.encode_utf8(&mut first).len();
    (length == to.encode_utf8(&mut last).len()).then_some(())?;
    let mut ranges = [(0, 0); LONGEST];
    for (range, bytes) in ranges.iter_mut().zip(first.into_iter().zip(last)) {
        *range = bytes;
    }
    Some(Sequence { ranges, length })
}

/// A tree that reads a character of a set: at each node ranges of bytes that lead to other nodes. Nodes
/// from which the same follows are one (Daciuk et al., Incremental Construction of Minimal Acyclic
/// Finite-State Automata, 2000, with a bounded memory of what was seen).
#[derive(Default)]
pub(crate) struct Tree {
    /// Each with offsets that are, until the tree is laid out, numbers of nodes.
    nodes: Vec<Vec<Range>>,
    /// The nodes that lead to the last sequence, from the root.
    open: [Vec<Range>; LONGEST],
    /// The last sequence.
    last: Option<Sequence>,
}

/// The number that stands for the end of the character.
const END: u32 = u32::MAX;
/// Nodes that a new one is compared with.
const REMEMBERED: usize = 32;

impl Tree {
    /// The tree of the characters in these ranges, which are in order and apart.
    pub(crate) fn of(ranges: &[(char, char)]) -> Self {
        let mut tree = Self::default();
        for (from, to) in ranges {
            for sequence in sequences(*from, *to) {
                tree.add(sequence);
            }
        }
        tree.close(0);
        // The root comes last, whatever is known.
        tree.nodes.push(core::mem::take(&mut tree.open[0]));
        tree
    }

    fn add(&mut self, sequence: Sequence) {
        if let Some(last) = self.last {
            let pairs = last.ranges().iter().zip(sequence.ranges());
            self.close(pairs.take_while(|(one, other)| one == other).count());
        }
        self.last = Some(sequence);
    }

    /// Ends the nodes of the last sequence below the one at `depth`, which gets its range.
    fn close(&mut self, depth: usize) {
        let Some(last) = self.last else { return };
        let mut target = END;
        for (level, (from, to)) in last.ranges().iter().enumerate().skip(depth).rev() {
            let range = Range {
                from: *from,
                to: *to,
                offset: target,
            };
            let Some(node) = self.open.get_mut(level) else {
                continue;
            };
            node.push(range);
            if level > depth {
                let node = core::mem::take(node);
                target = self.node(node);
            }
        }
    }

    /// The number of a node with these ranges.
    fn node(&mut self, ranges: Vec<Range>) -> u32 {
        let numbered = self.nodes.iter().enumerate().rev().take(REMEMBERED);
        let known = numbered.into_iter().find(|(_, node)| **node == ranges);
        let number = match known {
            Some((number, _)) => number,
            None => {
                self.nodes.push(ranges);
                self.nodes.len().saturating_sub(1)
            }
        };
        u32::try_from(number).unwrap_or(END)
    }

    /// Nodes from the root on, each before those it leads to; offsets are from the node, and the end is
    /// after the last.
    pub(crate) fn laid_out(self) -> impl ExactSizeIterator<Item = Vec<Range>> {
        let numbers = 0u32..u32::try_from(self.nodes.len()).unwrap_or(END);
        let mut numbered: Vec<(u32, Vec<Range>)> = numbers.zip(self.nodes).collect();
        numbered.reverse();
        numbered.into_iter().map(|(number, mut node)| {
            for range in &mut node {
                range.offset = match range.offset {
                    END => number.saturating_add(1),
                    target => number.saturating_sub(target),
                };
            }
            node
        })
    }
}
