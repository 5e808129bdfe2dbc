//! The Common Expression Language over borrowed JSON: parse, compile once, evaluate often.
//!
//! An [`Environment`] declares what expressions may name and gives each attribute a slot.
//! [`compile_source`] turns source text into a [`Program`] or into every diagnostic at once.
//! [`Program::eval`] reads an activation, builds what it must in an [`Arena`] and pays with [`Gas`].
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects
    )
)]

mod arena;
pub mod check;
mod compile;
pub mod conditions;
pub mod conformance;
mod cost;
mod environment;
mod error;
mod eval;
mod functions;
mod gas;
mod partial;
mod program;
mod regex;
mod set;
mod shared;
pub mod syntax;
pub mod tooling;
mod types;
pub mod value;

use callgate_model::{Diagnostic, Limits};

pub use arena::Arena;
pub use check::{Checked, check, check_policy, check_source};
pub use compile::compile;
pub use cost::Cost;
pub use environment::{
    Activation, Builder, Declaration, Entity, Environment, SlotId, Struct, StructId, Undeclared,
};
pub use error::{ErrorCode, EvalError};
pub use eval::{Change, Step};
pub use functions::zone_offsets;
pub use gas::Gas;
pub use partial::{Known, Reduced};
pub use program::{OpId, Program};
pub use regex::{TextPattern, Trigrams};
pub use set::{ProgramIndex, Relevant};
pub use shared::{Memo, share};
pub use syntax::ast::Ast;
pub use types::Type;
pub use value::{Kind, Value, to_json};

/// Parses an expression; the tree is there only when the source has no error.
///
/// # Errors
/// Every syntax error of the source.
pub fn parse(source: &str, limits: &Limits) -> Result<Ast, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let ast = syntax::parse(source, limits, &mut diagnostics);
    if diagnostics.is_empty() {
        Ok(ast)
    } else {
        Err(diagnostics)
    }
}

/// Parses, checks and compiles an expression.
///
/// # Errors
/// Every syntax error of the source, or else everything that [`check()`] refuses.
pub fn compile_source(
    source: &str,
    environment: &Environment,
    limits: &Limits,
) -> Result<Program, Vec<Diagnostic>> {
    let ast = parse(source, limits)?;
    let refusals = check::refusals(&ast, environment, limits);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    compile(&ast, environment, limits)
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
