//! Shared by the tests of the whole: the corpora of requests and decisions, a real Envoy and its peers.

pub mod answering;
pub mod approving;
pub mod bypass;
pub mod control;
pub mod decisions;
pub mod desk;
pub mod envoy;
pub mod filter;
pub mod lender;
pub mod lending;
pub mod llm;
pub mod parity;
pub mod releases;
pub mod scenes;
