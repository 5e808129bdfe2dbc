//! What the messages of a stream said last, by the name of the member: each goes on at once, and a value
//! cut across them is found with its last part.
use callgate_json::{Value, View};

/// The ends of texts that have gone on.
#[derive(Clone, Debug, Default)]
pub struct Trail(Vec<(&'static str, String)>);

/// Members that hold what somebody reads: content, progress, log lines (MCP, `ContentBlock`,
/// `notifications/progress`, `notifications/message`).
const NAMES: [&str; 4] = ["text", "message", "data", "content"];

/// Bytes on each side of a cut that are put together: as many as hold any value but a key or token.
const SIDE: usize = crate::flow::LEAD;

/// The texts of a message by the name they have, those of one name without anything between them.
#[must_use]
pub fn texts(root: Value<'_>) -> Vec<(&'static str, String)> {
    let mut said = Vec::new();
    gather(root, "", &mut said);
    said
}

fn gather(value: Value<'_>, name: &str, said: &mut Vec<(&'static str, String)>) {
    match value.view() {
        View::String(text) => {
            let Some(known) = NAMES.iter().find(|known| **known == name) else {
                return;
            };
            match said.iter_mut().find(|(name, _)| name == known) {
                Some((_, whole)) => whole.push_str(text),
                None => said.push((known, text.to_owned())),
            }
        }
        View::Array(array) => array.iter().for_each(|item| gather(item, name, said)),
        View::Object(object) => {
            for (name, member) in object.iter() {
                gather(member, name, said);
            }
        }
        View::Null | View::Bool(_) | View::Number(_) => {}
    }
}

impl Trail {
    /// What a text makes together with what was said before it, and where it begins in that; `None` when
    /// nothing was.
    pub fn joined(&mut self, name: &'static str, text: &str) -> Option<(String, usize)> {
        let place = self.0.iter().position(|(known, _)| *known == name);
        let before = place.and_then(|place| self.0.get_mut(place));
        match before {
            None => {
                self.0.push((name, last(text).to_owned()));
                None
            }
            Some((_, before)) => {
                let (cut, joined) = (before.len(), [before, first(text)].concat());
                before.push_str(text);
                *before = last(before).to_owned();
                Some((joined, cut))
            }
        }
    }
}

fn first(text: &str) -> &str {
    let mut end = text.len().min(SIDE);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}

fn last(text: &str) -> &str {
    let mut start = text.len().saturating_sub(SIDE);
    while !text.is_char_boundary(start) {
        start = start.saturating_add(1);
    }
    text.get(start..).unwrap_or_default()
}
