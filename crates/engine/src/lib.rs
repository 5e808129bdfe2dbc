//! The engine: compile a release once, decide calls by it. A pure function of its arguments.
//!
//! ```text
//! decide(release, call, state, now) → record (+ a permit, if the call may go on)
//! ```
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects
    )
)]

mod asked;
mod attributes;
#[cfg(feature = "author")]
pub mod author;
mod compile;
mod decide;
mod explain;
mod family;
mod judged;
mod method;
mod offer;
mod past;
mod permit;
mod response;
mod scope;
mod scratch;
mod verdict;

pub use attributes::{activation, environment};
pub use compile::{CompiledRelease, PolicyDiagnostic, Review, check_expression};
pub use decide::{Active, Decision, decide};
pub use explain::{Explain, explain_parts};
pub use method::PROTOCOL as PROTOCOL_METHODS;
pub use offer::{Looking, Offer};
pub use past::Kept;
pub use permit::Permit;
pub use response::{Blanked, Duty, JudgedResponse, Response};
pub use scratch::Scratch;
