//! Building an automaton from a pattern that is read from left to right (Thompson, Regular Expression
//! Search Algorithm, 1968). What was read last stands last, so a repetition copies or wraps the end, and
//! nothing here recurses.

use crate::Automaton;
use crate::code::{Code, Look, Offset, Range, Step};
use crate::utf8::Tree;

/// Takes a pattern piece by piece. What makes it larger than its bound is not kept.
#[derive(Debug)]
pub struct Builder {
    code: Code,
    /// Instructions it may have.
    most: usize,
    too_large: bool,
    /// Whether a group was closed that was not open.
    unbalanced: bool,
    /// The groups that are open, the whole pattern first.
    open: Vec<Group>,
    /// What a repetition would apply to.
    atom: Option<Part>,
    /// Whether the last thing read can match the empty text.
    last_empty: bool,
    /// The number of the next group that captures.
    next_group: u32,
    /// Groups that captures can have, the whole match among them.
    groups: u32,
}

/// The end of what was read, from some place on.
#[derive(Debug, Clone, Copy)]
struct Part {
    start: usize,
    /// [`Builder::groups`] before it.
    groups: u32,
}

#[derive(Debug)]
struct Group {
    part: Part,
    /// The number it captures as.
    capture: Option<u32>,
    /// Where the alternative that is read starts.
    alternative: usize,
    /// Whether that can match the empty text, so far.
    empty: bool,
    /// Whether one before it can.
    other_empty: bool,
    /// Jumps at the ends of alternatives, which are to lead to the end of the group.
    jumps: Vec<usize>,
}

/// Why there is no automaton.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// It would have more instructions than it may.
    #[error("the automaton has more instructions than its bound")]
    TooLarge,
    /// A group is not closed, or one is closed that is not open.
    #[error("a group without its other end")]
    Unbalanced,
}

impl Builder {
    /// Builds an automaton of at most `most` instructions: one a byte of a literal, a few a group and a
    /// repetition, at most one a range of bytes that a class is written with.
    pub fn new(most: usize) -> Self {
        let mut builder = Self {
            code: Code::default(),
            most,
            too_large: false,
            unbalanced: false,
            open: Vec::new(),
            atom: None,
            last_empty: true,
            next_group: 1,
            groups: 1,
        };
        builder.open_group(None);
        builder
    }

