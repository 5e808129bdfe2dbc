//! Expressions tried out one a line: what a line asks for, the call it is about, and the answer.

mod editor;
mod input;
mod session;
mod show;

pub use editor::Editor;
pub use input::{HELP, Input};
pub use session::Session;
pub use show::show;
