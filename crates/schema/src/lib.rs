//! JSON Schema 2020-12: a schema is compiled once, and values are judged within a budget.
//!
//! [`Schema::compile`] turns a JSON value into an arena of resolved rules or into every problem at
//! once. [`Schema::validate`] and [`Schema::is_valid`] judge a value and pay from a [`Budget`];
//! whatever cannot be judged within it is a [`Refusal`], never a pass.
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects
    )
)]

mod budget;
mod compile;
mod decimal;
mod evaluate;
mod format;
mod key;
mod node;
mod options;
mod outcome;
mod pattern;
mod pointer;
mod problem;
mod uri;

pub use budget::{Budget, Refusal};
pub use node::Schema;
pub use options::{Formats, Limits, Names, Options};
pub use outcome::{Outcome, Violation};
pub use problem::{Code, Problem};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
