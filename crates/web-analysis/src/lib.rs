//! What releases mean, for JavaScript: a module of its own, which nobody loads who only decides. Text to text.
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects
    )
)]

mod finding;
mod log;

use callgate_answer::{object, refused, release};
use callgate_model::Limits;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::log::Asked;

/// Examines a release: `{"findings":[…]}`, or `{"errors":[…]}`.
#[wasm_bindgen]
pub fn doctor(release: &str) -> String {
    let limits = Limits::default();
    match release::unchecked(release, &limits) {
        Ok(opened) => object(|w| finding::write_all(opened, release, &limits, w)),
        Err(found) => refused(&found, release),
    }
}

/// What tells two releases apart, or `{"errors":[…]}`.
#[wasm_bindgen]
pub fn diff(before: &str, after: &str) -> String {
    let limits = Limits::default();
    let open = |text| release::unchecked(text, &limits).map_err(|found| refused(&found, text));
    match (open(before), open(after)) {
        (Ok((before, _)), Ok((after, _))) => {
            callgate_analysis::diff(&before, &after, &limits).to_json()
        }
        (Err(refused), _) | (_, Err(refused)) => refused,
    }
}

/// What a release would have decided about a log, or `{"errors":[…]}`. `base` may be empty; `now` is
/// RFC 3339, and `examples` so many flips are shown at most.
#[wasm_bindgen]
pub fn replay(release: &str, log: &str, base: &str, now: &str, examples: u32) -> String {
    let asked = Asked {
        release,
        base: Some(base).filter(|base| !base.is_empty()),
        now,
        examples,
    };
    let mut found = Ok(());
    let answer = object(|w| found = log::replay(asked, log, &Limits::default(), w));
    match found {
        Ok(()) => answer,
        Err((found, text)) => refused(&found, text),
    }
}

/// The version and the formats it reads and writes.
#[wasm_bindgen]
pub fn version() -> String {
    callgate_answer::version()
}
