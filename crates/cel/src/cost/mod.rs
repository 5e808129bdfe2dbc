//! What evaluating an expression can cost at most, worked out before it is used.
//!
//! The compiled operations are walked once. Each is looked at with a bound on how often it is
//! evaluated, and each value with bounds on its size ([`Size`]): for one visit, and for all visits
//! together. The second is what keeps nested loops over one document apart from loops that multiply:
//! the inner lists of a document have no more elements together than the document has values.
//!
//! What is charged is what `eval` and `functions` charge, each operation in the terms of
//! [`Gas`](crate::Gas). Sums saturate.

use core::fmt;
use core::num::Saturating;

use callgate_model::{Diagnostic, Limits, SizeHints, Span};

use crate::environment::Environment;
use crate::program::{OpId, Program};
use size::{Amount, Count, NONE, ONE, Size, blocks_of, over};

mod functions;
mod loops;
mod report;
mod size;
mod texts;
mod walk;

/// What evaluating an expression costs at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    gas: u64,
    /// The whole expression.
    span: Span,
    /// Every loop, outer ones before those inside them.
    loops: Vec<LoopCost>,
    hints: SizeHints,
}

/// What one loop costs at most.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LoopCost {
    span: Span,
    gas: u64,
    /// Loops it is in.
    depth: u32,
    /// How often its body is evaluated.
    visits: u64,
}

impl Program {
    /// The gas that one evaluation takes at most, when every attribute keeps to
    /// [`Limits::sizes`] and its declared type, and the arena to [`Limits::arena_bytes`].
    ///
    /// `environment` is the one the program was compiled against.
    pub fn worst_case(&self, environment: &Environment, limits: &Limits) -> Cost {
        let one_pattern = texts::compiling_one(self);
        let mut analysis = Analysis {
            program: self,
            environment,
            hints: limits.sizes,
            built: Saturating(u64::from(limits.arena_bytes)),
            one_pattern: one_pattern.is_some(),
            visits: ONE,
            total: one_pattern.unwrap_or(NONE),
            locals: vec![Size::default(); self.locals as usize],
            loops: Vec::new(),
            depth: 0,
        };
        analysis.value(self.root);
        Cost {
            gas: analysis.total.0,
            span: self.span(self.root),
            loops: analysis.loops,
            hints: limits.sizes,
        }
    }
}

impl Cost {
    /// The bound, in gas.
    pub fn gas(&self) -> u64 {
        self.gas
    }

    /// What to tell an author whose expression may cost more than `budget`.
    pub fn over(&self, budget: u64) -> Option<Diagnostic> {
        (self.gas > budget).then(|| report::over(self, budget))
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {} gas", report::grouped(self.gas))
    }
}

/// The walk over a program.
struct Analysis<'p> {
    program: &'p Program,
    environment: &'p Environment,
    hints: SizeHints,
    /// Bytes that an evaluation may build.
    built: Count,
    /// Whether all patterns that are compiled while evaluating are one and the same literal.
    one_pattern: bool,
    /// How often the operation looked at is evaluated at most.
    visits: Count,
    total: Count,
    /// Macro variables, in terms of `visits`.
    locals: Vec<Size>,
    loops: Vec<LoopCost>,
    depth: u32,
}

impl Analysis<'_> {
    fn charge(&mut self, units: Count) {
        self.total += units;
    }

    /// Charges `units` in every visit.
    fn charge_each(&mut self, units: Count) {
        self.total += units * self.visits;
    }

    /// What looking at texts costs: whole blocks of 16 bytes, in all visits.
    fn blocks(&self, texts: Amount) -> Count {
        blocks_of(texts.sum).min(blocks_of(texts.each) * self.visits)
    }

    fn charge_blocks(&mut self, texts: Amount) {
        let blocks = self.blocks(texts);
        self.charge(blocks);
    }

    fn constant(&self, each: u64) -> Amount {
        Amount::constant(Saturating(each), self.visits)
    }

    fn scalar(&self) -> Size {
        Size::scalar(self.visits)
    }

    /// Text that has to be built, however much the operands come to.
    fn built_text(&self, text: Amount) -> Size {
        let text = Amount::new(text.each, text.sum, self.visits).within(self.built);
        Size::text(text, self.visits)
    }

    /// Elements that an evaluation has memory for.
    fn built_elements(&self) -> Count {
        over(self.built, Saturating(crate::arena::ELEMENT as u64))
    }

    /// The length of a list or map that has to be built.
    fn built_len(&self, len: Amount) -> Amount {
        Amount::new(len.each, len.sum, self.visits).within(self.built_elements())
    }

    /// The size of `self`'s local in the current visits.
    fn local(&self, local: u32) -> Size {
        self.locals.get(local as usize).copied().unwrap_or_default()
    }

    fn set_local(&mut self, local: u32, size: Size) {
        if let Some(place) = self.locals.get_mut(local as usize) {
            *place = size;
        }
    }

    /// Looks at something that is evaluated up to `each` times in every visit, `sum` times in all.
    fn inside<T>(&mut self, times: Amount, look: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.visits;
        self.visits = times.sum;
        let outer_locals = self.locals.clone();
        for size in &mut self.locals {
            *size = size.repeated(times.each, times.sum);
        }
        let seen = look(self);
        self.visits = outer;
        self.locals = outer_locals;
        seen
    }

    fn operands(&mut self, ids: &[OpId]) -> Vec<Size> {
        ids.iter().map(|id| self.value(*id)).collect()
    }
}

/// Comparisons an item takes part in when up to `count` are sorted or searched, as in `value::steps`.
fn steps(count: Count) -> Count {
    Saturating(u64::from(u64::BITS.saturating_sub(count.0.leading_zeros())))
}
