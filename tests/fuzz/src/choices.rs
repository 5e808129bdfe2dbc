//! Bytes read as a row of choices, so that any bytes are a case and a small change of them is a small
//! change of the case.

/// Choices still to be made.
#[derive(Debug, Clone)]
pub struct Choices<'b> {
    bytes: &'b [u8],
}

impl<'b> Choices<'b> {
    /// The choices that `bytes` stand for; when they end, every choice is the first.
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { bytes }
    }

    /// The next byte; 0 at the end.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else {
            return 0;
        };
        self.bytes = rest;
        *first
    }

    /// A number below `sides`, of which there are at most 256.
    pub fn below(&mut self, sides: usize) -> usize {
        usize::from(self.byte()) % sides.max(1)
    }

    /// Whether one of `sides` came up that is not the first.
    pub fn one_in(&mut self, sides: usize) -> bool {
        self.below(sides) == sides.saturating_sub(1)
    }

    /// One of some things.
    pub fn pick<'t, T>(&mut self, of: &'t [T]) -> Option<&'t T> {
        of.get(self.below(of.len()))
    }

    /// Whether all choices are made.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}
