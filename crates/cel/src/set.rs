//! Many programs and one attribute they tend to be guarded by: which of them can matter for a value of it.
//!
//! A policy such as `request.tool.name != "pay" || …` is true for every call of another tool. The
//! index finds that out by partial evaluation when it is built, so that a decision looks only at
//! the programs that can matter, however many there are.

use crate::environment::SlotId;
use crate::partial::{Fact, Known};
use crate::program::Program;
use crate::value::Value;

/// Which programs of an ordered list can give anything but the neutral result.
#[derive(Debug, Clone, Default)]
pub struct ProgramIndex {
    slot: SlotId,
    /// Programs that can matter for texts nobody mentions, in order.
    general: Vec<u32>,
    /// Programs that matter for one text and are not in `general`, in order.
    specific: Vec<Vec<u32>>,
    /// Open addressing: 0 is empty, else one more than a place in `keys` and `specific`.
    table: Vec<u32>,
    keys: Vec<Box<str>>,
    /// Every program, for when the attribute is absent or no text.
    all: Vec<u32>,
}

impl ProgramIndex {
    /// Indexes programs by the attribute `slot`. Beside each program stands its neutral result: it
    /// is left out for a value of the attribute when it gives that, whatever the other attributes are.
    pub fn new<'p>(programs: impl IntoIterator<Item = (&'p Program, bool)>, slot: SlotId) -> Self {
        let mut index = Self {
            slot,
            ..Self::default()
        };
        let mut known = vec![Known::Unknown; (slot.0 as usize).saturating_add(1)];
        let mut matters = |program: &Program, neutral: bool, guess: Known<'p>| {
            if let Some(place) = known.last_mut() {
                *place = guess;
            }
            program.fact(&known) != Fact::Is(neutral)
        };
        let mut pending = Vec::new();
        for (number, (program, neutral)) in (0u32..).zip(programs) {
            index.all.push(number);
            if matters(program, neutral, Known::OtherText) {
                index.general.push(number);
                continue;
            }
            for text in program.compared_texts(slot) {
                if matters(program, neutral, Known::Value(Value::String(text))) {
                    pending.push((text, number));
                }
            }
        }
        callgate_json::sort_by(&mut pending, Ord::cmp);
        pending.dedup();
        index.fill(&pending);
        index
    }

    fn fill(&mut self, sorted: &[(&str, u32)]) {
        for (text, number) in sorted {
            if self.keys.last().is_none_or(|last| **last != **text) {
                self.keys.push((*text).into());
                self.specific.push(Vec::new());
            }
            if let Some(programs) = self.specific.last_mut() {
                programs.push(*number);
            }
        }
        let size = self.keys.len().saturating_mul(2).next_power_of_two();
        self.table = vec![0; size];
        for (place, key) in (1u32..).zip(&self.keys) {
            let mut at = hash(key);
            while let Some(slot) = self.table.get_mut(at & size.wrapping_sub(1)) {
                if *slot == 0 {
                    *slot = place;
                    break;
                }
                at = at.wrapping_add(1);
            }
        }
    }

    /// The attribute programs are indexed by.
    pub fn slot(&self) -> SlotId {
        self.slot
    }

    /// Numbers of the programs that can matter for a value of the attribute, in order.
    pub fn relevant(&self, value: Option<Value<'_>>) -> Relevant<'_> {
        match value {
            Some(Value::String(text)) => Relevant {
                general: &self.general,
                specific: self.find(text).unwrap_or_default(),
            },
            _ => Relevant {
                general: &self.all,
                specific: &[],
            },
        }
    }

    fn find(&self, text: &str) -> Option<&[u32]> {
        let mask = self.table.len().wrapping_sub(1);
        let mut at = hash(text);
        loop {
            let place = self.table.get(at & mask)?.checked_sub(1)? as usize;
            if self.keys.get(place).is_some_and(|key| **key == *text) {
                return self.specific.get(place).map(Vec::as_slice);
            }
            at = at.wrapping_add(1);
        }
    }
}

/// FNV-1a. Keys come from policies, whose authors gain nothing by making them collide.
fn hash(text: &str) -> usize {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    text.bytes().fold(0x811c_9dc5, step) as usize
}

/// Iterator over the programs that can matter.
#[derive(Debug, Clone)]
pub struct Relevant<'i> {
    general: &'i [u32],
    specific: &'i [u32],
}

impl Iterator for Relevant<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let next = match (self.general.split_first(), self.specific.split_first()) {
            (Some((a, rest)), Some((b, _))) if a < b => {
                self.general = rest;
                a
            }
            (_, Some((b, rest))) => {
                self.specific = rest;
                b
            }
            (Some((a, rest)), None) => {
                self.general = rest;
                a
            }
            (None, None) => return None,
        };
        Some(*next as usize)
    }
}
