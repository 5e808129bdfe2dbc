//! Regular expressions with RE2's syntax and meaning, on the `regex` crate.

use std::borrow::Cow;

use crate::error::ErrorCode;
use crate::gas::Gas;
use crate::program::Pattern;

/// Compiles a pattern; `limit` bounds what it compiles to, in bytes.
pub(crate) fn compile(source: &str, limit: u32) -> Result<Pattern, regex::Error> {
    let translated = translate(source);
    let regex = regex::RegexBuilder::new(&translated)
        .size_limit(limit as usize)
        .dfa_size_limit(limit as usize)
        .nest_limit(64)
        .build()?;
    let weight = u64::try_from(source.len()).unwrap_or(u64::MAX).div_ceil(64);
    Ok(Pattern {
        regex,
        weight: weight.max(1),
    })
}

impl Pattern {
    /// Pays for looking through `text`.
    pub(crate) fn charge(&self, text: &str, gas: &mut Gas) -> Result<(), ErrorCode> {
        let blocks = u64::try_from(text.len()).unwrap_or(u64::MAX).div_ceil(16);
        gas.charge(blocks.saturating_mul(self.weight))
    }

    /// Whether the pattern matches anywhere in `text`.
    pub(crate) fn matches(&self, text: &str, gas: &mut Gas) -> Result<bool, ErrorCode> {
        self.charge(text, gas)?;
        Ok(self.regex.is_match(text))
    }
}

fn translate(source: &str) -> Cow<'_, str> {
    Cow::Borrowed(source)
}
