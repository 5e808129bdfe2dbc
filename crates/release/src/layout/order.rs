//! The keys of a policy in the order in which people look for them.

use super::row::{Kind, Row};

const KEYS: [&str; 6] = ["apiVersion", "kind", "metadata", "enabled", "scope", "spec"];

/// What editors look for in a file's first lines.
const MODELINE: &str = "# yaml-language-server:";

/// The rows with the keys of every policy in order; the comments above a key go with it.
pub fn ordered(rows: Vec<Row>) -> Vec<Row> {
    let mut ordered = Vec::with_capacity(rows.len());
    let mut document = Vec::new();
    for row in rows {
        if row.kind == Kind::Marker {
            ordered.append(&mut of_document(std::mem::take(&mut document)));
            ordered.push(row);
        } else {
            document.push(row);
        }
    }
    ordered.append(&mut of_document(document));
    ordered
}

fn of_document(rows: Vec<Row>) -> Vec<Row> {
    let ranks: Vec<usize> = rows.iter().filter_map(|row| rank(&row.kind)).collect();
    let is_policy = ranks.contains(&0) && ranks.contains(&1);
    if !is_policy || ranks.is_sorted() {
        return rows;
    }
    let mut head = Vec::new();
    let mut parts: Vec<(usize, Vec<Row>)> = Vec::new();
    let mut above = Vec::new();
    for row in rows {
        match (rank(&row.kind), parts.last_mut()) {
            (Some(rank), part) => {
                if part.is_none() {
                    head = header(&mut above);
                }
                let mut part = std::mem::take(&mut above);
                part.push(row);
                parts.push((rank, part));
            }
            (None, Some((_, part))) if row.kind == Kind::Inner => {
                part.append(&mut above);
                part.push(row);
            }
            (None, _) => above.push(row),
        }
    }
    callgate_json::sort_by(&mut parts, |(a, _), (b, _)| a.cmp(b));
    head.extend(parts.into_iter().flat_map(|(_, rows)| rows));
    head.append(&mut above);
    head
}

/// Takes what is about the file, not its first key: comments above a blank line, and an editor's line.
fn header(above: &mut Vec<Row>) -> Vec<Row> {
    let blank = above.iter().rposition(|row| row.kind == Kind::Blank);
    let modeline = above.iter().position(|row| row.text.starts_with(MODELINE));
    let modeline = modeline.map(|at| {
        let bare = above.iter().skip(at.saturating_add(1));
        at.saturating_add(bare.take_while(|row| row.text == "#").count())
    });
    let length = blank.max(modeline).map_or(0, |last| last.saturating_add(1));
    above.drain(..length).collect()
}

/// Where a key belongs; those that nobody knows come last.
fn rank(kind: &Kind) -> Option<usize> {
    let Kind::Key(name) = kind else {
        return None;
    };
    let place = KEYS.iter().position(|key| key == name);
    Some(place.unwrap_or(KEYS.len()))
}
