//! Which of several findings at one place are kept.

use crate::scan::Raw;

/// Drops every finding inside the place of a surer one, or of one as sure that is longer or comes
/// earlier in the table; what is left is in the order of the text. Findings that merely overlap
/// are all kept: each covers something that the other does not.
pub(crate) fn resolve(mut raw: Vec<Raw>) -> Vec<Raw> {
    raw.sort_by(|a, b| {
        let place = a.start.cmp(&b.start).then(b.end.cmp(&a.end));
        let rank = b.confidence.cmp(&a.confidence).then(a.row.cmp(&b.row));
        place.then(rank)
    });
    let mut kept: Vec<Raw> = Vec::with_capacity(raw.len());
    // Where the open findings, those that reach furthest, begin in `kept`.
    for finding in raw {
        let covers =
            |earlier: &Raw| earlier.end >= finding.end && earlier.confidence >= finding.confidence;
        // INVARIANT: every one kept begins at or before this one.
        if !kept.iter().any(covers) {
            kept.push(finding);
        }
    }
    kept
}
