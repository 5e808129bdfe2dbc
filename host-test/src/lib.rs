//! Hosts a proxy-wasm filter in wasmtime the way Envoy would, and records what it let through.
//!
//! A [`Module`] is compiled once and started as any number of [`Vm`]s (one per worker) over one
//! [`Process`], which holds what workers share: shared data, queues, metrics, the clock. A test
//! plays an [`Exchange`] and reads an [`Outcome`]:
//!
//! ```no_run
//! use callgate_host_test::{Exchange, Module, Options, Vm};
//! # fn main() -> Result<(), callgate_host_test::Error> {
//! let module = Module::filter()?;
//! let mut vm = Vm::start(module, "{}", Options::default())?;
//! let outcome = vm.exchange(Exchange::post("/mcp").body("{}"))?;
//! assert!(outcome.forwarded.is_none());
//! # Ok(()) }
//! ```
//!
//! The rules of the stream state machine were compared with Envoy 1.40; `README.md` lists them.

mod asking;
mod calls;
mod cel;
mod drive;
mod error;
mod exchange;
mod fault;
mod headers;
mod local;
mod module;
mod options;
mod outcome;
mod process;
mod root;
mod split;
mod start;
mod state;
mod status;
mod stream;
mod vm;
mod web;

pub use asking::{Asked, Lost, Memory, PATH, Sent, Told, asked_by};
pub use calls::HOST_CALLS;
pub use cel::CelModule;
pub use drive::Open;
pub use error::Error;
pub use exchange::{CalloutAnswer, Exchange, Upstream};
pub use fault::{Fault, When};
pub use headers::Headers;
pub use module::Module;
pub use options::{FailurePolicy, Options, property_path};
pub use outcome::{End, LogLine, Message, Origin, Outcome, Reply, Verdict};
pub use process::{Callout, Process};
pub use split::{Random, per_byte, split_every_way};
pub use status::Status;
pub use vm::Vm;
pub use web::{Answer, WebAsking, WebEngine, WebModule, WebState};
