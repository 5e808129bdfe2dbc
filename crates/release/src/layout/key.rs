//! The key that a line begins with.

use super::scalar;

/// The key at the front of `text`, as it is written, and what follows its colon.
pub fn split(text: &str) -> Option<(&str, &str)> {
    let colon = if text.starts_with(['"', '\'']) {
        let (_, end) = scalar::end(&[text], 0)?;
        let rest = text.get(end..)?;
        let blank = rest
            .len()
            .saturating_sub(rest.trim_start_matches(' ').len());
        let colon = end.saturating_add(blank);
        is_colon(text, colon).then_some(colon)?
    } else if text.starts_with(['[', '{', '|', '>', '#']) {
        return None;
    } else {
        let comment = comment(text).unwrap_or(text.len());
        let mut colons = text.match_indices(':').map(|(at, _)| at);
        colons
            .find(|at| is_colon(text, *at))
            .filter(|at| *at < comment)?
    };
    let key = text.get(..colon)?.trim_end_matches(' ');
    Some((key, text.get(colon.saturating_add(1)..)?))
}

/// Where the comment of a line of plain text begins.
pub fn comment(text: &str) -> Option<usize> {
    let mut marks = text.match_indices('#').map(|(at, _)| at);
    marks.find(|at| {
        let before = text.get(..*at).unwrap_or_default();
        before.is_empty() || before.ends_with([' ', '\t'])
    })
}

fn is_colon(text: &str, at: usize) -> bool {
    let Some(rest) = text.get(at..).and_then(|rest| rest.strip_prefix(':')) else {
        return false;
    };
    rest.is_empty() || rest.starts_with([' ', '\t'])
}
