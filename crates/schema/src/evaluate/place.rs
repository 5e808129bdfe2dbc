//! Where in a value a run is, as a list on the stack; written out only for a violation.

use crate::pointer;

/// A part of a value, and what it is a part of.
pub(super) struct Place<'p> {
    pub(super) outer: Option<&'p Place<'p>>,
    pub(super) step: Step<'p>,
}

#[derive(Clone, Copy)]
pub(super) enum Step<'p> {
    Root,
    Member(&'p str),
    Element(usize),
}

impl Place<'_> {
    pub(super) const ROOT: Self = Place {
        outer: None,
        step: Step::Root,
    };

    /// The JSON Pointer, cut to about `bytes`.
    pub(super) fn pointer(&self, bytes: u32) -> String {
        let mut steps = Vec::new();
        let mut here = Some(self);
        while let Some(place) = here {
            steps.push(place.step);
            here = place.outer;
        }
        let mut out = String::new();
        for step in steps.iter().rev() {
            match step {
                Step::Root => {}
                Step::Member(name) => {
                    // A name may be as long as a request; what is cut off need not be copied.
                    let shown = bytes.saturating_add(1) as usize;
                    let head = match name.char_indices().nth(shown) {
                        Some((end, _)) => name.get(..end).unwrap_or_default(),
                        None => name,
                    };
                    pointer::push(&mut out, head);
                }
                Step::Element(index) => pointer::push(&mut out, &index.to_string()),
            }
            if out.len() > bytes as usize {
                break;
            }
        }
        pointer::cut(out, bytes)
    }
}
