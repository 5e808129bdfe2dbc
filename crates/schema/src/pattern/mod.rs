//! `pattern`: ECMA-262 regular expressions in linear time, with a size that is counted alike on every host.
//!
//! A pattern is read with the meaning ECMA-262 gives it under the `u` flag. What needs backtracking is
//! refused when the schema is compiled.

use std::sync::Arc;

use callgate_automaton::Automaton;

use crate::{Budget, Refusal};

mod category;
mod class;
mod ecma;

pub(crate) use ecma::PatternError;

/// Bytes that a state of a pattern counts for. What a state takes in memory depends on the host;
/// whether a pattern is taken must not.
const STATE_BYTES: u64 = 32;
/// Instructions of an automaton for each state that is counted, and more for all: so many that the count is
/// always what decides.
const INSTRUCTIONS: (usize, usize) = (2, 8);
/// Alternatives that following 16 bytes through the pattern may cost one unit for.
const STATES_PER_UNIT: u64 = 16;

/// A compiled pattern; it matches anywhere in a text unless anchored.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    automaton: Arc<Automaton>,
    /// Units for 16 bytes of text.
    weight: u64,
    /// Bytes it counts for against the limits.
    pub(crate) bytes: u64,
    pub(crate) source: Box<str>,
}

impl Pattern {
    /// Compiles a pattern that may count for `limit` bytes.
    pub(crate) fn compile(source: &str, limit: u32) -> Result<Self, PatternError> {
        let (each, all) = INSTRUCTIONS;
        let most = usize::try_from(u64::from(limit) / STATE_BYTES).unwrap_or(usize::MAX);
        let most = most.saturating_mul(each).saturating_add(all);
        let (builder, size) = ecma::read(source, most)?;
        let bytes = size.states.saturating_mul(STATE_BYTES);
        if bytes > u64::from(limit) {
            return Err(PatternError::TooLarge);
        }
        let automaton = builder.finish().map_err(|_| PatternError::TooLarge)?;
        Ok(Self {
            automaton: Arc::new(automaton),
            weight: size.alternatives.div_ceil(STATES_PER_UNIT).max(1),
            bytes,
            source: source.into(),
        })
    }

    /// Whether it matches in `text`.
    pub(crate) fn matches(&self, text: &str, budget: &mut Budget) -> Result<bool, Refusal> {
        let blocks = (text.len() as u64).div_ceil(16).max(1);
        budget.charge(blocks.saturating_mul(self.weight))?;
        Ok(self.automaton.is_match_at(text, 0))
    }
}

/// Whether `text` is a regular expression of ECMA-262 that can be matched here.
pub(crate) fn is_regex(text: &str) -> bool {
    ecma::read(text, 0).is_ok()
}

#[cfg(test)]
mod tests;
