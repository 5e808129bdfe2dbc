//! What editors and command lines need of the language: a formatter, completion, hover, colours,
//! renaming, and the documentation of functions. All but formatting and renaming work on sources
//! with errors, since a source being written has some.

mod complete;
mod editor;
mod format;
mod functions;
mod hover;
mod layout;
mod rename;
mod tokens;

pub use complete::{Completion, CompletionKind, Completions, complete};
pub use format::{WIDTH, format, format_to};
pub use functions::{Calling, Documented, documented};
pub use hover::{Hover, hover};
pub use rename::rename;
pub use tokens::{SemanticToken, TokenClass, semantic_tokens};
