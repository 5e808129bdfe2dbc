//! Edits to what is no expression: entries and fields dropped, limits moved by one, words changed.

use serde_json::{Map, Value, json};

use super::Edit;

/// Fields that no test can see: words for people, and what the host does with an approval. Expressions
/// and their effects are edited elsewhere.
const UNSEEN: [&str; 9] = [
    "name",
    "message",
    "description",
    "approvers",
    "default_approvers",
    "approval_timeout_seconds",
    "expression",
    "effect",
    // A number says nothing by itself: the order is edited instead.
    "priority",
];

/// Every edit to the scope of a policy, and to its spec.
pub fn edits(document: &Value) -> Vec<Edit> {
    let mut finder = Finder {
        document,
        edits: Vec::new(),
    };
    if let Some(scope) = document.get("scope") {
        finder.drop_member("", "scope", scope);
        finder.inside("/scope/targets", &scope["targets"], "targets");
    }
    if let Some(spec) = document["spec"].as_object() {
        finder.object("/spec", spec);
    }
    finder.edits
}

struct Finder<'d> {
    document: &'d Value,
    edits: Vec<Edit>,
}

impl Finder<'_> {
    /// The members of an object: each dropped, each edited.
    fn object(&mut self, pointer: &str, object: &Map<String, Value>) {
        // Responses are judged by the host: no test of a call can see it.
        if object.get("type").is_some_and(|kind| kind == "output") {
            return;
        }
        for (key, value) in object {
            if UNSEEN.contains(&key.as_str()) {
                continue;
            }
            // Arguments are always an object.
            let idle = key == "type" && value == "object" && is_constraint(pointer);
            if !idle {
                self.drop_member(pointer, key, value);
            }
            self.inside(&format!("{pointer}/{}", escaped(key)), value, key);
        }
    }

    /// A value, its parts included; `key` is the field that it is, or is an entry of.
    fn inside(&mut self, pointer: &str, value: &Value, key: &str) {
        match value {
            Value::Object(object) => self.object(pointer, object),
            Value::Array(array) => {
                for (index, entry) in array.iter().enumerate() {
                    self.drop_entry(pointer, index, entry);
                    self.inside(&format!("{pointer}/{index}"), entry, key);
                }
            }
            Value::Bool(truth) => self.replace(pointer, key, value, &json!(!truth), "turned round"),
            Value::Number(_) | Value::String(_) => {
                for (other, what) in others(pointer, key, value) {
                    self.replace(pointer, key, value, &other, what);
                }
            }
            Value::Null => {}
        }
    }

    fn drop_member(&mut self, pointer: &str, key: &str, value: &Value) {
        let mut document = self.document.clone();
        let object = document.pointer_mut(pointer).and_then(Value::as_object_mut);
        if object.and_then(|object| object.remove(key)).is_some() {
            self.edits.push(Edit {
                pointer: format!("{pointer}/{}", escaped(key)),
                within: None,
                what: format!("`{key}` is dropped"),
                before: format!("{key}: {}", shown(value)),
                after: String::new(),
                document,
            });
        }
    }

    fn drop_entry(&mut self, pointer: &str, index: usize, entry: &Value) {
        let mut document = self.document.clone();
        let array = document.pointer_mut(pointer).and_then(Value::as_array_mut);
        let Some(array) = array.filter(|array| index < array.len()) else {
            return;
        };
        array.remove(index);
        let list = pointer.rsplit('/').next().unwrap_or_default();
        self.edits.push(Edit {
            pointer: format!("{pointer}/{index}"),
            within: None,
            what: format!("an entry of `{list}` is dropped"),
            before: format!("- {}", shown(entry)),
            after: String::new(),
            document,
        });
    }

    fn replace(&mut self, pointer: &str, key: &str, value: &Value, other: &Value, what: &str) {
        let mut document = self.document.clone();
        if let Some(place) = document.pointer_mut(pointer) {
            *place = other.clone();
            self.edits.push(Edit {
                pointer: pointer.to_owned(),
                within: None,
                what: match is_entry(pointer) {
                    true => format!("an entry of `{key}` is {what}"),
                    false => format!("`{key}` is {what}"),
                },
                before: format!("{key}: {}", shown(value)),
                after: format!("{key}: {}", shown(other)),
                document,
            });
        }
    }
}

/// Whether this is where the schema of an action's arguments stands.
fn is_constraint(pointer: &str) -> bool {
    let above = pointer.rsplit_once('/').map(|(above, _)| above);
    above == Some("/spec/argument_constraints")
}

