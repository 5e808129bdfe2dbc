//! What is said of a broken rule: names and bounds of the schema, never the value.

use crate::format::Format;
use crate::node::Types;

pub(super) fn never() -> String {
    "is not allowed here".to_owned()
}

pub(super) fn types(types: Types) -> String {
    format!("is not of type {}", types.describe())
}

pub(super) fn value(keyword: &str) -> String {
    match keyword {
        "const" => "is not the one value that is allowed".to_owned(),
        _ => "is none of the values that are allowed".to_owned(),
    }
}

pub(super) fn bound(words: &str, bound: &str) -> String {
    format!("is {words} {bound}")
}

pub(super) fn shorter(least: u64, what: &str) -> String {
    format!("has fewer than {least} {what}")
}

pub(super) fn longer(most: u64, what: &str) -> String {
    format!("has more than {most} {what}")
}

pub(super) fn pattern(source: &str) -> String {
    format!("does not match the pattern `{source}`")
}

pub(super) fn format(format: Format) -> String {
    format!("is no `{}`", format.name())
}

pub(super) fn not_unique() -> String {
    "has an item twice".to_owned()
}

pub(super) fn contains(least: u64, most: Option<u64>) -> String {
    match most {
        Some(most) => format!("does not have from {least} to {most} items that match `contains`"),
        None => format!("has fewer than {least} items that match `contains`"),
    }
}

pub(super) fn required(name: &str) -> String {
    format!("`{name}` is required")
}

pub(super) fn any(count: usize) -> String {
    format!("matches none of the {count} alternatives")
}

pub(super) fn one(count: usize, held: u64) -> String {
    match held {
        0 => format!("matches none of the {count} alternatives"),
        _ => format!("matches more than one of the {count} alternatives"),
    }
}

pub(super) fn not() -> String {
    "matches what is excluded by `not`".to_owned()
}
