//! What the messages of a stream said last: each goes on at once, and a value cut across them is found with
//! its last part.
use crate::response::ServerMessage;
use callgate_json::{Value, View};

/// The ends of texts that have gone on: of those of one name, and of all.
#[derive(Clone, Debug, Default)]
pub struct Trail(Vec<(&'static str, String)>);

/// What texts make together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The name of the member that the last of them begin with.
    pub name: &'static str,
    /// All of it.
    pub text: String,
    /// Where what is new begins.
    pub cut: usize,
}

/// Members that hold what somebody reads: content, progress, log lines, questions (MCP, `ContentBlock`,
/// `notifications/progress`, `notifications/message`, `elicitation/create`).
const NAMES: [&str; 4] = ["text", "message", "data", "content"];
/// What all texts stand under, whatever they are called.
const ALL: &str = "";

/// Bytes on each side of a cut that are put together: as many as hold any value but a key or token.
const SIDE: usize = crate::flow::LEAD;

/// The texts of a message in order, each with its name.
#[must_use]
pub fn texts(message: &ServerMessage<'_>) -> Vec<(&'static str, String)> {
    let mut said = Vec::new();
    let parts = [message.result, message.error, message.params];
    for part in parts.into_iter().flatten() {
        gather(part, "", &mut said);
    }
    said
}

fn gather(value: Value<'_>, name: &str, said: &mut Vec<(&'static str, String)>) {
    match value.view() {
        View::String(text) => {
            let known = NAMES.iter().find(|known| **known == name);
            said.extend(known.map(|known| (*known, text.to_owned())));
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
    /// What the texts of a message make together with those before it: those of one name, and all of them
    /// as they follow each other.
    pub fn follow(&mut self, texts: &[(&'static str, String)]) -> Vec<Joined> {
        let mut views = Vec::new();
        let Some((first, _)) = texts.first() else {
            return views;
        };
        let of = |name: &str| {
            let fits = texts
                .iter()
                .filter(|(known, _)| name == ALL || *known == name);
            fits.map(|(_, text)| text.as_str()).collect::<String>()
        };
        for name in NAMES.into_iter().chain([ALL]) {
            let text = of(name);
            if text.is_empty() {
                continue;
            }
            let Some((text, cut)) = self.joined(name, &text) else {
                continue;
            };
            // Where all texts have one name they are looked at once.
            if !views
                .iter()
                .any(|view: &Joined| view.text == text && view.cut == cut)
            {
                let name = if name == ALL { first } else { name };
                views.push(Joined { name, text, cut });
            }
        }
        views
    }

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
    text.get(..text.floor_char_boundary(SIDE))
        .unwrap_or_default()
}

fn last(text: &str) -> &str {
    let start = text.ceil_char_boundary(text.len().saturating_sub(SIDE));
    text.get(start..).unwrap_or_default()
}
