//! Regular expressions with RE2's syntax and meaning, as automata.
//!
//! RE2's `\d`, `\w`, `\s` and `\b` are ASCII, `.` and `[^…]` match whole code points, and `(?i)`
//! folds by Unicode's simple rules.

use std::sync::Arc;

use callgate_automaton::BuildError;

use crate::error::ErrorCode;
use crate::gas::Gas;
use crate::program::Pattern;
use re2::Translated;

mod class;
mod prefix;
mod re2;
mod text;
mod trigrams;

pub(crate) use prefix::Prefix;
pub(crate) use re2::PatternError;
pub use text::TextPattern;
pub use trigrams::Trigrams;

/// Bytes that a state of a pattern counts for. What a state takes in memory depends on the host;
/// whether a pattern is taken must not.
const STATE_BYTES: u64 = 32;
/// Instructions of an automaton for each state that is counted, and more for all: so many that the count is
/// always what decides.
const INSTRUCTIONS: (usize, usize) = (2, 8);

/// Units of gas that building a state costs during evaluation.
const STATE_GAS: u64 = 16;
/// Characters whose case is looked up for one unit.
const FOLDS_PER_UNIT: u64 = 4;

/// Compiles a pattern; `limit` bounds what it compiles to, counted in bytes alike on every host.
pub(crate) fn compile(source: &str, limit: u32) -> Result<Pattern, PatternError> {
    build(
        source,
        re2::translate(source, instructions(limit), &mut 0)?,
        limit,
    )
}

/// What a pattern would count for, if it can be compiled.
pub(crate) fn measure(source: &str, limit: u32) -> Result<Measure, PatternError> {
    // There is no room for an automaton, so none is built.
    check(&re2::translate(source, 0, &mut 0)?, limit)
}

/// Compiles a pattern during evaluation, which pays for it.
pub(crate) fn compile_paid(source: &str, limit: u32, gas: &mut Gas) -> Result<Pattern, ErrorCode> {
    let mut folds = 0;
    let read = re2::translate(source, instructions(limit), &mut folds);
    // What turns out to be no pattern has been read, too.
    gas.charge(fold_gas(folds))?;
    let translated = read.map_err(|_| ErrorCode::InvalidRegex)?;
    // One that would be too large is given up there.
    let states = translated.states.min(most_states(limit));
    gas.charge(states.saturating_mul(STATE_GAS))?;
    build(source, translated, limit).map_err(|_| ErrorCode::InvalidRegex)
}

const fn fold_gas(folds: u32) -> u64 {
    (folds as u64).div_ceil(FOLDS_PER_UNIT)
}

const fn most_states(limit: u32) -> u64 {
    limit as u64 / STATE_BYTES
}

const fn instructions(limit: u32) -> usize {
    let (each, all) = INSTRUCTIONS;
    (most_states(limit) as usize)
        .saturating_mul(each)
        .saturating_add(all)
}

fn check(translated: &Translated, limit: u32) -> Result<Measure, PatternError> {
    if translated.states > most_states(limit) {
        return Err(PatternError::TooLarge);
    }
    if translated.ambiguous {
        return Err(PatternError::Invalid("two groups of one name"));
    }
    Ok(Measure {
        weight: translated.size.div_ceil(STATES_PER_UNIT).max(1),
        reach: translated.reach,
        bytes: translated.states.saturating_mul(STATE_BYTES),
        folds: translated.folds,
    })
}

fn build(source: &str, translated: Translated, limit: u32) -> Result<Pattern, PatternError> {
    let measure = check(&translated, limit)?;
    let automaton = translated.builder.finish().map_err(|error| match error {
        BuildError::TooLarge => PatternError::TooLarge,
        BuildError::Unbalanced => PatternError::Invalid("this pattern"),
    })?;
    Ok(Pattern {
        automaton: Arc::new(automaton),
        source: source.into(),
        measure,
        prefix: translated.prefix,
    })
}

/// Alternatives that following a text of 16 bytes through the pattern may cost one unit of gas for.
const STATES_PER_UNIT: u64 = 4;
/// What finding groups costs beside finding out whether there is a match: it cannot use automata that
/// are built once.
pub(crate) const CAPTURES: u64 = 4;

/// The weight of the heaviest pattern that is compiled while evaluating: each alternative is a
/// state at least.
pub(crate) const HEAVIEST: u64 = most_states(crate::functions::PATTERN_BYTES) / STATES_PER_UNIT + 1;
/// What building any pattern while evaluating costs at most, beside reading it.
pub(crate) const DEAREST: u64 =
    most_states(crate::functions::PATTERN_BYTES) * STATE_GAS + fold_gas(re2::FOLDS_BEFORE_REFUSAL);

/// What a pattern counts for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measure {
    /// Gas per 16 bytes of text.
    pub weight: u64,
    /// Bytes that the longest match can have; `None` without bound.
    pub reach: Option<u64>,
    /// What it compiles to, counted in bytes alike on every host.
    pub bytes: u64,
    /// Characters whose case is looked up to compile it.
    pub folds: u32,
}

impl Measure {
    /// What building it while evaluating costs, beside reading it.
    pub(crate) fn building_gas(&self) -> u64 {
        let states = self.bytes.checked_div(STATE_BYTES).unwrap_or(self.bytes);
        states
            .saturating_mul(STATE_GAS)
            .saturating_add(fold_gas(self.folds))
    }
}

impl Pattern {
    /// Pays for looking through `text`.
    pub(crate) fn charge(&self, text: &str, gas: &mut Gas) -> Result<(), ErrorCode> {
        let blocks = u64::try_from(text.len()).unwrap_or(u64::MAX).div_ceil(16);
        gas.charge(blocks.saturating_mul(self.measure.weight))
    }

    /// Pays for looking through `text` for groups.
    pub(crate) fn charge_captures(&self, text: &str, gas: &mut Gas) -> Result<(), ErrorCode> {
        let blocks = u64::try_from(text.len()).unwrap_or(u64::MAX).div_ceil(16);
        gas.charge(
            blocks
                .saturating_mul(self.measure.weight)
                .saturating_mul(CAPTURES),
        )
    }

    /// Pays for looking for the next match after one that ends at `from`: a pattern without
    /// bound may read to the end of the text before it knows.
    pub(crate) fn charge_next(
        &self,
        text: &str,
        from: usize,
        gas: &mut Gas,
    ) -> Result<(), ErrorCode> {
        let rest = text.len().saturating_sub(from) as u64;
        let read = self.measure.reach.map_or(rest, |reach| reach.min(rest));
        let blocks = read.div_ceil(16).saturating_mul(self.measure.weight);
        gas.charge(blocks)
    }

    /// Whether the pattern matches anywhere in `text`.
    pub(crate) fn matches(&self, text: &str, gas: &mut Gas) -> Result<bool, ErrorCode> {
        self.charge(text, gas)?;
        // What comes before the first place a match can begin need not be looked at twice.
        let start = self.prefix.find(text);
        Ok(start.is_some_and(|start| self.automaton.is_match_at(text, start)))
    }
}

#[cfg(test)]
mod tests;