/// Whether this is an entry of a list.
fn is_entry(pointer: &str) -> bool {
    let last = pointer.rsplit('/').next();
    last.is_some_and(|last| last.parse::<u32>().is_ok())
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

type Other = (Value, &'static str);

/// What a number or a text may have been mistaken for.
fn others(pointer: &str, key: &str, value: &Value) -> Vec<Other> {
    let is_money = [
        "max_usd",
        "run_budget",
        "session_budget",
        "approval_threshold_usd",
        "threshold_usd",
    ]
    .contains(&key)
        || pointer.starts_with("/spec/action_budgets/");
    if is_money {
        return money(value);
    }
    if let Some(int) = value.as_i64() {
        return vec![
            (json!(int.saturating_add(1)), "one more"),
            (json!(int.saturating_sub(1)), "one less"),
        ];
    }
    if let Some(double) = value.as_f64() {
        return vec![
            (json!(double + 1.0), "one more"),
            (json!(double - 1.0), "one less"),
        ];
    }
    let text = value.as_str().unwrap_or_default();
    if let Some(words) = WORDS
        .iter()
        .find(|(keys, words)| keys.contains(&key) && words.contains(&text))
    {
        let others = words.1.iter().filter(|word| **word != text);
        return others.map(|word| (json!(word), "another")).collect();
    }
    if ["window_seconds", "max_seconds", "evidence_max_age_seconds"].contains(&key) {
        return seconds(text);
    }
    if ["from", "to"].contains(&key) && pointer.contains("/windows/") {
        return minutes(text);
    }
    words(pointer, key, text)
}

/// Fields that have one of a few words.
const WORDS: [(&[&str], &[&str]); 6] = [
    (&["per"], &["minute", "hour", "day"]),
    (&["per"], &["run", "agent", "day"]),
    (&["by"], &["agent", "tool", "tenant"]),
    (&["action"], &["ALLOW", "FLAG", "DENY"]),
    (&["source_from"], &["result", "kwargs"]),
    (&["level"], &["platform", "tenant"]),
];

/// A cent more and a cent less.
fn money(value: &Value) -> Vec<Other> {
    let text = shown(value);
    let Some(amount) = callgate_model::MicroUsd::parse(&text) else {
        return Vec::new();
    };
    let moved = |by: i64| {
        let moved = callgate_model::MicroUsd(amount.0.checked_add(by)?);
        (moved.0 >= 0).then(|| json!(moved.to_text()))
    };
    let more = moved(10_000).map(|value| (value, "a cent more"));
    let less = moved(-10_000).map(|value| (value, "a cent less"));
    more.into_iter().chain(less).collect()
}

/// A second more and a second less.
fn seconds(text: &str) -> Vec<Other> {
    let (number, unit) = text.split_at(text.len().saturating_sub(1));
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Vec::new(),
    };
    let Some(seconds) = number.parse::<i64>().ok().and_then(|n| n.checked_mul(unit)) else {
        return Vec::new();
    };
    vec![
        (json!(seconds.saturating_add(1)), "a second more"),
        (json!(seconds.saturating_sub(1)), "a second less"),
    ]
}

/// A minute later and a minute earlier.
fn minutes(text: &str) -> Vec<Other> {
    let parts = text.split_once(':');
    let minute = parts
        .and_then(|(hour, minute)| Some((hour.parse::<i64>().ok()?, minute.parse::<i64>().ok()?)));
    let Some((hour, minute)) = minute else {
        return Vec::new();
    };
    let at = hour.saturating_mul(60).saturating_add(minute);
    let moved = |by: i64| {
        let at = at.saturating_add(by).rem_euclid(1_440);
        json!(format!("{:02}:{:02}", at / 60, at % 60))
    };
    vec![
        (moved(1), "a minute later"),
        (moved(-1), "a minute earlier"),
    ]
}

/// A text that matches more, or something else. Entries of lists are dropped already.
fn words(pointer: &str, key: &str, text: &str) -> Vec<Other> {
    let mut others = Vec::new();
    let wide = |text: &str| text.contains('*') && text != "*";
    if wide(text) && !pointer.starts_with("/scope") {
        others.push((json!("*"), "every one"));
    }
    if !is_entry(pointer) && !["type", "timezone", "level"].contains(&key) {
        others.push((json!(format!("{text}~")), "another"));
    }
    others
}
