//! Strict, zero-copy JSON: bytes become a validated [`Document`] once, and everything else reads views of it.
//!
//! The reader accepts exactly RFC 8259 texts in UTF-8 and rejects what two parsers could read
//! differently: duplicate keys (compared after unescaping, at any depth), lone surrogates, a byte
//! order mark, trailing data. Sizes are bounded by [`Limits`].
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects
    )
)]

pub mod canonical;
mod document;
mod error;
mod keys;
mod limits;
mod number;
mod order;
mod pointer;
mod reader;
mod same;
mod sort;
mod text;
mod value;
mod writer;

pub use document::{Buffers, Document};
pub use error::{Error, ErrorCode, Position};
pub use limits::Limits;
pub use number::{Number, NumberClass, write_double};
pub use order::compare_keys;
pub use same::{ends_with, same_bytes, starts_with};
pub use sort::sort_by;
pub use value::{Array, Elements, Kind, Members, Object, SortedMembers, Value, View};
pub use writer::Writer;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
