//! Filling the table: sets of instructions, from those where a search begins on, as far as there is room
//! (Rabin and Scott, Finite Automata and Their Decision Problems, 1959).

use crate::bits;
use crate::classes::Classes;
use crate::code::{Code, Step};
use crate::table::{BEFORE, Before, Table};

use begins::LedOn;

mod begins;

/// Bytes of a table that every automaton may have, and more for each of its instructions.
const BYTES: (usize, usize) = (2_048, 64);
/// Rows at the start of a table that stand for no set.
const SPECIAL: usize = 3;
/// Steps of filling a table, likewise.
const WORK: (usize, usize) = (4_096, 256);

/// How much there may be of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub(crate) bytes: usize,
    /// Steps of filling it.
    pub(crate) work: usize,
}

impl Room {
    /// The room that an automaton has by its size.
    pub(crate) fn of(code: &Code) -> Self {
        let bound = |(all, each): (usize, usize)| {
            let length = code.steps.len();
            length.saturating_mul(each).saturating_add(all)
        };
        Self {
            bytes: bound(BYTES),
            work: bound(WORK),
        }
    }
}

/// The table of an automaton, as far as there is room.
pub(crate) fn table(code: &Code, room: Room) -> Table {
    let classes = Classes::new(code);
    let stride = classes.stands_for.len().saturating_add(1);
    let words = bits::words(code.steps.len());
    let mut filling = Filling {
        code,
        stands_for: classes.stands_for,
        stride,
        words,
        kept: kept(code),
        looks: code.steps.iter().any(|step| matches!(step, Step::Look(_))),
        sets: Vec::new(),
        before: Vec::new(),
        next: Vec::new(),
        known: Vec::new(),
        starts: Default::default(),
        begins_later: false,
        begun: Vec::new(),
        led_on: vec![None; BEFORE.len().saturating_mul(stride)],
        taken: false,
        pending: Vec::new(),
        work: room.work,
        most_rows: most_rows(stride, words, room.bytes),
    };
    let starts = filling.fill();
    let starts_tell = filling.starts_tell();
    let unknown = stride.saturating_mul(2);
    let rest = filling.next.get(stride.saturating_mul(SPECIAL)..);
    let mut places = rest.into_iter().flatten().chain(&starts);
    let complete = places.all(|next| usize::from(*next) != unknown);
    Table {
        classes: classes.of,
        stride,
        next: filling.next,
        starts,
        starts_tell,
        sets: match complete {
            true => Vec::new(),
            false => filling.sets,
        },
        words,
    }
}

/// The instructions that a set is told by: those that take a byte, and assertions about what comes.
fn kept(code: &Code) -> Vec<u64> {
    let mut kept = vec![0; bits::words(code.steps.len())];
    for (at, step) in (0u32..).zip(&code.steps) {
        let keeps = match step {
            Step::Byte(..) => true,
            Step::Set { count, .. } => *count > 0,
            Step::Look(look) => !look.looks_back(),
            Step::Split(..) | Step::Jump(_) | Step::Save(_) | Step::Match => false,
        };
        if keeps {
            bits::add(&mut kept, at);
        }
    }
    kept
}

/// Rows that fit in so many bytes.
fn most_rows(stride: usize, words: usize, bytes: usize) -> usize {
    let row = stride.saturating_mul(size_of::<u16>());
    let row = row.saturating_add(words.saturating_mul(size_of::<u64>()));
    let addressed = usize::from(u16::MAX).checked_div(stride);
    let rows = bytes.checked_div(row).unwrap_or(0);
    rows.min(addressed.unwrap_or(0)).max(SPECIAL)
}

