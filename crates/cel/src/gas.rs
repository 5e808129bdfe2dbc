//! What an evaluation may spend, in steps that are the same on every host.

use crate::error::ErrorCode;

/// Bytes looked at or copied for one unit of gas.
pub(crate) const BYTES_PER_UNIT: usize = 16;

/// A budget of evaluation steps. One unit is one node evaluated, one element visited, or 16 bytes
/// looked at; several evaluations may share one budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gas {
    limit: u64,
    left: u64,
}

impl Gas {
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
    /// [`ErrorCode::GasExhausted`] when fewer are left; then none are.
    pub const fn charge(&mut self, units: u64) -> Result<(), ErrorCode> {
        match self.left.checked_sub(units) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.left = 0;
                Err(ErrorCode::GasExhausted)
            }
        }
    }

    /// Spends `units` if there are as many left; `None`, and nothing is spent, if not.
    #[inline(always)]
    pub(crate) const fn spend(&mut self, units: u64) -> Option<()> {
        match self.left.checked_sub(units) {
            Some(left) => {
                self.left = left;
                Some(())
            }
            None => None,
        }
    }

    /// Spends what looking at or copying `bytes` costs.
    ///
    /// # Errors
    /// As [`charge`](Self::charge).
    pub const fn charge_bytes(&mut self, bytes: usize) -> Result<(), ErrorCode> {
        self.charge((bytes / BYTES_PER_UNIT) as u64)
    }
}
