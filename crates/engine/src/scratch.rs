//! Memory that decisions reuse.

use callgate_cel::{Arena, Memo};
use callgate_model::Limits;

/// Working memory of decisions: bounded, empty between them, kept by the host.
#[derive(Debug)]
pub struct Scratch {
    pub(crate) arena: Arena,
    pub(crate) memo: Memo,
    /// Units of gas one decision may spend.
    pub(crate) gas: u64,
    pub(crate) limits: ExplainLimits,
}

impl Scratch {
    /// Working memory within `limits`.
    pub fn new(limits: &Limits) -> Self {
        Self {
            arena: Arena::new(limits.arena_bytes),
            memo: Memo::default(),
            gas: limits.gas,
            limits: limits.into(),
        }
    }
}

/// What explaining may take, beside what deciding takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExplainLimits {
    /// For all policies together.
    pub(crate) gas: u64,
    /// For one policy.
    pub(crate) arena_bytes: u32,
    /// For one value that is shown.
    pub(crate) value_bytes: usize,
}

impl From<&Limits> for ExplainLimits {
    fn from(limits: &Limits) -> Self {
        Self {
            gas: limits.gas,
            arena_bytes: limits.arena_bytes,
            value_bytes: limits.explain_value_bytes as usize,
        }
    }
}
