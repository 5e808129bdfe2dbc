//! Which members or elements of a value were judged already, for `unevaluated…` (Core, section 11).

/// A set of indices: of the members of an object in document order, or of the elements of an array.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    all: bool,
    words: Vec<u64>,
}

impl Seen {
    pub(super) fn has(&self, index: usize) -> bool {
        let word = self.words.get(index >> 6).copied().unwrap_or(0);
        self.all || word.wrapping_shr(index as u32 & 63) & 1 == 1
    }

    pub(super) fn add(&mut self, index: usize) {
        let place = index >> 6;
        if place >= self.words.len() {
            self.words.resize(place.saturating_add(1), 0);
        }
        if let Some(word) = self.words.get_mut(place) {
            *word |= 1u64.wrapping_shl(index as u32 & 63);
        }
    }

    pub(super) fn add_everything(&mut self) {
        self.all = true;
    }

    pub(super) fn add_all(&mut self, other: &Self) {
        self.all |= other.all;
        if other.words.len() > self.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// Units of gas that adding it to another costs.
    pub(super) fn weight(&self) -> u64 {
        self.words.len() as u64
    }
}
