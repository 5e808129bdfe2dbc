//! Generated schemas and values, from a seed: small names and numbers, so that they meet often.

use serde_json::{Map, Value, json};

/// SplitMix64 (Steele, Lea, Flood 2014).
pub struct Seed(u64);

impl Seed {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub fn one_in(&mut self, odds: usize) -> bool {
        self.below(odds) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

const NAMES: [&str; 6] = ["a", "b", "ab", "c", "foo", "ä"];
const TEXTS: [&str; 8] = ["", "a", "ab", "foo", "ä", "🐲", "a b", "0"];
const PATTERNS: [&str; 8] = [
    "a",
    "^a",
    "b$",
    "^[a-c]*$",
    "o{2}",
    ".",
    "^\\w+$",
    "^(?:a|ä)",
];
const TYPES: [&str; 7] = [
    "null", "boolean", "object", "array", "number", "string", "integer",
];

/// A leaf or a small tree.
pub fn value(seed: &mut Seed, depth: u32) -> Value {
    let kinds = if depth == 0 { 5 } else { 7 };
    match seed.below(kinds) {
        0 => Value::Null,
        1 => json!(seed.one_in(2)),
        2 => json!(*seed.pick(&TEXTS)),
        3 => json!(seed.below(5) as i64 - 1),
        4 => json!(*seed.pick(&[0.0, 1.0, 1.5, 2.0, -0.5, 0.25, 1e3])),
        5 => (0..seed.below(4)).map(|_| value(seed, depth - 1)).collect(),
        _ => {
            let members = (0..seed.below(4))
                .map(|_| ((*seed.pick(&NAMES)).to_owned(), value(seed, depth - 1)));
            Value::Object(members.collect())
        }
    }
}

/// A schema document with a few `$defs`.
pub fn document(seed: &mut Seed) -> Value {
    let definitions = seed.below(4);
    let mut root = schema(seed, 3, 0, definitions);
    if let Value::Object(object) = &mut root {
        let mut defs = Map::new();
        for number in 0..definitions {
            // A definition refers to later ones only, so that no reference comes back to itself.
            let schema = schema(seed, 2, number + 1, definitions);
            defs.insert(format!("d{number}"), schema);
        }
        object.insert("$defs".to_owned(), Value::Object(defs));
        object.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
    }
    root
}

/// A schema that may refer to the definitions from `first` on, and to the document within parts.
fn schema(seed: &mut Seed, depth: u32, first: usize, definitions: usize) -> Value {
    if seed.one_in(12) {
        return json!(seed.one_in(2));
    }
    let mut object = Map::new();
    for _ in 0..1 + seed.below(4) {
        let (name, value) = keyword(seed, depth, first, definitions);
        object.insert(name.to_owned(), value);
    }
    Value::Object(object)
}

fn keyword(seed: &mut Seed, depth: u32, first: usize, definitions: usize) -> (&'static str, Value) {
    if depth > 0 && seed.one_in(2) {
        return applicator(seed, depth - 1, first, definitions);
    }
    match seed.below(20) {
        0 => ("type", json!(*seed.pick(&TYPES))),
        1 => {
            let (a, b) = (seed.below(7), seed.below(7));
            let types = if a == b {
                vec![TYPES[a]]
            } else {
                vec![TYPES[a], TYPES[b]]
            };
            ("type", json!(types))
        }
        2 => ("const", value(seed, 1)),
        3 => (
            "enum",
            (0..1 + seed.below(4)).map(|_| value(seed, 1)).collect(),
        ),
        4 => ("minimum", number(seed)),
        5 => ("maximum", number(seed)),
        6 => ("exclusiveMinimum", number(seed)),
        7 => ("exclusiveMaximum", number(seed)),
        8 => ("multipleOf", json!(*seed.pick(&[0.5, 1.0, 2.0, 1.5, 0.25]))),
        9 => ("minLength", json!(seed.below(3))),
        10 => ("maxLength", json!(seed.below(3))),
        11 => ("pattern", json!(*seed.pick(&PATTERNS))),
        12 => ("minItems", json!(seed.below(3))),
        13 => ("maxItems", json!(seed.below(4))),
        14 => ("uniqueItems", json!(!seed.one_in(4))),
        15 => ("minProperties", json!(seed.below(3))),
        16 => ("maxProperties", json!(seed.below(4))),
        17 => ("required", names(seed)),
        18 => {
            let name = *seed.pick(&NAMES);
            ("dependentRequired", json!({ name: names(seed) }))
        }
        _ if first < definitions => {
            let number = first + seed.below(definitions - first);
            ("$ref", json!(format!("#/$defs/d{number}")))
        }
        _ => ("title", json!("t")),
    }
}

fn number(seed: &mut Seed) -> Value {
    json!(*seed.pick(&[-1.0, 0.0, 0.5, 1.0, 1.5, 2.0]))
}

fn names(seed: &mut Seed) -> Value {
    let mut names: Vec<&str> = (0..seed.below(3)).map(|_| *seed.pick(&NAMES)).collect();
    names.sort_unstable();
    names.dedup();
    json!(names)
}

fn applicator(
    seed: &mut Seed,
    depth: u32,
    first: usize,
    definitions: usize,
) -> (&'static str, Value) {
    let one = |seed: &mut Seed| schema(seed, depth, first, definitions);
    // A part of the value may be judged by anything, by the whole document even.
    let part = |seed: &mut Seed| {
        if seed.one_in(10) {
            json!({"$ref": "#"})
        } else {
            schema(seed, depth, 0, definitions)
        }
    };
    let list = |seed: &mut Seed, of: &dyn Fn(&mut Seed) -> Value| -> Value {
        (0..1 + seed.below(3)).map(|_| of(seed)).collect()
    };
    let named = |seed: &mut Seed, keys: &[&str], of: &dyn Fn(&mut Seed) -> Value| -> Value {
        let members = (0..1 + seed.below(3)).map(|_| ((*seed.pick(keys)).to_owned(), of(seed)));
        Value::Object(members.collect())
    };
    match seed.below(20) {
        0 | 1 => ("properties", named(seed, &NAMES, &part)),
        2 => ("patternProperties", named(seed, &PATTERNS, &part)),
        3 => ("additionalProperties", part(seed)),
        4 => ("propertyNames", one(seed)),
        5 => ("items", part(seed)),
        6 => ("prefixItems", list(seed, &part)),
        7 => ("contains", part(seed)),
        8 => ("minContains", json!(seed.below(3))),
        9 => ("maxContains", json!(seed.below(3))),
        10 => ("allOf", list(seed, &one)),
        11 => ("anyOf", list(seed, &one)),
        12 => ("oneOf", list(seed, &one)),
        13 => ("not", one(seed)),
        14 => ("if", one(seed)),
        15 => ("then", one(seed)),
        16 => ("else", one(seed)),
        17 => ("dependentSchemas", named(seed, &NAMES, &one)),
        18 => ("unevaluatedItems", part(seed)),
        _ => ("unevaluatedProperties", part(seed)),
    }
}

/// Values a schema has an opinion about: what its keywords name, and what they bound.
pub fn value_for(seed: &mut Seed, schema: &Value, depth: u32) -> Value {
    let Value::Object(object) = schema else {
        return value(seed, depth);
    };
    if depth == 0 || object.is_empty() || seed.one_in(4) {
        return value(seed, depth);
    }
    let keywords: Vec<&String> = object.keys().collect();
    let keyword = *seed.pick(&keywords);
    match (keyword.as_str(), &object[keyword]) {
        ("const", value) => value.clone(),
        ("enum", Value::Array(values)) => seed.pick(values).clone(),
        (
            "minItems" | "maxItems" | "uniqueItems" | "contains" | "items" | "prefixItems"
            | "unevaluatedItems" | "minContains" | "maxContains",
            of,
        ) => {
            let of = of
                .as_array()
                .and_then(|of| of.first())
                .unwrap_or(of)
                .clone();
            (0..seed.below(5))
                .map(|_| value_for(seed, &of, depth - 1))
                .collect()
        }
        (
            "properties"
            | "required"
            | "dependentSchemas"
            | "dependentRequired"
            | "propertyNames"
            | "patternProperties"
            | "additionalProperties"
            | "unevaluatedProperties"
            | "minProperties"
            | "maxProperties",
            of,
        ) => {
            let mut members = Map::new();
            for _ in 0..seed.below(5) {
                let name = *seed.pick(&NAMES);
                let of = of.get(name).unwrap_or(&Value::Null);
                members.insert(name.to_owned(), value_for(seed, of, depth - 1));
            }
            Value::Object(members)
        }
        ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
            let schema = seed.pick(schemas).clone();
            value_for(seed, &schema, depth)
        }
        ("not" | "if" | "then" | "else", schema) => value_for(seed, schema, depth - 1),
        _ => value(seed, depth),
    }
}
