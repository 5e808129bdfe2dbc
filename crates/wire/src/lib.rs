//! Protocol bytes to one unambiguous call, and replies back: sans-I/O MCP over streamable HTTP.
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects
    )
)]

pub mod api;
pub mod call;
pub mod cost;
pub mod entry;
pub mod error;
pub mod flow;
pub mod gateway;
pub mod http;
pub mod identity;
mod keys;
mod length;
pub mod listing;
pub mod llm;
pub mod mcp;
pub mod media;
pub mod name;
pub mod reply;
pub mod response;
pub mod route;
pub mod run;
pub mod sse;
pub mod trail;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use cost::Cost;
pub use entry::{Asked, Entry};
pub use error::WireError;
pub use gateway::Gateway;
pub use http::{Headers, HttpRequest};
pub use mcp::{Head, Message, RawId, ToolCall, Transport};
pub use reply::{Approval, Refusal, RefusalKind, Reply, Shape};
pub use route::{Denial, Protocol, Route, Routes, Target};
