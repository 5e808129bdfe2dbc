//! End to end through a real Envoy: a recording upstream, raw HTTP clients, and the rig that joins them.

pub mod client;
pub mod memory;
pub mod request;
mod rig;
pub mod sending;
pub mod upstream;

pub use rig::Rig;
