//! What releases mean: which calls tell two of them apart, what in one can never matter, what a log would have met.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::string_slice))]

mod atom;
pub mod change;
mod diff;
mod doctor;
mod domain;
mod formula;
mod json;
mod judge;
mod outcome;
mod place;
mod propagate;
mod question;
mod realize;
mod replay;
mod search;
mod space;
mod texts;
mod whole;

pub use change::Change;
pub use diff::{Answer, Diff, Difference, diff};
pub use doctor::{Finding, Proof, denies_everything, doctor};
pub use judge::Judged;
pub use realize::Example;
pub use replay::{Count, Decided, Flip, Flipped, Outcome, Replay, Replayed};
mod witness;
mod words;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
