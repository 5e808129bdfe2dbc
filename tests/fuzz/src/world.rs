//! The attributes that generated expressions read, and the values these can have.

use std::sync::LazyLock;

use callgate_cel::value::Duration;
use callgate_cel::{Environment, Type, Value};
use callgate_json::{Document, Limits};
use callgate_model::Timestamp;

use crate::choices::Choices;

/// The values of all attributes, by slot.
pub type Slots = Vec<Option<Value<'static>>>;

/// A value where it lies in a JSON document, and the same built; the latter is missing where a number
/// in it fits no type.
#[derive(Debug, Clone, Copy)]
struct Twin {
    lying: Value<'static>,
    built: Option<Value<'static>>,
}

/// An attribute: its path, its type, and values it can have.
struct Attribute {
    path: &'static str,
    r#type: Type,
    values: Vec<Twin>,
}

static ATTRIBUTES: LazyLock<Vec<Attribute>> = LazyLock::new(|| {
    let text = || json(&["\"\"", "\"a\"", "\"abc\"", "\"é\"", "\"a\\nb\"", LONG]);
    vec![
        attribute("call.flag", Type::Bool, json(&["true", "false"])),
        attribute(
            "call.count",
            Type::Int,
            json(&["0", "1", "3", "-1", "9223372036854775807"]),
        ),
        attribute(
            "call.size",
            Type::Uint,
            same(&[Value::Uint(0), Value::Uint(3), Value::Uint(u64::MAX)]),
        ),
        attribute(
            "call.ratio",
            Type::Double,
            json(&["0.0", "1.5", "-2.5", "1e300"]),
        ),
        attribute("call.name", Type::String, text()),
        attribute("call.tool", Type::String, text()),
        attribute(
            "call.items",
            Type::list(Type::Int),
            json(&["[]", "[1]", "[3, 1, 2]", "[1, 1, -7, 9223372036854775807]"]),
        ),
        attribute(
            "call.tags",
            Type::list(Type::String),
            json(&["[]", "[\"a\"]", "[\"b\", \"a\", \"b\", \"é\"]"]),
        ),
        attribute(
            "call.labels",
            Type::map(Type::Int),
            json(&[
                "{}",
                "{\"a\": 1}",
                "{\"b\": 2, \"é\": 3, \"a\": -1, \"\": 0}",
                MANY,
            ]),
        ),
        attribute("call.at", Type::Timestamp, same(&instants())),
        attribute("call.span", Type::Duration, same(&spans())),
        attribute("call.args", Type::Dyn, json(ARGUMENTS)),
        attribute("call.box.flag", Type::Bool, json(&["true", "false"])),
        attribute("call.box.count", Type::Int, json(&["0", "2"])),
        attribute("call.box.name", Type::String, text()),
    ]
});

const LONG: &str = "\"the quick brown fox jumps over the lazy dog 0123456789\"";

/// More keys than a map is searched through from the front for.
const MANY: &str = r#"{"k1":1,"k2":2,"k3":3,"k4":4,"k5":5,"k6":6,"k7":7,"k8":8,"k9":9,"k10":10,"k11":11,
"k12":12,"k13":13,"k14":14,"k15":15,"k16":16,"k17":17,"a":18,"\ud83d\ude00":19,"\ue000":20}"#;

const ARGUMENTS: &[&str] = &[
    "{}",
    r#"{"a": 1, "list": [1, 2.0, "a", null], "deep": {"x": {"a": true}}, "big": 18446744073709551615}"#,
    r#"{"a": "a", "list": [], "deep": {"x": [[], {}]}, "big": 1e400, "b": -0.0}"#,
    r#"{"a": {"a": {"a": null}}, "list": [[1], [[2]]], "big": 99999999999999999999}"#,
    r#"[1, "a", {"a": [true, false]}]"#,
    "null",
    "\"a\"",
    "7",
];

/// What generated expressions may name.
pub fn environment() -> Environment {
    let builder = Environment::builder();
    let all = ATTRIBUTES.iter().fold(builder, |builder, attribute| {
        builder.leaf(attribute.path, attribute.r#type.clone())
    });
    all.build()
}

/// Some value for each attribute, or none.
pub fn slots(choices: &mut Choices<'_>) -> Slots {
    ATTRIBUTES
        .iter()
        .map(|attribute| twin(attribute, choices).map(|twin| twin.lying))
        .collect()
}

/// The same values, where they lie and built; `None` when something cannot be built.
pub fn twins(choices: &mut Choices<'_>) -> (Slots, Option<Slots>) {
    let chosen: Vec<Option<Twin>> = ATTRIBUTES
        .iter()
        .map(|attribute| twin(attribute, choices))
        .collect();
    let lying = chosen
        .iter()
        .map(|twin| twin.map(|twin| twin.lying))
        .collect();
    let built = chosen.iter().map(|twin| match twin {
        None => Some(None),
        Some(twin) => twin.built.map(Some),
    });
    (lying, built.collect())
}

/// Another value for one attribute.
pub fn redraw(slot: usize, choices: &mut Choices<'_>) -> Option<Value<'static>> {
    twin(ATTRIBUTES.get(slot)?, choices).map(|twin| twin.lying)
}

fn twin(attribute: &Attribute, choices: &mut Choices<'_>) -> Option<Twin> {
    if choices.one_in(5) {
        return None;
    }
    choices.pick(&attribute.values).copied()
}

fn attribute(path: &'static str, r#type: Type, values: Vec<Twin>) -> Attribute {
    Attribute {
        path,
        r#type,
        values,
    }
}

fn same(values: &[Value<'static>]) -> Vec<Twin> {
    values
        .iter()
        .map(|value| Twin {
            lying: *value,
            built: Some(*value),
        })
        .collect()
}

fn json(texts: &[&'static str]) -> Vec<Twin> {
    texts
        .iter()
        .filter_map(|text| {
            let document = Document::parse(text.as_bytes(), &Limits::default()).ok()?;
            // The documents live as long as the process, like the texts they are made of.
            let document: &'static Document<'static> = Box::leak(Box::new(document));
            let lying = Value::from_json(document.root()).ok()?;
            Some(Twin {
                lying,
                built: built(lying),
            })
        })
        .collect()
}

fn built(value: Value<'static>) -> Option<Value<'static>> {
    if let Some(elements) = value.as_list() {
        let elements: Option<Vec<_>> = elements.map(|element| built(element.ok()?)).collect();
        return Some(Value::List(elements?.leak()));
    }
    if let Some(entries) = value.as_map() {
        let entries: Option<Vec<_>> = entries
            .map(|(key, value)| Some((key, built(value.ok()?)?)))
            .collect();
        return Some(Value::Map(entries?.leak()));
    }
    Some(value)
}

fn instants() -> Vec<Value<'static>> {
    let texts = [
        "1970-01-01T00:00:00Z",
        "2024-03-10T07:30:00.123456789Z",
        "9999-12-31T23:59:59Z",
    ];
    texts
        .iter()
        .filter_map(|text| Timestamp::parse_rfc3339(text))
        .map(Value::Timestamp)
        .collect()
}

fn spans() -> Vec<Value<'static>> {
    let parts = [(0, 0), (5400, 0), (-1, -500_000_000), (9_223_372_036, 0)];
    parts
        .iter()
        .filter_map(|(seconds, nanos)| Duration::new(*seconds, *nanos))
        .map(Value::Duration)
        .collect()
}
