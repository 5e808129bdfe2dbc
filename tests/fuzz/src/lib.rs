//! What must hold of the CEL engine on any input: each target makes a case of some bytes and judges it.
//!
//! The same targets run from a fixed seed in the tests, for long by `cargo xtask fuzz`, and under
//! libFuzzer with coverage (`tests/fuzz/libfuzzer`).

pub mod choices;
pub mod grammar;
pub mod run;
mod same;
mod targets;
mod world;

pub use targets::{TARGETS, Target, named};

/// A property that a case breaks: what was put in, and what is wrong with what came out.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The expression.
    pub source: String,
    /// What is wrong.
    pub problem: String,
}

impl Finding {
    pub(crate) fn new(source: &str, problem: impl Into<String>) -> Self {
        Self {
            source: source.to_owned(),
            problem: problem.into(),
        }
    }
}

impl core::fmt::Display for Finding {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}\n  in {:?}", self.problem, self.source)
    }
}

/// The kind of thing a case was: what a run counts.
pub type Label = &'static str;
