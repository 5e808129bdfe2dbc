//! A case's own call and state over those that its topic shares, number for number as written.

use anyhow::{Context, Result};
use callgate_json::{Document, Kind, Limits, Value, canonical};

/// Objects merge member by member; anything else replaces. Absent ones are empty objects.
pub(super) fn merged(base: Option<Value<'_>>, change: Option<Value<'_>>) -> String {
    let mut out = String::new();
    match (base, change) {
        (Some(base), Some(change)) => merge(base, change, &mut out),
        (Some(only), None) | (None, Some(only)) => out.push_str(only.raw()),
        (None, None) => out.push_str("{}"),
    }
    out
}

fn merge(base: Value<'_>, change: Value<'_>, out: &mut String) {
    let (Some(old), Some(new)) = (base.as_object(), change.as_object()) else {
        out.push_str(change.raw());
        return;
    };
    let mut members = Members::begin(out);
    for (key, value) in old.iter() {
        let out = members.next(key);
        match new.get(key) {
            Some(change) => merge(value, change, out),
            None => out.push_str(value.raw()),
        }
    }
    for (key, value) in new.iter().filter(|(key, _)| !old.contains(key)) {
        members.next(key).push_str(value.raw());
    }
    members.end();
}

/// `text` without the members that the JSON Pointers name.
///
/// # Errors
/// A pointer that names nothing.
pub(super) fn without(text: &str, pointers: &[&str]) -> Result<String> {
    let document = Document::parse(text.as_bytes(), &Limits::default())?;
    for pointer in pointers {
        let there = document.root().pointer(pointer);
        there.with_context(|| format!("`{pointer}` names nothing"))?;
    }
    let mut out = String::new();
    leave_out(document.root(), "", pointers, &mut out);
    Ok(out)
}

fn leave_out(value: Value<'_>, at: &str, pointers: &[&str], out: &mut String) {
    if value.kind() != Kind::Object {
        out.push_str(value.raw());
        return;
    }
    let mut kept = Members::begin(out);
    for (key, value) in value.as_object().into_iter().flat_map(|o| o.iter()) {
        let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        if !pointers.contains(&at.as_str()) {
            leave_out(value, &at, pointers, kept.next(key));
        }
    }
    kept.end();
}

/// The members of an object that is being written.
struct Members<'o> {
    out: &'o mut String,
    first: bool,
}

impl<'o> Members<'o> {
    fn begin(out: &'o mut String) -> Self {
        out.push('{');
        Self { out, first: true }
    }

    fn next(&mut self, key: &str) -> &mut String {
        if !std::mem::take(&mut self.first) {
            self.out.push(',');
        }
        let mut name = Vec::new();
        canonical::write_str(key, &mut name);
        self.out.push_str(&String::from_utf8_lossy(&name));
        self.out.push(':');
        self.out
    }

    fn end(self) {
        self.out.push('}');
    }
}
