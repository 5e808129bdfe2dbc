//! What the host knows beside the call: counters, spend, evidence, approvals, exceptions, run starts.

use callgate_json::Value;

use crate::{Diagnostic, Reader};

/// State as the host hands it in; an absent part is empty. No family of this release format reads it yet
/// but those that do must find it absent rather than guess.
#[derive(Debug, Clone, Copy, Default)]
pub struct State<'a> {
    root: Option<Value<'a>>,
}

const PARTS: &[&str] = &[
    "counters",
    "spend",
    "evidence",
    "approvals",
    "exceptions",
    "runs",
];

impl<'a> State<'a> {
    /// Nothing is known.
    pub const EMPTY: State<'static> = State { root: None };

    /// Reads the JSON form.
    ///
    /// # Errors
    /// A member that is not a part of the state.
    pub fn read(root: Value<'a>) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader::default();
        let fields = reader.fields(root, "the state", PARTS);
        reader.finish(fields.map(|_| Self { root: Some(root) }))
    }

    /// The part named `name`, as JSON.
    pub fn part(&self, name: &str) -> Option<Value<'a>> {
        self.root?.as_object()?.get(name)
    }
}
