//! The lines of one entry at its new place.

use super::{STEP, flow};
use crate::layout::row::{Kind, Row};
use crate::layout::scan::{Entry, Mark, Tail, indent};

/// The entry at column `new`; its value belongs to what stands at column `owner`.
pub fn of(entry: &Entry<'_>, new: usize, owner: usize) -> Vec<Row> {
    let mut rows = vec![first(entry, new)];
    match &entry.tail {
        Tail::None => {}
        Tail::Folded(lines) => {
            let last = entry.heads.last();
            let (from, to) = last.map_or((entry.column, new), |head| (head.column, owner));
            // Below a key that stands on another line the value must stay inside of it.
            let least = if last.is_none() && new > 0 {
                owner.saturating_add(1)
            } else {
                0
            };
            rows.extend(lines.iter().map(|line| folded(line, from, to, least)));
        }
        Tail::Block {
            lines,
            indent,
            told,
        } => {
            let new = owner.saturating_add(told.unwrap_or(STEP));
            rows.extend(lines.iter().map(|line| of_block(line, *indent, new)));
        }
    }
    rows
}

/// Sets a comment behind what a line says.
pub fn remark(line: &mut String, comment: Option<&str>) {
    let Some(text) = comment.and_then(|comment| comment.strip_prefix('#')) else {
        return;
    };
    line.push_str("  #");
    if !(text.is_empty() || text.starts_with([' ', '\t', '#', '!'])) {
        line.push(' ');
    }
    line.push_str(text);
}

fn first(entry: &Entry<'_>, new: usize) -> Row {
    let mut text = " ".repeat(new);
    let mut kind = Kind::Inner;
    for head in &entry.heads {
        match head.mark {
            Mark::Dash => text.push_str("- "),
            Mark::Key(key) => {
                if text.is_empty() {
                    let name = key.trim_matches(['"', '\'']);
                    kind = Kind::Key(name.to_owned());
                }
                text.push_str(key);
                text.push_str(": ");
            }
        }
    }
    let is_flow = entry.value.starts_with(['[', '{']);
    if is_flow && matches!(entry.tail, Tail::None) {
        text.push_str(&flow::spaced(entry.value));
    } else {
        text.push_str(entry.value);
    }
    if matches!(entry.tail, Tail::Folded(_)) || entry.value.is_empty() {
        text.truncate(trimmed(&text).len());
    }
    remark(&mut text, entry.comment);
    Row::new(text, kind)
}

fn folded(line: &str, from: usize, to: usize, least: usize) -> Row {
    let content = trimmed(line).trim_start_matches(' ');
    if content.is_empty() {
        return Row::new(String::new(), Kind::Inner);
    }
    let column = indent(line)
        .saturating_add(to)
        .saturating_sub(from)
        .max(least);
    Row::new(format!("{:column$}{content}", ""), Kind::Inner)
}

/// What is further right than the text is text.
fn of_block(line: &str, old: usize, new: usize) -> Row {
    let text = match line.get(old..) {
        Some(text) if !text.is_empty() => format!("{:new$}{text}", ""),
        _ => String::new(),
    };
    Row::new(text, Kind::Inner)
}

/// Without white space at its end, unless a backslash may have made it text.
fn trimmed(line: &str) -> &str {
    let trimmed = line.trim_end_matches([' ', '\t']);
    if trimmed.ends_with('\\') {
        line
    } else {
        trimmed
    }
}
