//! callgate in Envoy: waits for a whole request, has it decided, forwards the same bytes or answers.
//!
//! The proxy-wasm ABI 0.2.1 is bound here directly: the Rust SDK panics on statuses it does not
//! expect, and a panic ends the worker's VM with everything in flight on it.
#![deny(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects
)]

mod abi;
mod aftermath;
mod answered;
mod approval;
mod config;
mod exceptions;
mod exchange;
mod facts;
mod held;
mod host;
mod leases;
mod ledger;
mod listing;
mod model;
mod outbox;
mod pairs;
mod plane;
mod poller;
mod record;
mod release;
mod root;
mod settle;
mod stream;
mod tally;
mod watch;
