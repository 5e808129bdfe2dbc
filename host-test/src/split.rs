//! Chunkings of a body, and the seeded numbers that random tests draw from.

/// Every way to cut `body` in two, the empty halves included: `len + 1` chunkings.
pub fn split_every_way(body: &[u8]) -> impl Iterator<Item = Vec<Vec<u8>>> {
    (0..=body.len()).map(|at| {
        let (head, tail) = body.split_at(at);
        vec![head.to_vec(), tail.to_vec()]
    })
}

/// The body one byte at a time.
#[must_use]
pub fn per_byte(body: &[u8]) -> Vec<Vec<u8>> {
    body.iter().map(|byte| vec![*byte]).collect()
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers for the same seed everywhere.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A stream of numbers that depends on the seed only.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 when the bound is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        let drawn = self.draw().checked_rem(bound).unwrap_or(0);
        usize::try_from(drawn).unwrap_or(0)
    }

    /// True once in `of` draws on average.
    pub fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    /// One of the items; none when there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// `body` in up to eight pieces, some of them empty.
    pub fn split(&mut self, body: &[u8]) -> Vec<Vec<u8>> {
        let cuts = self.below(8);
        let mut at: Vec<usize> = (0..cuts).map(|_| self.below(body.len() + 1)).collect();
        at.push(body.len());
        at.sort_unstable();
        let mut from = 0;
        let mut pieces = Vec::new();
        for cut in at {
            pieces.push(body.get(from..cut).unwrap_or_default().to_vec());
            from = cut;
        }
        pieces
    }
}