    /// Adds a character.
    pub fn literal(&mut self, c: char) {
        self.begin(false);
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            self.push(Step::Byte(byte, byte));
        }
    }

    /// Adds one character of a set: ranges in order, apart from each other.
    pub fn class(&mut self, ranges: &[(char, char)]) {
        self.begin(false);
        if self.too_large {
            return;
        }
        for node in Tree::of(ranges).laid_out() {
            match node.as_slice() {
                [range] if range.offset == 1 => self.push(Step::Byte(range.from, range.to)),
                node => self.push_set(node),
            }
        }
    }

    /// Adds an assertion.
    pub fn look(&mut self, look: Look) {
        self.begin(true);
        self.push(Step::Look(look));
    }

    /// Opens a group; one that captures gets the next number, from 1 on.
    pub fn open(&mut self, captures: bool) {
        let number = captures.then_some(self.next_group);
        self.open_group(number);
    }

    /// Ends an alternative of the innermost group and begins the next.
    pub fn alternative(&mut self) {
        self.settle();
        let Some(group) = self.open.last_mut() else {
            return;
        };
        group.other_empty |= group.empty;
        group.empty = true;
        let start = group.alternative;
        let length = offset(self.code.steps.len().saturating_sub(start));
        self.insert(start, Step::Split(1, length.saturating_add(2)));
        let jump = self.code.steps.len();
        self.push(Step::Jump(1));
        let next = self.code.steps.len();
        if let Some(group) = self.open.last_mut() {
            group.jumps.push(jump);
            group.alternative = next;
        }
    }

    /// Closes the innermost group, which a repetition then applies to.
    pub fn close(&mut self) {
        match self.open.len() > 1 {
            true => self.close_last(),
            false => self.unbalanced = true,
        }
    }

    fn close_last(&mut self) {
        self.settle();
        let Some(group) = self.open.pop() else { return };
        let end = self.code.steps.len();
        for jump in group.jumps {
            if let Some(step) = self.code.steps.get_mut(jump) {
                *step = Step::Jump(offset(end.saturating_sub(jump)));
            }
        }
        if let Some(number) = group.capture {
            self.push(Step::Save(number.saturating_mul(2).saturating_add(1)));
        }
        self.atom = Some(group.part);
        self.last_empty = group.empty || group.other_empty;
    }

    /// Repeats what was added last: `min` times up to `max`, without bound if there is none. More is
    /// preferred to less if `greedy`.
    pub fn repeat(&mut self, min: u32, max: Option<u32>, greedy: bool) {
        let Some(part) = self.atom.take().filter(|_| !self.too_large) else {
            return;
        };
        let length = self.code.steps.len().saturating_sub(part.start);
        match max {
            Some(0) => {
                // Nothing of it is left, not even its groups.
                self.code.steps.truncate(part.start);
                self.groups = part.groups;
            }
            Some(max) => self.repeat_bounded(part.start, length, (min, max), greedy),
            None => self.repeat_unbounded(part.start, length, min, greedy),
        }
        self.last_empty |= min == 0;
    }

    /// The automaton of what was added.
    ///
    /// # Errors
    /// When it is larger than its bound, or groups are not closed as often as opened.
    pub fn finish(mut self) -> Result<Automaton, BuildError> {
        let balanced = self.open.len() == 1 && !self.unbalanced;
        self.close_last();
        self.push(Step::Match);
        match (self.too_large, balanced) {
            (true, _) => Err(BuildError::TooLarge),
            (false, false) => Err(BuildError::Unbalanced),
            (false, true) => Ok(Automaton::new(self.code, self.groups)),
        }
    }

    /// `x{n,m}` as `x` `n` times and then `(x(x(x)?)?)?`.
    fn repeat_bounded(
        &mut self,
        start: usize,
        length: usize,
        (min, max): (u32, u32),
        greedy: bool,
    ) {
        let (min, max) = (min as usize, max.max(min) as usize);
        let optional = max.saturating_sub(min);
        let total = length.saturating_mul(max).saturating_add(optional);
        if !self.fits(start.saturating_add(total)) {
            return;
        }
        let one = length.saturating_add(1);
        let split = |left: usize| fork(1, offset(left.saturating_mul(one)), greedy);
        let mut copied = start;
        let mut done = 1;
        if min == 0 {
            self.insert(start, split(optional));
            copied = start.saturating_add(1);
        }
        while done < max {
            if done >= min {
                self.push(split(max.saturating_sub(done)));
            }
            self.copy(copied, length);
            done = done.saturating_add(1);
        }
    }

    /// `x{n,}` as `x` `n` times, of which the last can be repeated; `x*` as `(x+)?` where `x` may be
    /// empty, or else what is preferred in it would be lost.
    fn repeat_unbounded(&mut self, start: usize, length: usize, min: u32, greedy: bool) {
        let times = min.max(1) as usize;
        let total = length.saturating_mul(times).saturating_add(2);
        if !self.fits(start.saturating_add(total)) {
            return;
        }
        let back = 0u32.wrapping_sub(offset(length));
        if min > 0 {
            for _ in 1..times {
                self.copy(start, length);
            }
            self.push(fork(back, 1, greedy));
            return;
        }
        self.insert(start, fork(1, offset(length).saturating_add(2), greedy));
        self.push(match self.last_empty {
            true => fork(back, 1, greedy),
            false => Step::Jump(back.wrapping_sub(1)),
        });
    }

    /// What was read last cannot be repeated any more.
    fn settle(&mut self) {
        if let Some(group) = self.open.last_mut() {
            group.empty &= self.last_empty;
        }
        self.last_empty = true;
        self.atom = None;
    }

    fn begin(&mut self, empty: bool) {
        self.settle();
        self.last_empty = empty;
        self.atom = Some(Part {
            start: self.code.steps.len(),
            groups: self.groups,
        });
    }

    fn open_group(&mut self, capture: Option<u32>) {
        self.settle();
        let part = Part {
            start: self.code.steps.len(),
            groups: self.groups,
        };
        if let Some(number) = capture {
            self.push(Step::Save(number.saturating_mul(2)));
            self.next_group = number.saturating_add(1);
            self.groups = self.next_group;
        }
        self.open.push(Group {
            part,
            capture,
            alternative: self.code.steps.len(),
            empty: true,
            other_empty: false,
            jumps: Vec::new(),
        });
    }

    fn push(&mut self, step: Step) {
        if self.fits(self.code.steps.len().saturating_add(1)) {
            self.code.steps.push(step);
        }
    }

    fn push_set(&mut self, node: &[Range]) {
        let first = offset(self.code.ranges.len());
        self.code.ranges.extend_from_slice(node);
        let count = offset(node.len());
        self.push(Step::Set { first, count });
    }

    fn insert(&mut self, place: usize, step: Step) {
        let length = self.code.steps.len();
        if place <= length && self.fits(length.saturating_add(1)) {
            self.code.steps.insert(place, step);
        }
    }

    fn copy(&mut self, start: usize, length: usize) {
        let end = start.saturating_add(length);
        let total = self.code.steps.len().saturating_add(length);
        if end <= self.code.steps.len() && self.fits(total) {
            self.code.steps.extend_from_within(start..end);
        }
    }

    /// Whether there may be so many instructions; gives up those there are if not.
    fn fits(&mut self, length: usize) -> bool {
        if length > self.most {
            self.too_large = true;
            self.code = Code::default();
        }
        !self.too_large
    }
}

/// Goes on here or there; here is preferred if `greedy`.
fn fork(here: Offset, there: Offset, greedy: bool) -> Step {
    match greedy {
        true => Step::Split(here, there),
        false => Step::Split(there, here),
    }
}

fn offset(distance: usize) -> Offset {
    u32::try_from(distance).unwrap_or(u32::MAX)
}
