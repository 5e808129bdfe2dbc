//! `cel_regex`: patterns in the syntax that RE2 and the `regex` crate share match the same texts, at the same
//! places.

use callgate_cel::{Gas, TextPattern};

use super::Target;
use crate::choices::Choices;
use crate::{Finding, Label};

pub const TARGET: Target = Target {
    name: "cel_regex",
    run,
    must_meet: &["refused", "matched", "unmatched"],
};

/// Pieces of patterns that mean the same to both.
const PIECES: &[&str] = &[
    "a",
    "b",
    "ab",
    "é",
    "日",
    "😀",
    "[ab]",
    "[^a]",
    "[^\\n]",
    "[b-é]",
    "[[:alpha:]]",
    "[[:^digit:]]",
    ".",
    "*",
    "+",
    "?",
    "*?",
    "+?",
    "??",
    "{2}",
    "{0}",
    "{1,3}",
    "{2,}",
    "{0,2}?",
    "|",
    "|",
    "(",
    ")",
    "(",
    ")",
    "(?:",
    "(?P<n>",
    "(?s:",
    "(?m)",
    "(?U)",
    "(?-s)",
    "^",
    "$",
    "\\A",
    "\\z",
    "\\n",
    "\\.",
    "\\x{e9}",
    "\\x61",
    "(a*)*",
    "(|a)+",
    "(a|ab)(c|bcd)",
    "{1,40}",
];

const LETTERS: &[&str] = &["a", "b", "c", "d", "é", "日", "😀", "\n", ".", "ab", "aaaa"];

/// Bytes that a pattern may compile to.
const LIMIT: u32 = 65_536;

fn run(data: &[u8]) -> Result<Label, Finding> {
    let mut choices = Choices::new(data);
    let pattern = row(PIECES, 12, &mut choices);
    let text = row(LETTERS, 48, &mut choices);
    let ours = TextPattern::compile(&pattern, LIMIT);
    let (Ok(ours), Ok(theirs)) = (ours, regex::Regex::new(&pattern)) else {
        return Ok("refused");
    };
    let wrong = |problem: String| Err(Finding::new(&pattern, format!("{problem} in {text:?}")));
    let mut gas = Gas::new(u64::MAX);
    let matched = ours.is_match(&text, &mut gas) == Ok(true);
    if matched != theirs.is_match(&text) {
        return wrong(format!("a match is found: {matched}"));
    }
    for (from, _) in text.char_indices() {
        let Ok(found) = ours.find(&text, from, &mut gas) else {
            return wrong("a match was not paid".to_owned());
        };
        // The crate may prefer another end: it takes a repetition that all alternatives begin with out of them.
        let (start, expected) = (found.map(|(start, _)| start), theirs.find_at(&text, from));
        if start != expected.map(|expected| expected.start()) {
            return wrong(format!("from {from}: {found:?} and not {expected:?}"));
        }
        if found.is_some_and(|(start, end)| text.get(start..end).is_none()) {
            return wrong(format!("from {from}: {found:?} is no part"));
        }
    }
    Ok(if matched { "matched" } else { "unmatched" })
}

fn row(of: &[&str], most: usize, choices: &mut Choices<'_>) -> String {
    let length = choices.below(most);
    (0..length)
        .filter_map(|_| choices.pick(of).copied())
        .collect()
}
