//! Data loss prevention: finds secrets and personal data in text, and says where, never what.
//!
//! [`Detectors::compile`] takes what a configuration adds to the table and leaves out of it;
//! [`Detectors::scan`] reads a text once, hands on each [`Finding`] and pays with gas. [`redact`]
//! blanks what was found. Nothing here knows JSON: whoever walks a document gives each text and the
//! name it stands under.
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects
    )
)]

mod anchor;
mod assign;
mod bytes;
mod check;
mod compile;
mod config;
mod decode;
mod entropy;
mod error;
mod finding;
mod inner;
mod number;
mod overlap;
mod pattern;
mod placeholder;
mod read;
mod scan;
mod stream;
mod table;
mod vocab;

pub use compile::Detectors;
pub use config::{Config, Custom, CustomPattern, Limits, Override};
pub use error::{Problem, ScanError};
pub use finding::{Finding, redact};
pub use scan::{FoundBy, Input, Wanted};
pub use stream::{Stream, TAIL};
pub use table::{Detector, detectors};
pub use vocab::{Class, Confidence, Direction, Reach, Severity};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
