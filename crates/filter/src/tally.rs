//! A counter that is defined when it first counts.
use crate::host::{self, Counter};
use std::cell::Cell;

/// A counter; who never counts defines nothing.
#[derive(Debug, Default)]
pub(crate) struct Tally(Cell<Option<Counter>>);

impl Tally {
    /// Adds to the counter of this name. A counter that fails changes nothing else.
    pub(crate) fn count(&self, name: &str, by: u32) {
        if self.0.get().is_none() {
            self.0.set(host::counter(name).ok());
        }
        if let Some(counter) = self.0.get() {
            let _ = host::count(counter, by);
        }
    }
}
