//! The instructions of an automaton. Every offset is relative, so that a part can be copied as it stands.

/// An automaton without capturing state: a thread that stands at an instruction goes on from there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Code {
    pub(crate) steps: Vec<Step>,
    /// What [`Step::Set`] refers to: ranges of bytes and how far they lead.
    pub(crate) ranges: Vec<Range>,
}

/// One instruction; it leads on to the next unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Takes one byte between the two.
    Byte(u8, u8),
    /// Takes one byte in one of `count` ranges, which follow each other.
    Set {
        first: u32,
        count: u32,
    },
    /// Goes on at two places, preferring the first.
    Split(Offset, Offset),
    Jump(Offset),
    Look(Look),
    /// Remembers the place in the text.
    Save(u32),
    Match,
}

/// How far away an instruction is; backwards wraps around.
pub(crate) type Offset = u32;

/// Bytes that lead to another instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) from: u8,
    pub(crate) to: u8,
    pub(crate) offset: Offset,
}

/// What must hold between two characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The start of the text.
    TextStart,
    /// The end of the text.
    TextEnd,
    /// The start of the text or of a line after `\n`.
    LineStart,
    /// The end of the text or of a line before `\n`.
    LineEnd,
    /// One side is an ASCII letter, a digit or `_`, and the other is not.
    WordBoundary,
    /// Both sides are such, or neither is.
    NotWordBoundary,
}

impl Look {
    /// Whether it holds between these two bytes; there is none at an end of the text.
    pub(crate) fn holds(self, before: Option<u8>, after: Option<u8>) -> bool {
        match self {
            Self::TextStart => before.is_none(),
            Self::TextEnd => after.is_none(),
            Self::LineStart => before.is_none_or(|byte| byte == b'\n'),
            Self::LineEnd => after.is_none_or(|byte| byte == b'\n'),
            Self::WordBoundary => is_word(before) != is_word(after),
            // Inside a character there is no place to look from.
            Self::NotWordBoundary => is_word(before) == is_word(after) && !is_inside(after),
        }
    }

    /// Whether what comes before decides alone.
    pub(crate) fn looks_back(self) -> bool {
        matches!(self, Self::TextStart | Self::LineStart)
    }
}

pub(crate) fn is_word(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a byte continues a character.
fn is_inside(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte & 0xc0 == 0x80)
}

impl Code {
    pub(crate) fn step(&self, at: u32) -> Step {
        self.steps.get(at as usize).copied().unwrap_or(Step::Match)
    }

    /// Whether a match can begin at the start of the text only.
    pub(crate) fn anchored(&self) -> bool {
        let mut steps = self.steps.iter();
        let first = steps.find(|step| !matches!(step, Step::Save(_)));
        matches!(first, Some(Step::Look(Look::TextStart)))
    }

    /// The ranges of a [`Step::Set`].
    pub(crate) fn set(&self, first: u32, count: u32) -> &[Range] {
        let from = first as usize;
        let ranges = self.ranges.get(from..from.saturating_add(count as usize));
        ranges.unwrap_or_default()
    }

    /// Where a byte leads from the instruction `at`.
    pub(crate) fn after(&self, at: u32, byte: u8) -> Option<u32> {
        match self.step(at) {
            Step::Byte(from, to) => (from <= byte && byte <= to).then(|| at.wrapping_add(1)),
            Step::Set { first, count } => {
                let mut ranges = self.set(first, count).iter();
                let range = ranges.find(|range| byte <= range.to)?;
                (range.from <= byte).then(|| at.wrapping_add(range.offset))
            }
            Step::Split(..) | Step::Jump(_) | Step::Look(_) | Step::Save(_) | Step::Match => None,
        }
    }
}
