//! What editors and command lines need of the language: documentation of functions, and more to come.

mod functions;

pub use functions::{Calling, Documented, documented};
