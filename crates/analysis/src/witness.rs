//! Calls as JSON, put together from what stands at their places.

use callgate_json::Document;
use callgate_model::Limits;

use crate::domain;
use crate::place::Place;

/// A call with something at some places, as canonical JSON but for the form of numbers.
pub(crate) fn call(parts: &[(&Place, &str)]) -> String {
    let mut root = Node::Map(Vec::new());
    for (place, value) in parts {
        // The time is no part of a call.
        if &*place.attribute != "now" {
            root.put(place.steps(), value);
        }
    }
    let named = Place::attribute("identity.name");
    if !parts.iter().any(|(place, _)| **place == named) {
        root.put(named.steps(), "\"agent\"");
    }
    let mut out = String::new();
    root.write(&mut out);
    out
}

/// Whether there is nothing at a place of a call.
pub(crate) fn lacks(call: &str, place: &Place, limits: &Limits) -> bool {
    let Ok(document) = Document::parse(call.as_bytes(), &limits.json) else {
        return false;
    };
    let mut at = Some(document.root());
    for step in place.steps() {
        at = at.and_then(|value| value.as_object()?.get(step));
    }
    at.is_none()
}

enum Node {
    Value(String),
    Map(Vec<(String, Self)>),
}

impl Node {
    fn put<'s>(&mut self, mut steps: impl Iterator<Item = &'s str>, value: &str) {
        let Some(step) = steps.next() else {
            match self {
                // What its parts have made a map is one.
                Self::Map(_) if value == "{}" => {}
                _ if value == "{}" => *self = Self::Map(Vec::new()),
                _ => *self = Self::Value(value.to_owned()),
            }
            return;
        };
        if let Self::Value(_) = self {
            *self = Self::Map(Vec::new());
        }
        if let Self::Map(members) = self {
            let place = members.partition_point(|(name, _)| name.as_str() < step);
            if members.get(place).is_none_or(|(name, _)| name != step) {
                members.insert(place, (step.to_owned(), Self::Map(Vec::new())));
            }
            let Some((_, below)) = members.get_mut(place) else {
                return;
            };
            below.put(steps, value);
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Value(text) => out.push_str(text),
            Self::Map(members) => {
                out.push('{');
                for (index, (key, member)) in members.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    out.push_str(&domain::quoted(key));
                    out.push(':');
                    member.write(out);
                }
                out.push('}');
            }
        }
    }
}
