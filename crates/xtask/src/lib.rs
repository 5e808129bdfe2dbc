//! What a developer runs (`cargo xtask …`), and the handles on Envoy and MCP peers the end-to-end tests share.
//!
//! `setup` installs pinned tools into `.xtask/`; `envoy` and `mcp` start real processes on ports the
//! kernel picks and end them by their own handle.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to its terminal"
)]

pub mod bench;
pub mod console;
pub mod demo;
pub mod envoy;
pub mod example;
pub mod fuzz;
pub mod layout;
pub mod mcp;
pub mod package;
pub mod process;
pub mod say;
pub mod setup;
pub mod verify;
pub mod wasm;
pub mod web;
