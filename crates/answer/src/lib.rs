//! What the modules for JavaScript read and answer alike: releases come in, JSON goes out, places are UTF-16 units.
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects
    )
)]

pub mod place;
pub mod problem;
pub mod release;

use callgate_json::Writer;
use callgate_model::Diagnostic;

use crate::problem::Text;

/// An object with the members that `write` writes.
pub fn object(write: impl FnOnce(&mut Writer<'_>)) -> String {
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    w.begin_object();
    write(&mut w);
    w.end_object();
    text(out)
}

/// `{"errors":[…]}`, about `source`.
pub fn refused(found: &[Diagnostic], source: &str) -> String {
    text(problem::errors(found, Text::of(source)))
}

/// What a writer wrote.
///
/// INVARIANT: a [`Writer`] writes nothing but UTF-8.
pub fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

/// The formats of this version, and its number: what a module says of itself.
pub fn version() -> String {
    object(|w| {
        w.key("policies").str("callgate/v1");
        w.key("releases").str("callgate-release/1");
        w.key("version").str(env!("CARGO_PKG_VERSION"));
    })
}