struct Filling<'c> {
    code: &'c Code,
    /// For each class of bytes one of them.
    stands_for: Vec<u8>,
    stride: usize,
    words: usize,
    kept: Vec<u64>,
    /// Whether there are assertions.
    looks: bool,
    /// For each row its set, and what comes before if its assertions ask.
    sets: Vec<u64>,
    before: Vec<Before>,
    next: Vec<u16>,
    /// Hashes of sets with the numbers of their rows, in order.
    known: Vec<(u64, usize)>,
    /// What begins a match, by what comes before, and whether that is a match already.
    starts: [(Vec<u64>, bool); BEFORE.len()],
    /// Whether a match may begin after the start of the text.
    begins_later: bool,
    /// What begins a match whatever comes before: it is in every set. Where it leads, by what comes before
    /// and the class that follows.
    begun: Vec<u64>,
    led_on: Vec<Option<LedOn>>,
    /// Whether something took the last byte.
    taken: bool,
    /// What is still to be followed.
    pending: Vec<u32>,
    /// Steps left.
    work: usize,
    most_rows: usize,
}

impl Filling<'_> {
    fn fill(&mut self) -> [u16; BEFORE.len()] {
        for special in [Table::MATCH, self.stride, self.unknown()] {
            self.push_row(special, Before::Other, &vec![0; self.words]);
        }
        let starts = BEFORE.map(|before| {
            let mut set = vec![0; self.words];
            let matched = self.reach(&mut set, 0, before.byte(), None);
            (before, set, matched)
        });
        // What comes before the start of a text comes there alone.
        let mut later = starts.iter().skip(1);
        self.begins_later = later.any(|(_, set, matched)| *matched || self.keeps(set));
        let rows = starts
            .each_ref()
            .map(|(before, set, matched)| match matched {
                true => address(Table::MATCH),
                false => self.row(&mut set.clone(), *before),
            });
        self.starts = starts.map(|(_, set, matched)| (set, matched));
        let other = self.starts.last().map(|(set, _)| set.clone());
        self.begun = other.unwrap_or_default();
        mask(&mut self.begun, &self.kept);
        let mut row = SPECIAL;
        while row < self.before.len() && self.work > 0 {
            self.fill_row(row);
            row = row.saturating_add(1);
        }
        rows
    }

    fn keeps(&self, set: &[u64]) -> bool {
        let mut words = set.iter().zip(&self.kept);
        words.any(|(word, kept)| word & kept != 0)
    }

    fn fill_row(&mut self, row: usize) {
        let first = row.saturating_mul(self.words);
        let set = self.sets.get(first..first.saturating_add(self.words));
        let set = set.unwrap_or_default().iter().zip(&self.begun);
        let rest: Vec<u64> = set.map(|(word, begun)| word & !begun).collect();
        let before = self.before.get(row).copied().unwrap_or(Before::Other);
        let (mut now, mut then) = (rest.clone(), rest.clone());
        let looks = self.asks(&rest);
        for class in 0..self.stride {
            if self.work == 0 {
                return;
            }
            now.copy_from_slice(&rest);
            let asks = looks.then_some(rest.as_slice());
            let next = self.next_row(asks, before, class, (&mut now, &mut then));
            let place = row.saturating_mul(self.stride).saturating_add(class);
            if let Some(place) = self.next.get_mut(place) {
                *place = next;
            }
        }
    }

    /// The row that a byte of a class leads to, or the end of the text if it has none, from `now` and what
    /// has just begun; `then` has room for the next set. `asks` is the same as `now` if there are assertions
    /// in it.
    fn next_row(
        &mut self,
        asks: Option<&[u64]>,
        before: Before,
        class: usize,
        (now, then): (&mut [u64], &mut [u64]),
    ) -> u16 {
        let row = self.led_on(before, class, then);
        if usize::from(row) == Table::MATCH {
            return row;
        }
        let byte = self.stands_for.get(class).copied();
        if asks.is_some_and(|set| self.look_ahead(set, now, before, byte)) {
            return address(Table::MATCH);
        }
        let Some(byte) = byte else {
            return row;
        };
        if self.take(now, byte, then) {
            return address(Table::MATCH);
        }
        match self.taken {
            true => self.row(then, Before::of(Some(byte))),
            false => row,
        }
    }

    /// Follows the assertions of a set that hold before a byte; whether that leads to a match.
    fn look_ahead(
        &mut self,
        set: &[u64],
        now: &mut [u64],
        before: Before,
        byte: Option<u8>,
    ) -> bool {
        bits::members(set).any(|at| match self.code.step(at) {
            Step::Look(look) if look.holds(before.byte(), byte) => {
                self.reach(now, at.wrapping_add(1), before.byte(), Some(byte))
            }
            _ => false,
        })
    }

    /// Takes a byte in all of `now`, adding to `then`; whether that leads to a match.
    fn take(&mut self, now: &[u64], byte: u8, then: &mut [u64]) -> bool {
        self.work = self.work.saturating_sub(self.words);
        self.taken = false;
        bits::members(now).any(|at| {
            self.work = self.work.saturating_sub(1);
            let next = self.code.after(at, byte);
            self.taken |= next.is_some();
            next.is_some_and(|next| self.reach(then, next, Some(byte), None))
        })
    }

    /// Adds what is reached from an instruction without taking a byte; whether there is a match.
    /// Assertions about what comes after are left where that is not known.
    fn reach(
        &mut self,
        set: &mut [u64],
        step: u32,
        before: Option<u8>,
        after: Option<Option<u8>>,
    ) -> bool {
        self.pending.clear();
        self.pending.push(step);
        while let Some(mut step) = self.pending.pop() {
            while bits::add(set, step) {
                self.work = self.work.saturating_sub(1);
                let offset = match self.code.step(step) {
                    Step::Match => return true,
                    Step::Byte(..) | Step::Set { .. } => break,
                    Step::Split(first, second) => {
                        self.pending.push(step.wrapping_add(second));
                        first
                    }
                    Step::Jump(offset) => offset,
                    Step::Save(_) => 1,
                    Step::Look(look) => {
                        let after = after.or(look.looks_back().then_some(None));
                        match after.is_some_and(|after| look.holds(before, after)) {
                            true => 1,
                            false => break,
                        }
                    }
                };
                step = step.wrapping_add(offset);
            }
        }
        false
    }

    /// The row of a set, which is made if it is not known and there is room.
    fn row(&mut self, set: &mut [u64], before: Before) -> u16 {
        mask(set, &self.kept);
        self.work = self.work.saturating_sub(self.words);
        if !self.begins_later && set.iter().all(|word| *word == 0) {
            return address(self.stride);
        }
        let before = match self.asks(set) {
            true => before,
            false => Before::Other,
        };
        let hash = hash(set, before);
        let from = self.known.partition_point(|(known, _)| *known < hash);
        let same = self.known.get(from..).unwrap_or_default().iter();
        let mut same = same.take_while(|(known, _)| *known == hash);
        if let Some((_, row)) = same.find(|(_, row)| self.is(*row, set, before)) {
            return address(row.saturating_mul(self.stride));
        }
        let row = self.before.len();
        if row >= self.most_rows {
            return address(self.unknown());
        }
        self.known.insert(from, (hash, row));
        self.push_row(self.unknown(), before, set);
        address(row.saturating_mul(self.stride))
    }

    /// Whether there are assertions about what comes after in a set.
    fn asks(&self, set: &[u64]) -> bool {
        let asks = |at| matches!(self.code.step(at), Step::Look(_));
        self.looks && bits::members(set).any(asks)
    }

    /// Whether a row is that of a set.
    fn is(&self, row: usize, set: &[u64], before: Before) -> bool {
        let first = row.saturating_mul(self.words);
        let known = self.sets.get(first..first.saturating_add(self.words));
        known == Some(set) && self.before.get(row) == Some(&before)
    }

    /// Adds a row that leads to one other.
    fn push_row(&mut self, leads_to: usize, before: Before, set: &[u64]) {
        self.sets.extend_from_slice(set);
        self.before.push(before);
        let length = self.next.len().saturating_add(self.stride);
        self.next.resize(length, address(leads_to));
    }

    fn unknown(&self) -> usize {
        self.stride.saturating_mul(2)
    }
}

fn mask(set: &mut [u64], kept: &[u64]) {
    set.iter_mut()
        .zip(kept)
        .for_each(|(word, kept)| *word &= kept);
}

fn hash(set: &[u64], before: Before) -> u64 {
    set.iter().fold(before as u64, |hash, word| {
        (hash ^ word)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
    })
}

/// Where a row is; there are no more than have an address.
fn address(place: usize) -> u16 {
    u16::try_from(place).unwrap_or_default()
}
