//! `MatchPolicy`: conditions on a call; of all that match, the one with the lowest priority number acts.

use callgate_json::{Kind as JsonKind, Value};
use callgate_model::{Effect, Glob, Reader};

use super::members::{message, senseless};

/// Conditions and what is done when all of them hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchPolicy {
    /// All must hold; none at all matches every call.
    pub conditions: Vec<Condition>,
    /// What is done.
    pub action: MatchAction,
    /// Lower is tried first.
    pub priority: i64,
    /// Told to the caller when this policy refuses or marks the call.
    pub message: Option<String>,
}

/// What a match policy does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MatchAction {
    /// The call goes on.
    #[default]
    Allow,
    /// The call goes on and is marked.
    Flag,
    /// The call is refused.
    Deny,
}

impl MatchAction {
    /// The effect of the action.
    pub fn effect(self) -> Effect {
        match self {
            Self::Allow => Effect::Allow,
            Self::Flag => Effect::Flag,
            Self::Deny => Effect::Deny,
        }
    }

    /// Every action with its name in documents.
    pub const NAMED: [(&'static str, Self); 3] = [
        ("ALLOW", Self::Allow),
        ("FLAG", Self::Flag),
        ("DENY", Self::Deny),
    ];
}

/// One condition: some part of the call matches one of the alternatives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Which part.
    pub subject: Subject,
    /// One must match; an empty list never does.
    pub alternatives: Vec<Matcher>,
}

impl Condition {
    /// The regular expressions among its alternatives, in order.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        let matchers = self.alternatives.iter();
        matchers.filter_map(|matcher| match matcher {
            Matcher::Matches(pattern) => Some(pattern.as_str()),
            _ => None,
        })
    }
}

/// A part of a call that conditions look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The agent's name.
    Agent,
    /// The kind of request.
    Kind,
    /// The upstream.
    Upstream,
    /// Any of the prompt texts.
    Prompt,
    /// The header of this name.
    Header(String),
    /// The tool's name.
    Tool,
    /// The language model.
    Model,
}

/// How a text is compared. Letters count with their case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matcher {
    /// The whole text.
    Equals(String),
    /// Its beginning.
    Prefix(String),
    /// Its end.
    Suffix(String),
    /// Any part.
    Contains(String),
    /// The whole text, `*` for any run.
    Glob(Glob),
    /// A regular expression (RE2 syntax) that matches some part.
    Matches(String),
}

const SUBJECTS: [(&str, Subject, bool); 6] = [
    ("agent", Subject::Agent, false),
    ("kind", Subject::Kind, false),
    ("upstream", Subject::Upstream, false),
    ("prompt", Subject::Prompt, true),
    ("tool", Subject::Tool, false),
    ("model", Subject::Model, false),
];

impl MatchPolicy {
    pub(super) fn read(reader: &mut Reader, value: Value<'_>) -> Option<Self> {
        let what = "the `spec` of a MatchPolicy";
        let known = ["conditions", "action", "priority", "message"];
        let fields = reader.fields(value, what, &known)?;
        let action = reader.required(fields, "action", what);
        let action = action.and_then(|v| reader.choice(v, "`action`", &MatchAction::NAMED));
        let priority = reader.required(fields, "priority", what);
        let priority = priority.and_then(|v| integer(reader, v));
        let conditions = fields.get("conditions").map(|v| conditions(reader, v));
        Some(Self {
            conditions: conditions.unwrap_or(Some(Vec::new()))?,
            action: action?,
            priority: priority?,
            message: message(reader, fields),
        })
    }
}

fn integer(reader: &mut Reader, value: Value<'_>) -> Option<i64> {
    match value.as_number().map(|number| number.class()) {
        Some(callgate_json::NumberClass::Int(int)) => Some(int),
        _ => {
            senseless(reader, value, "`priority` must be an integer", "");
            None
        }
    }
}

fn conditions(reader: &mut Reader, value: Value<'_>) -> Option<Vec<Condition>> {
    let what = "`conditions`";
    let known = [
        "agent", "kind", "upstream", "prompt", "headers", "tool", "model",
    ];
    let fields = reader.fields(value, what, &known)?;
    let mut conditions = Vec::new();
    let mut whole = true;
    for (name, subject, contains) in SUBJECTS {
        if let Some(value) = fields.get(name) {
            let alternatives = alternatives(reader, name, contains, value);
            whole &= alternatives.is_some();
            conditions.extend(alternatives.map(|alternatives| Condition {
                subject,
                alternatives,
            }));
        }
    }
    let headers = fields
        .get("headers")
        .and_then(|v| reader.object(v, "`headers`"));
    whole &= headers.is_some() == fields.get("headers").is_some();
    for (name, value) in headers.into_iter().flat_map(|headers| headers.sorted()) {
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            let help = format!("write `{}`", name.to_ascii_lowercase());
            senseless(reader, value, "header names are in lower case", &help);
        }
        let alternatives = alternatives(reader, name, true, value);
        whole &= alternatives.is_some();
        conditions.extend(alternatives.map(|alternatives| Condition {
            subject: Subject::Header(name.to_owned()),
            alternatives,
        }));
    }
    whole.then_some(conditions)
}

/// A list of alternatives, or a single one.
fn alternatives(
    reader: &mut Reader,
    name: &str,
    contains: bool,
    value: Value<'_>,
) -> Option<Vec<Matcher>> {
    let Some(list) = value.as_array() else {
        return Some(vec![matcher(reader, name, contains, value)?]);
    };
    let read = list
        .iter()
        .map(|item| matcher(reader, name, contains, item));
    let read: Vec<Option<Matcher>> = read.collect();
    read.into_iter().collect()
}

type Make = fn(String) -> Matcher;

const MATCHERS: [(&str, Make); 6] = [
    ("equals", Matcher::Equals),
    ("prefix", Matcher::Prefix),
    ("suffix", Matcher::Suffix),
    ("contains", Matcher::Contains),
    ("glob", |text| Matcher::Glob(Glob::new(&text))),
    ("matches", Matcher::Matches),
];

fn matcher(reader: &mut Reader, name: &str, contains: bool, value: Value<'_>) -> Option<Matcher> {
    if value.kind() == JsonKind::String {
        let text = value.as_str().unwrap_or_default().to_owned();
        return Some(match contains {
            true => Matcher::Contains(text),
            false => Matcher::Glob(Glob::new(&text)),
        });
    }
    let what = format!("an alternative of `{name}`");
    let known = MATCHERS.map(|(name, _)| name);
    let fields = reader.fields(value, &what, &known)?;
    let mut members = fields.object().iter();
    let (Some((kind, text)), None) = (members.next(), members.next()) else {
        let help = "write `{prefix: get_}`, say, and further alternatives as items of the list";
        senseless(
            reader,
            value,
            &format!("{what} has exactly one member"),
            help,
        );
        return None;
    };
    let (_, make) = MATCHERS.iter().find(|(name, _)| *name == kind)?;
    let text = reader.string(text, format_args!("`{kind}`"))?;
    Some(make(text.to_owned()))
}
