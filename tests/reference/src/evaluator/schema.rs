//! The keywords of JSON Schema that the generator uses.

use serde_json::Value;

use super::values::equal;
use super::{items, strings, text};

/// Whether `instance` satisfies `schema`; keywords about other types do not apply.
pub fn is_valid(schema: &Value, instance: &Value) -> bool {
    let keywords = schema.as_object().into_iter().flatten();
    keywords
        .into_iter()
        .all(|(keyword, wanted)| match keyword.as_str() {
            "type" => is_of(text(wanted), instance),
            "const" => equal(wanted, instance),
            "enum" => items(wanted).iter().any(|value| equal(value, instance)),
            "minimum" => instance.as_f64() >= wanted.as_f64() || !instance.is_number(),
            "maxLength" => {
                let length = instance.as_str().map(|text| text.chars().count() as u64);
                length.is_none_or(|length| Some(length) <= wanted.as_u64())
            }
            "required" => {
                let object = instance.as_object();
                object.is_none_or(|o| strings(wanted).iter().all(|name| o.contains_key(*name)))
            }
            "properties" => instance
                .as_object()
                .into_iter()
                .flatten()
                .all(|(name, value)| {
                    let schema = wanted.get(name);
                    schema.is_none_or(|schema| is_valid(schema, value))
                }),
            // The generator has no other value for it than false.
            "additionalProperties" => instance.as_object().is_none_or(|object| {
                let known = schema["properties"].as_object();
                object
                    .keys()
                    .all(|name| known.is_some_and(|known| known.contains_key(name)))
            }),
            _ => false,
        })
}

fn is_of(kind: &str, instance: &Value) -> bool {
    match kind {
        "string" => instance.is_string(),
        "number" => instance.is_number(),
        "integer" => instance
            .as_f64()
            .is_some_and(|number| number.fract() == 0.0),
        "array" => instance.is_array(),
        "object" => instance.is_object(),
        "boolean" => instance.is_boolean(),
        _ => instance.is_null(),
    }
}
