//! Shared by the tests of the whole: the bypass corpus, a real Envoy and its peers.

pub mod bypass;
pub mod envoy;
pub mod filter;
