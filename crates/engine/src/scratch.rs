//! Memory that decisions reuse.

use callgate_cel::Arena;
use callgate_model::Limits;

/// Working memory of decisions: bounded, empty between them, kept by the host.
#[derive(Debug)]
pub struct Scratch {
    pub(crate) arena: Arena,
    /// Units of gas one decision may spend.
    pub(crate) gas: u64,
}

impl Scratch {
    /// Working memory within `limits`.
    pub fn new(limits: &Limits) -> Self {
        Self {
            arena: Arena::new(limits.arena_bytes),
            gas: limits.gas,
        }
    }
}
