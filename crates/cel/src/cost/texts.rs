//! What patterns cost, and functions that make texts of texts.

use core::num::Saturating;

use super::Analysis;
use super::size::{Amount, BLOCK, Count, NONE, ONE, Size, blocks_of, over};
use crate::functions::Function;
use crate::functions::{PATTERN_BYTE_GAS, PATTERN_BYTES, PATTERN_GAS};
use crate::program::{Op, OpId, Program};
use crate::regex::{self, CAPTURES, DEAREST, HEAVIEST};

/// The patterns that are compiled while evaluating.
fn patterns(program: &Program) -> impl Iterator<Item = Option<&str>> {
    program.ops.iter().filter_map(|op| {
        let Op::Call {
            function: Function::Matches
                | Function::Extract
                | Function::ExtractAll
                | Function::RegexReplace,
            arguments,
        } = op
        else {
            return None;
        };
        let pattern = program.operands_of(*arguments).get(1)?;
        match program.ops.get(pattern.0 as usize)? {
            Op::Text(text) => Some(Some(program.text(*text))),
            _ => Some(None),
        }
    })
}

/// What compiling patterns costs in all, if there is but one and it is a literal: then it is
/// compiled once, whatever loops it is in.
pub(super) fn compiling_one(program: &Program) -> Option<Count> {
    let mut found = patterns(program);
    let first = found.next()??;
    let known = Known::literal(first)?;
    let length = Saturating(first.len() as u64);
    found
        .all(|other| other == Some(first))
        .then(|| known.compiling + length * Saturating(PATTERN_BYTE_GAS))
}

/// What is known of a pattern.
struct Known {
    /// What compiling it costs, beside its bytes.
    compiling: Count,
    weight: Count,
    /// Bytes of the longest match.
    reach: Option<Count>,
}

impl Known {
    /// A pattern that is a literal, unless compiling it fails: then it is tried again and again.
    fn literal(source: &str) -> Option<Self> {
        let pattern = regex::measure(source, PATTERN_BYTES).ok()?;
        Some(Self {
            compiling: Saturating(PATTERN_GAS) + Saturating(pattern.building_gas()),
            weight: Saturating(pattern.weight),
            reach: pattern.reach.map(Saturating),
        })
    }

    fn any() -> Self {
        Self {
            compiling: Saturating(PATTERN_GAS) + Saturating(DEAREST),
            weight: Saturating(HEAVIEST),
            reach: None,
        }
    }
}

