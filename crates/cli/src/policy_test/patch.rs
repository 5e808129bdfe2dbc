//! A JSON value with some of its parts replaced; numbers keep the way they are written.

use callgate_json::{Value, Writer};

/// A part of a value and what it becomes.
#[derive(Debug, Clone)]
pub struct Patch<'p> {
    /// The keys on the way from the root.
    pub path: &'p [String],
    /// The new value as JSON.
    pub json: &'p str,
}

/// `base` with `patches` applied in order; objects on the way come into being.
pub fn patched(base: Option<Value<'_>>, patches: &[Patch<'_>]) -> String {
    let mut out = Vec::new();
    write(base, patches, &mut Writer::new(&mut out));
    // INVARIANT: everything written comes from `str`.
    String::from_utf8(out).unwrap_or_default()
}

fn write(base: Option<Value<'_>>, patches: &[Patch<'_>], w: &mut Writer<'_>) {
    if let Some(whole) = patches.iter().rfind(|patch| patch.path.is_empty()) {
        w.raw(whole.json.as_bytes());
        return;
    }
    let Some(first) = patches.first() else {
        match base {
            Some(base) => w.raw(base.raw().as_bytes()),
            None => w.null(),
        };
        return;
    };
    if let Some(array) = base.and_then(Value::as_array).filter(|_| is_index(first)) {
        w.begin_array();
        for (index, element) in array.iter().enumerate() {
            write(Some(element), &below(patches, &index.to_string()), w);
        }
        w.end_array();
        return;
    }
    let object = base.and_then(Value::as_object);
    w.begin_object();
    for (key, value) in object.into_iter().flat_map(|object| object.iter()) {
        write(Some(value), &below(patches, key), w.key(key));
    }
    let mut written: Vec<&str> = Vec::new();
    for key in patches.iter().filter_map(|patch| patch.path.first()) {
        if !object.is_some_and(|object| object.contains(key)) && !written.contains(&key.as_str()) {
            written.push(key);
            write(None, &below(patches, key), w.key(key));
        }
    }
    w.end_object();
}

fn is_index(patch: &Patch<'_>) -> bool {
    patch
        .path
        .first()
        .is_some_and(|key| key.parse::<u32>().is_ok())
}

/// The patches of the part named `key`, as seen from that part.
fn below<'p>(patches: &[Patch<'p>], key: &str) -> Vec<Patch<'p>> {
    let inner = patches
        .iter()
        .filter_map(|patch| match patch.path.split_first() {
            Some((first, path)) if first == key => Some(Patch {
                path,
                json: patch.json,
            }),
            _ => None,
        });
    inner.collect()
}

#[cfg(test)]
mod tests {
    use callgate_json::{Document, Limits};

    use super::*;

    #[test]
    fn parts_are_replaced_and_added() {
        let cases = [
            (r#"{"a":1.0}"#, vec![], r#"{"a":1.0}"#),
            (r#"{"a":1.0,"b":2}"#, vec![("b", "3")], r#"{"a":1.0,"b":3}"#),
            (
                "{}",
                vec![("a.b.c", "1"), ("a.b.d", "2")],
                r#"{"a":{"b":{"c":1,"d":2}}}"#,
            ),
            (r#"{"a":[1,2]}"#, vec![("a.1", "9")], r#"{"a":[1,9]}"#),
            (r#"{"a":"text"}"#, vec![("a.b", "1")], r#"{"a":{"b":1}}"#),
            (r#"{"a":1}"#, vec![("a", "2"), ("a", "3")], r#"{"a":3}"#),
        ];
        for (base, patches, expected) in cases {
            let document = Document::parse(base.as_bytes(), &Limits::default()).unwrap();
            let split = |path: &str| path.split('.').map(str::to_owned).collect::<Vec<_>>();
            let patches: Vec<_> = patches
                .iter()
                .map(|(path, json)| (split(path), *json))
                .collect();
            let patches: Vec<_> = patches
                .iter()
                .map(|(path, json)| Patch { path, json })
                .collect();
            assert_eq!(patched(Some(document.root()), &patches), expected);
        }
    }
}
