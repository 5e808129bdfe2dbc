//! A pattern for whoever searches texts outside an expression: one dialect and one bound everywhere.

use super::PatternError;
use crate::error::ErrorCode;
use crate::gas::Gas;
use crate::program::Pattern;

/// A compiled pattern in RE2's syntax.
#[derive(Debug)]
pub struct TextPattern(Pattern);

impl TextPattern {
    /// Compiles a pattern; `limit` bounds what it compiles to, counted in bytes alike on every host.
    ///
    /// # Errors
    /// What is wrong with the pattern, in words for its author.
    pub fn compile(source: &str, limit: u32) -> Result<Self, String> {
        super::compile(source, limit)
            .map(Self)
            .map_err(|error: PatternError| error.to_string())
    }

    /// Whether `compile` would take the pattern, and what [`bytes`](Self::bytes) it would have; builds
    /// nothing.
    ///
    /// # Errors
    /// As [`compile`](Self::compile).
    pub fn measure(source: &str, limit: u32) -> Result<u64, String> {
        let measured = super::measure(source, limit);
        measured
            .map(|measure| measure.bytes)
            .map_err(|error: PatternError| error.to_string())
    }

    /// Bytes that the pattern counts for against a bound on all patterns together.
    pub fn bytes(&self) -> u64 {
        self.0.measure.bytes
    }

    /// What every match begins with, in some case.
    pub(super) fn prefix(&self) -> &[u8] {
        self.0.prefix.bytes()
    }

    /// Pays for asking whether it matches in `text`.
    ///
    /// # Errors
    /// [`ErrorCode::GasExhausted`] when that cannot be paid.
    pub fn charge(&self, text: &str, gas: &mut Gas) -> Result<(), ErrorCode> {
        self.0.charge(text, gas)
    }

    /// Whether it matches anywhere in `text`.
    ///
    /// # Errors
    /// [`ErrorCode::GasExhausted`] when that cannot be paid.
    pub fn is_match(&self, text: &str, gas: &mut Gas) -> Result<bool, ErrorCode> {
        self.0.matches(text, gas)
    }

    /// The leftmost match at or after `from`, as a range of bytes. Pays for what is left to read.
    ///
    /// # Errors
    /// [`ErrorCode::GasExhausted`] when that cannot be paid.
    pub fn find(
        &self,
        text: &str,
        from: usize,
        gas: &mut Gas,
    ) -> Result<Option<(usize, usize)>, ErrorCode> {
        if from == 0 {
            self.0.charge(text, gas)?;
        } else {
            self.0.charge_next(text, from, gas)?;
        }
        if !text.is_char_boundary(from) {
            return Ok(None);
        }
        Ok(self.0.automaton.find_at(text, from))
    }
}
