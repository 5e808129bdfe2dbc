//! Which of several findings at one place are kept.

use crate::scan::Raw;

/// Drops every finding inside the place of a surer one, or of one as sure that is longer or comes
/// earlier in the table; what is left is in the order of the text. Findings that merely overlap
/// are all kept: each covers something that the other does not.
///
/// `covers` has the last word on whether the first of two makes the second superfluous.
pub(crate) fn resolve(mut raw: Vec<Raw>, mut covers: impl FnMut(&Raw, &Raw) -> bool) -> Vec<Raw> {
    callgate_json::sort_by(&mut raw, |a, b| {
        let place = a.start.cmp(&b.start).then(b.end.cmp(&a.end));
        let rank = b.confidence.cmp(&a.confidence).then(a.row.cmp(&b.row));
        place.then(rank)
    });
    let mut kept: Vec<Raw> = Vec::with_capacity(raw.len());
    // Where the open findings, those that reach furthest, begin in `kept`.
    for finding in raw {
        let superfluous = |earlier: &Raw| {
            earlier.end >= finding.end
                && earlier.confidence >= finding.confidence
                && covers(earlier, &finding)
        };
        // INVARIANT: every one kept begins at or before this one.
        if !kept.iter().any(superfluous) {
            kept.push(finding);
        }
    }
    kept
}
