//! What editors and command lines need of the language: documentation of functions, and more to come.

mod format;
mod functions;
mod layout;

pub use format::{WIDTH, format, format_to};
pub use functions::{Calling, Documented, documented};
