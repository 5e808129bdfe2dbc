//! Shared by the end-to-end tests: a real Envoy and its peers.

pub mod envoy;
