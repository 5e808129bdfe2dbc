//! Following all threads of an automaton at once, in the order in which they are preferred (Pike; Cox,
//! Regular Expression Matching: the Virtual Machine Approach, 2009).

use crate::bits;
use crate::code::{Code, Step};

/// No place in a text.
pub(crate) const NOWHERE: usize = usize::MAX;

/// The memory of a search: for each thread that may be alive the places it remembers.
#[derive(Debug)]
pub(crate) struct Search<'c> {
    code: &'c Code,
    /// Places a thread remembers: where its match starts and ends, then those of groups.
    slots: usize,
    now: Threads,
    next: Threads,
    /// Instructions that were reached at the place that is looked at.
    reached: Vec<u64>,
    /// What is still to be reached at that place.
    pending: Vec<Pending>,
    /// The places that the thread remembers that is followed.
    places: Vec<usize>,
    /// Those of the match that was found.
    found: Vec<usize>,
    /// Instructions followed.
    #[cfg(test)]
    pub(crate) taken: usize,
}

/// What a search came to that began in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Match,
    NoMatch,
    /// Nothing is under way at this place.
    Idle(usize),
}

/// Threads in the order in which they are preferred.
#[derive(Debug, Default)]
struct Threads {
    at: Vec<u32>,
    /// For each the places it remembers.
    places: Vec<usize>,
}

#[derive(Debug)]
enum Pending {
    Reach(u32),
    /// What a slot held before a thread went another way.
    Restore(usize, usize),
}

impl<'c> Search<'c> {
    /// A search whose threads remember this many places.
    pub(crate) fn new(code: &'c Code, slots: usize) -> Self {
        Self {
            code,
            slots,
            now: Threads::default(),
            next: Threads::default(),
            reached: vec![0; bits::words(code.steps.len())],
            pending: Vec::new(),
            places: vec![NOWHERE; slots],
            found: Vec::new(),
            #[cfg(test)]
            taken: 0,
        }
    }

    /// The places of the first match that starts at or after `start`, as Perl prefers matches.
    pub(crate) fn first(&mut self, text: &[u8], start: usize) -> Option<&[usize]> {
        self.begin();
        let mut matched = false;
        for at in start..=text.len() {
            if !matched {
                self.start_thread(text, at);
            }
            if self.now.at.is_empty() && (matched || self.code.anchored()) {
                break;
            }
            matched |= self.advance(text, at);
        }
        matched.then_some(self.found.as_slice())
    }

    /// Goes on from threads that have come to `start`, until one matches or none is left.
    pub(crate) fn goes_on(
        &mut self,
        text: &[u8],
        start: usize,
        threads: impl Iterator<Item = u32>,
    ) -> Outcome {
        self.begin();
        for thread in threads {
            self.reach(thread, text, start);
        }
        core::mem::swap(&mut self.now, &mut self.next);
        for at in start..=text.len() {
            if at > start && self.now.at.is_empty() {
                return Outcome::Idle(at);
            }
            self.start_thread(text, at);
            if self.advance(text, at) {
                return Outcome::Match;
            }
        }
        Outcome::NoMatch
    }

    fn begin(&mut self) {
        self.now.clear();
        self.next.clear();
        self.reached.fill(0);
    }

    /// A match may start here; earlier ones are preferred.
    fn start_thread(&mut self, text: &[u8], at: usize) {
        self.places.fill(NOWHERE);
        if let Some(place) = self.places.first_mut() {
            *place = at;
        }
        core::mem::swap(&mut self.now, &mut self.next);
        self.reach(0, text, at);
        core::mem::swap(&mut self.now, &mut self.next);
    }

    /// Takes the byte at `at` in every thread; whether one has matched before it, which ends those that
    /// are preferred less.
    fn advance(&mut self, text: &[u8], at: usize) -> bool {
        self.reached.fill(0);
        let mut threads = core::mem::take(&mut self.now);
        let matched = self.advance_all(&threads, text, at);
        threads.clear();
        self.now = core::mem::replace(&mut self.next, threads);
        matched
    }

    fn advance_all(&mut self, threads: &Threads, text: &[u8], at: usize) -> bool {
        let byte = text.get(at).copied();
        for (thread, step) in threads.at.iter().enumerate() {
            let from = thread.saturating_mul(self.slots);
            let places = threads.places.get(from..from.saturating_add(self.slots));
            let places = places.unwrap_or_default();
            if matches!(self.code.step(*step), Step::Match) {
                self.found.clear();
                self.found.extend_from_slice(places);
                if let Some(end) = self.found.get_mut(1) {
                    *end = at;
                }
                return true;
            }
            if let Some(next) = byte.and_then(|byte| self.code.after(*step, byte)) {
                self.places.copy_from_slice(places);
                self.reach(next, text, at.saturating_add(1));
            }
        }
        false
    }

    /// Adds what is reached from an instruction without taking a byte to the next threads.
    fn reach(&mut self, step: u32, text: &[u8], at: usize) {
        self.follow(step, text, at);
        while let Some(pending) = self.pending.pop() {
            match pending {
                Pending::Restore(slot, place) => self.remember(slot, place),
                Pending::Reach(step) => self.follow(step, text, at),
            }
        }
    }

    fn remember(&mut self, slot: usize, place: usize) {
        if let Some(known) = self.places.get_mut(slot) {
            *known = place;
        }
    }

    fn follow(&mut self, mut step: u32, text: &[u8], at: usize) {
        while bits::add(&mut self.reached, step) {
            #[cfg(test)]
            {
                self.taken += 1;
            }
            let offset = match self.code.step(step) {
                Step::Byte(..) | Step::Set { .. } | Step::Match => {
                    self.next.at.push(step);
                    self.next.places.extend_from_slice(&self.places);
                    return;
                }
                Step::Split(first, second) => {
                    self.pending.push(Pending::Reach(step.wrapping_add(second)));
                    first
                }
                Step::Jump(offset) => offset,
                Step::Look(look) => {
                    let before = at.checked_sub(1).and_then(|at| text.get(at));
                    if !look.holds(before.copied(), text.get(at).copied()) {
                        return;
                    }
                    1
                }
                Step::Save(slot) => {
                    if let Some(place) = self.places.get(slot as usize).copied() {
                        self.pending.push(Pending::Restore(slot as usize, place));
                        self.remember(slot as usize, at);
                    }
                    1
                }
            };
            step = step.wrapping_add(offset);
        }
    }
}

impl Threads {
    fn clear(&mut self) {
        self.at.clear();
        self.places.clear();
    }
}
