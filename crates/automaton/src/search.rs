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
        self.run(text, start, false)
            .then_some(self.found.as_slice())
    }

    /// Whether there is a match, from threads that have come to `at` already.
    pub(crate) fn goes_on(
        &mut self,
        text: &[u8],
        at: usize,
        threads: impl Iterator<Item = u32>,
    ) -> bool {
        self.begin();
        for thread in threads {
            self.reach(thread, text, at);
        }
        core::mem::swap(&mut self.now, &mut self.next);
        self.run(text, at, true)
    }

    fn begin(&mut self) {
        self.now.clear();
        self.next.clear();
        self.reached.fill(0);
    }

    fn run(&mut self, text: &[u8], start: usize, any: bool) -> bool {
        let mut matched = false;
        for at in start..=text.len() {
            if !matched {
                self.start_thread(text, at);
            }
            if self.now.at.is_empty() && (matched || (self.code.anchored() && at > start)) {
                break;
            }
            self.reached.fill(0);
            matched |= self.advance(text, at);
            if matched && any {
                break;
            }
            core::mem::swap(&mut self.now, &mut self.next);
            self.next.clear();
        }
        matched
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
        let byte = text.get(at).copied();
        for thread in 0..self.now.at.len() {
            let Some(step) = self.now.at.get(thread).copied() else {
                continue;
            };
            let from = thread.saturating_mul(self.slots);
            let places = self.now.places.get(from..from.saturating_add(self.slots));
            let places = places.unwrap_or_default();
            if matches!(self.code.step(step), Step::Match) {
                self.found.clear();
                self.found.extend_from_slice(places);
                if let Some(end) = self.found.get_mut(1) {
                    *end = at;
                }
                return true;
            }
            if let Some(next) = byte.and_then(|byte| self.code.after(step, byte)) {
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
