//! What a scan says about one place of a text; never the value that stands there.

use callgate_model::Effect;

use crate::vocab::{Class, Confidence, Severity};

/// A value that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding<'d> {
    /// The detector's stable name.
    pub detector: &'d str,
    /// What kind of value it is.
    pub class: Class,
    /// Which of [`Config::custom`](crate::Config::custom) found it, if one did.
    pub custom: Option<u16>,
    /// How bad it is.
    pub severity: Severity,
    /// What it asks for.
    pub effect: Effect,
    /// Where the text stands, as a JSON Pointer; a scan leaves it to its caller.
    pub path: String,
    /// First byte of the value in the text.
    pub start: usize,
    /// Byte behind the value. For a value found in decoded text: behind what it was decoded from.
    pub end: usize,
    /// A few of the value's characters, see [`masked`].
    pub masked: String,
    /// How sure the finding is.
    pub confidence: Confidence,
}

/// What of a value may be shown: of 20 and more characters the first four and the last four, of 12
/// to 19 the first two and the last two, of shorter ones nothing. The number of stars is always
/// four, so the length is not shown either.
pub(crate) fn masked(value: &str) -> String {
    let length = value.chars().take(20).count();
    let shown = match length {
        20.. => 4,
        12.. => 2,
        _ => 0,
    };
    let head: String = value.chars().take(shown).collect();
    let tail: Vec<char> = value.chars().rev().take(shown).collect();
    let tail = tail.into_iter().rev();
    let visible = |c: char| if c.is_control() { '*' } else { c };
    let all = head.chars().chain("****".chars()).chain(tail);
    all.map(visible).collect()
}

/// The text with every finding's place replaced by `[detector]`; places that overlap are replaced
/// together, by the name of the first. Findings may be in any order.
pub fn redact(text: &str, findings: &[Finding<'_>]) -> String {
    let mut places: Vec<(usize, usize, &str)> = findings
        .iter()
        .map(|finding| (finding.start, finding.end, finding.detector))
        .collect();
    callgate_json::sort_by(&mut places, Ord::cmp);
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (start, end, detector) in places {
        if end <= done {
            continue;
        }
        if start >= done {
            out.push_str(crate::bytes::text(text, done, start));
            out.push('[');
            out.push_str(detector);
            out.push(']');
        }
        done = end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}
