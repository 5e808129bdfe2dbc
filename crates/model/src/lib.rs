//! The words callgate's crates share: a call, who makes it, what was decided, and why.
//!
//! Nothing here does anything but hold, read and write these words; deciding lives in the engine.
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects
    )
)]

mod call;
mod code;
mod diagnostic;
mod digest;
mod effect;
mod glob;
mod limits;
mod money;
mod nearest;
mod reader;
mod record;
mod state;
mod time;

pub use call::{Call, Headers, Identity, Kind, Request, Run, Task, Tool};
pub use code::Code;
pub use diagnostic::{Diagnostic, Severity, Span};
pub use digest::Digest;
pub use effect::{Effect, Status};
pub use glob::Glob;
pub use limits::{Limits, SizeHints};
pub use money::MicroUsd;
pub use nearest::nearest;
pub use reader::{Fields, Reader};
pub use record::{
    Check, CheckOutcome, Consumed, Deciding, Delta, Explanation, Fault, Finding, Flip, Judged,
    Lifted, Obligation, PartOutcome, PolicyOutcome, PolicyRef, Reason, Record, ReleaseRef,
    Remediation, Spent, Standing, SubExpression, Violation,
};
pub use state::{Count, Evidence, Exception, Ledger, RunState, State, Ticket};
pub use time::{Civil, Timestamp};