impl Analysis<'_> {
    /// Pays for looking through texts with a pattern.
    pub(super) fn charge_pattern(&mut self, text: Amount, weight: Count) {
        let blocks = self.begun_blocks(text);
        self.charge(blocks * weight);
    }

    /// Blocks of 16 bytes, begun ones included, in all visits.
    fn begun_blocks(&self, text: Amount) -> Count {
        let begun = |bytes: Count| blocks_of(bytes + BLOCK - ONE);
        (blocks_of(text.sum) + self.visits).min(begun(text.each) * self.visits)
    }

    /// Pays for compiling a pattern: what is known of it then.
    fn charge_compiling(&mut self, pattern: OpId, size: Size) -> Known {
        let known = self.literal(pattern).and_then(Known::literal);
        let known = known.unwrap_or_else(Known::any);
        if !self.one_pattern {
            self.charge_each(known.compiling);
            self.charge(size.text.sum * Saturating(PATTERN_BYTE_GAS));
        }
        known
    }

    /// `text.matches(pattern)` and the regex extension.
    pub(super) fn pattern_call(
        &mut self,
        function: Function,
        operands: &[OpId],
        sizes: &[Size],
    ) -> Size {
        let ([_, pattern, ..], [text, source, ..]) = (operands, sizes) else {
            return self.scalar();
        };
        let known = self.charge_compiling(*pattern, *source);
        let text = text.text;
        let captures = match function {
            Function::Matches => ONE,
            _ => Saturating(CAPTURES),
        };
        self.charge_pattern(text, known.weight * captures);
        match function {
            Function::Extract => Size::text(text, self.visits).wrapped(self.visits),
            Function::ExtractAll => {
                let matches = self.matches(text, None);
                self.charge_matches(&known, text, matches);
                let element =
                    Size::text(Amount::new(text.each, text.sum, matches.sum), matches.sum);
                let list = Size::list_of(element, self.built_len(matches), self.visits);
                // Matches do not overlap.
                Size {
                    bytes: text,
                    ..list
                }
            }
            Function::RegexReplace => {
                let limit = operands.get(3).and_then(|limit| self.whole_number(*limit));
                let matches = self.matches(text, limit);
                self.charge_matches(&known, text, matches);
                let new = sizes.get(2).map_or_else(Amount::default, |new| new.text);
                self.charge(matches.sum * blocks_of(new.each));
                let out = self.expanded(text, new, matches);
                // Once while it grows, once when it is done.
                self.charge_blocks(out);
                self.charge_blocks(out);
                self.built_text(out)
            }
            _ => self.scalar(),
        }
    }

    /// How often a pattern can match.
    fn matches(&self, text: Amount, limit: Option<u64>) -> Amount {
        let matches = text.plus(self.constant(1));
        limit.map_or(matches, |limit| matches.smaller(self.constant(limit)))
    }

    fn charge_matches(&mut self, known: &Known, text: Amount, matches: Amount) {
        self.charge(matches.sum * Saturating(4));
        let begun = blocks_of(text.each) + Saturating(2);
        let reach = known.reach.map(|reach| blocks_of(reach + BLOCK));
        let read = matches.sum * reach.map_or(begun, |reach| reach.min(begun));
        // Each match ends further on than the one before: what is left to read after each is a
        // different number of bytes, and all of them together are half a square.
        let all = blocks_of(text.sum) + self.visits * Saturating(2);
        let shrinking = over(begun * all * BLOCK, Saturating(2));
        self.charge(read.min(shrinking) * known.weight);
    }

    /// A text whose matches are replaced by `new`, which may repeat groups of what it replaces.
    fn expanded(&self, text: Amount, new: Amount, matches: Amount) -> Amount {
        let references = over(new.each, Saturating(2));
        let written = matches.times(new.each);
        let groups = text.times(references);
        let all = text.plus(written).plus(groups);
        Amount::new(all.each, all.sum, self.visits)
    }

    /// `text.replace(old, new)`: twice what it comes to.
    pub(super) fn replace(&mut self, operands: &[OpId], sizes: &[Size]) -> Size {
        let [text, _, new, ..] = sizes else {
            return self.scalar();
        };
        let places = self.pieces(operands, text.text, 3);
        let length = text.text.plus(places.times(new.text.each));
        self.charge_blocks(length);
        self.charge_blocks(length);
        self.built_text(length)
    }

    /// `text.split(separator)`: a step for each piece.
    pub(super) fn split(&mut self, operands: &[OpId], sizes: &[Size]) -> Size {
        let Some(text) = sizes.first().map(|text| text.text) else {
            return self.scalar();
        };
        let pieces = self.pieces(operands, text, 2);
        self.charge(pieces.sum);
        let piece = Size::text(Amount::new(text.each, text.sum, pieces.sum), pieces.sum);
        let list = Size::list_of(piece, self.built_len(pieces), self.visits);
        Size {
            bytes: text,
            ..list
        }
    }

    /// How many pieces the second operand cuts a text into, unless the operand at `limit` says.
    fn pieces(&self, operands: &[OpId], text: Amount, limit: usize) -> Amount {
        let cut = operands.get(1).and_then(|cut| self.literal(*cut));
        let width = Saturating(cut.map_or(1, str::len).max(1) as u64);
        let cuts = Amount {
            each: over(text.each, width),
            sum: over(text.sum, width),
        };
        let pieces = cuts.plus(self.constant(1));
        let limit = operands
            .get(limit)
            .and_then(|limit| self.whole_number(*limit));
        limit.map_or(pieces, |limit| pieces.smaller(self.constant(limit.max(1))))
    }

    /// `list.join(separator)`
    pub(super) fn join(&mut self, sizes: &[Size]) -> Size {
        let Some(list) = sizes.first() else {
            return self.scalar();
        };
        let separator = sizes.get(1).map_or(NONE, |separator| separator.text.each);
        let out = list.bytes.plus(list.len.times(separator));
        self.charge(list.len.sum);
        self.charge(blocks_of(out.sum));
        self.charge_blocks(out);
        self.built_text(out)
    }
}
