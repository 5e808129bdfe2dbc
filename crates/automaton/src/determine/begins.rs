//! What begins a match: it is in every set, so where it leads is worked out once.

use super::{Filling, address};
use crate::code::Step;
use crate::table::{Before, Table};

/// Where those lead that have just begun a match.
#[derive(Debug, Clone)]
pub(super) struct LedOn {
    then: Vec<u64>,
    row: u16,
}

impl Filling<'_> {
    /// The row that a byte of a class leads to if nothing has begun before; `then` becomes its set.
    pub(super) fn led_on(&mut self, before: Before, class: usize, then: &mut [u64]) -> u16 {
        let place = (before as usize).saturating_mul(self.stride);
        let place = place.saturating_add(class);
        if let Some(None) = self.led_on.get(place) {
            let led_on = self.lead_on(before, class);
            if let Some(place) = self.led_on.get_mut(place) {
                *place = Some(led_on);
            }
        }
        let Some(Some(led_on)) = self.led_on.get(place) else {
            return address(self.unknown());
        };
        then.copy_from_slice(&led_on.then);
        led_on.row
    }

    fn lead_on(&mut self, before: Before, class: usize) -> LedOn {
        let mut then = vec![0; self.words];
        let begun = self.begun.clone();
        let mut now = begun.clone();
        let byte = self.stands_for.get(class).copied();
        if self.looks && self.look_ahead(&begun, &mut now, before, byte) {
            let row = address(Table::MATCH);
            return LedOn { then, row };
        }
        let Some(byte) = byte else {
            let row = address(self.stride);
            return LedOn { then, row };
        };
        let after = Before::of(Some(byte));
        let mut matched = false;
        if let Some((start, matches)) = self.starts.get(after as usize) {
            then.copy_from_slice(start);
            matched = *matches;
        }
        matched |= self.take(&now, byte, &mut then);
        let row = match matched {
            true => address(Table::MATCH),
            false => self.row(&mut then.clone(), after),
        };
        LedOn { then, row }
    }

    /// Whether a set that begins a match after the start of the text tells that nothing else is under way:
    /// whatever takes a byte leads to more than what begins a match, or to nothing.
    pub(super) fn starts_tell(&mut self) -> bool {
        let starts = core::mem::take(&mut self.starts);
        let mut begins = vec![0; self.words];
        for (set, matched) in starts.iter().skip(1) {
            begins
                .iter_mut()
                .zip(set)
                .for_each(|(to, word)| *to |= word);
            if *matched {
                return false;
            }
        }
        let code = self.code;
        let mut reached = vec![0; self.words];
        (0u32..).zip(&code.steps).all(|(at, step)| {
            let mut leads_on = |offset: u32| {
                let target = at.wrapping_add(offset);
                let mut befores = [b'\n', b' '].iter();
                befores.all(|before| self.is_told(target, *before, &begins, &mut reached))
            };
            match step {
                Step::Byte(..) => leads_on(1),
                Step::Set { first, count } => {
                    let mut ranges = code.set(*first, *count).iter();
                    ranges.all(|range| leads_on(range.offset))
                }
                Step::Split(..) | Step::Jump(_) | Step::Look(_) | Step::Save(_) | Step::Match => {
                    true
                }
            }
        })
    }

    /// Whether an instruction, reached after a byte, leads to something that does not begin a match, or to
    /// nothing that goes on.
    fn is_told(&mut self, step: u32, before: u8, begins: &[u64], reached: &mut [u64]) -> bool {
        reached.fill(0);
        self.work = self.work.saturating_sub(self.words);
        let matched = self.reach(reached, step, Some(before), None);
        let mut other = reached.iter().zip(begins).zip(&self.kept);
        let more = other.any(|((set, begins), kept)| set & kept & !begins != 0);
        self.work > 0 && (matched || more || !self.keeps(reached))
    }
}
