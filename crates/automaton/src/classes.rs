//! Which bytes an automaton tells apart.

use crate::code::{Code, Look, Range, Step};

/// Classes of bytes that no instruction tells apart.
#[derive(Debug)]
pub(crate) struct Classes {
    /// The class of each byte.
    pub(crate) of: Box<[u8; 256]>,
    /// For each class one of its bytes.
    pub(crate) stands_for: Vec<u8>,
}

impl Classes {
    pub(crate) fn new(code: &Code) -> Self {
        let mut starts = [false; 256];
        each_set(code, &mut |set| {
            let ends = set
                .iter()
                .flat_map(|(from, to)| [Some(*from), to.checked_add(1)]);
            for start in ends.flatten() {
                if let Some(start) = starts.get_mut(usize::from(start)) {
                    *start = true;
                }
            }
        });
        // Runs of bytes between the ends of ranges, each with a number that other runs may share.
        let all = (0u8..=255).zip(starts);
        let first = all.filter(|(byte, starts)| *starts || *byte == 0);
        let mut runs: Vec<(u8, u32)> = first.map(|(byte, _)| (byte, 0)).collect();
        let mut numbers = 1;
        each_set(code, &mut |set| split(&mut runs, set, &mut numbers));
        Self::numbered(&runs)
    }

    /// Gives each number of a run, in the order of their bytes, the next class.
    fn numbered(runs: &[(u8, u32)]) -> Self {
        let mut classes = Self {
            of: Box::new([0; 256]),
            stands_for: Vec::new(),
        };
        let mut known: Vec<u32> = Vec::new();
        let mut runs = runs.iter().peekable();
        let mut class = 0;
        for (byte, place) in (0u8..=255).zip(classes.of.iter_mut()) {
            if let Some((_, number)) = runs.next_if(|(first, _)| *first == byte) {
                class = known
                    .iter()
                    .position(|known| known == number)
                    .unwrap_or(known.len());
                if class == known.len() {
                    known.push(*number);
                    classes.stands_for.push(byte);
                }
            }
            *place = u8::try_from(class).unwrap_or_default();
        }
        classes
    }
}

/// Tells the runs of a set from others that had the same number.
fn split(runs: &mut [(u8, u32)], set: &[(u8, u8)], numbers: &mut u32) {
    let first_new = *numbers;
    let mut renamed: Vec<u32> = Vec::new();
    let inside = |first: u8| set.iter().any(|(from, to)| *from <= first && first <= *to);
    for (_, number) in runs.iter_mut().filter(|(first, _)| inside(*first)) {
        let place = renamed.iter().position(|known| known == number);
        let place = place.unwrap_or_else(|| {
            renamed.push(*number);
            renamed.len().saturating_sub(1)
        });
        *number = first_new.saturating_add(u32::try_from(place).unwrap_or_default());
    }
    *numbers = numbers.saturating_add(u32::try_from(renamed.len()).unwrap_or_default());
}

/// What is done with each set of bytes, in ranges.
type Each<'e> = &'e mut dyn FnMut(&[(u8, u8)]);

/// The sets of bytes that instructions tell from the rest.
fn each_set(code: &Code, each: Each<'_>) {
    let mut looks: Vec<Look> = Vec::new();
    let mut last = Step::Match;
    for step in &code.steps {
        // A repetition has the same ones again and again.
        if *step == last {
            continue;
        }
        match step {
            Step::Byte(from, to) => each(&[(*from, *to)]),
            Step::Set { first, count } => each_target(code.set(*first, *count), each),
            Step::Look(look) if !looks.contains(look) => {
                looks.push(*look);
                asked(*look).iter().for_each(|set| each(set));
            }
            Step::Look(_) | Step::Split(..) | Step::Jump(_) | Step::Save(_) | Step::Match => {}
        }
        last = *step;
    }
}

/// The bytes of each instruction that ranges lead to.
fn each_target(ranges: &[Range], each: Each<'_>) {
    for (place, range) in ranges.iter().enumerate() {
        let mut before = ranges.iter().take(place);
        if before.any(|other| other.offset == range.offset) {
            continue;
        }
        let same = ranges.iter().filter(|other| other.offset == range.offset);
        let same: Vec<(u8, u8)> = same.map(|range| (range.from, range.to)).collect();
        each(&same);
    }
}

/// The sets of bytes that an assertion asks about.
fn asked(look: Look) -> &'static [&'static [(u8, u8)]] {
    const WORD: &[(u8, u8)] = &[(b'0', b'9'), (b'A', b'Z'), (b'_', b'_'), (b'a', b'z')];
    match look {
        Look::TextStart | Look::TextEnd => &[],
        Look::LineStart | Look::LineEnd => &[&[(b'\n', b'\n')]],
        Look::WordBoundary => &[WORD],
        Look::NotWordBoundary => &[WORD, &[(0x80, 0xbf)]],
    }
}
