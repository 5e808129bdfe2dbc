//! Plain HTTP APIs: a method and a path that a template knows are a call of a tool.
mod arguments;
mod head;
mod query;
mod template;

pub(crate) use arguments::call;
pub use arguments::{ApiCall, document};
pub use head::Head;
pub use template::Template;
pub(crate) use template::{Fit, Pattern};
