//! Source text to syntax tree: lexer, literals, parser.

pub mod ast;
mod lex;
mod literal;
mod parse;
mod primary;
pub mod token;

pub use lex::{Tokens, lex};
pub(crate) use parse::MOST_DIAGNOSTICS;
pub use parse::parse;
