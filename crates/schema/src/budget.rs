//! What judging a value may spend, in steps that are the same on every host.

/// Bytes looked at for one unit.
const BYTES_PER_UNIT: usize = 16;

/// A budget of steps. One unit is one schema or rule judged, one member or element visited, one
/// name looked up, or 16 bytes looked at; patterns cost more as they grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    limit: u64,
    left: u64,
}

/// Why a value could not be judged. The caller must treat each as "not valid".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The budget is spent.
    #[error("the budget is spent before the value is judged")]
    GasExhausted,
    /// More schemas inside each other than [`Limits::depth`](crate::Limits::depth).
    #[error("schemas are nested deeper than the limit while judging the value")]
    TooDeep,
    /// A number whose exponent has more than 15 digits.
    #[error("a number has an exponent beyond the limit")]
    NumberOutOfRange,
}

impl Budget {
    /// A budget of `limit` units.
    pub const fn new(limit: u64) -> Self {
        Self { limit, left: limit }
    }

    /// Units spent so far.
    pub const fn used(&self) -> u64 {
        self.limit.saturating_sub(self.left)
    }

    /// Units left.
    pub const fn left(&self) -> u64 {
        self.left
    }

    /// Spends `units`.
    ///
    /// # Errors
    /// [`Refusal::GasExhausted`] when fewer are left; then none are.
    pub const fn charge(&mut self, units: u64) -> Result<(), Refusal> {
        match self.left.checked_sub(units) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.left = 0;
                Err(Refusal::GasExhausted)
            }
        }
    }

    /// Spends what looking at `bytes` costs.
    pub(crate) const fn charge_bytes(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.charge((bytes / BYTES_PER_UNIT) as u64)
    }
}
