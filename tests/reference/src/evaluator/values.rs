//! Amounts, durations, instants, patterns, canonical JSON.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::text;

/// Whole text; a star takes any run.
pub fn glob(pattern: &str, name: &str) -> bool {
    match pattern.chars().next() {
        None => name.is_empty(),
        Some('*') => {
            let rests = name.char_indices().map(|(at, _)| &name[at..]).chain([""]);
            rests.into_iter().any(|rest| glob(&pattern[1..], rest))
        }
        Some(first) => match name.strip_prefix(first) {
            Some(rest) => glob(&pattern[first.len_utf8()..], rest),
            None => false,
        },
    }
}

/// Millionths of a dollar in a number or a decimal text.
pub fn micro_usd(value: &Value) -> i128 {
    let decimal = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    let (whole, fraction) = decimal.split_once('.').unwrap_or((&decimal, ""));
    format!("{whole}{fraction:0<6}")
        .parse()
        .unwrap_or(i128::MAX)
}

/// Seconds in a number or a text such as `15m`.
pub fn seconds(value: &Value) -> i128 {
    let Some(duration) = value.as_str() else {
        return i128::from(value.as_u64().unwrap_or(0));
    };
    let (number, unit) = duration.split_at(duration.len() - 1);
    let unit = match unit {
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => 1,
    };
    number.parse::<i128>().unwrap_or(0) * unit
}

/// Nanoseconds since 1970 of an RFC 3339 text.
pub fn instant(rfc3339: &str) -> i128 {
    let parsed: Option<jiff::Timestamp> = rfc3339.parse().ok();
    parsed.map_or(0, jiff::Timestamp::as_nanosecond)
}

/// A name as it stands between the slashes of a key.
pub fn part(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}

/// SHA-256 of the canonical arguments of a request, absent ones are `{}`; of all that it asks for where it has
/// no tool.
pub fn digest(request: &Value) -> String {
    let canonical = match (&request["tool"]["name"], &request["tool"]["args"]) {
        (Value::Null, args) => canonical(&all(request, args)),
        (_, Value::Null) => "{}".to_owned(),
        (_, args) => canonical(args),
    };
    let bytes = Sha256::digest(canonical.as_bytes());
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// What a request without a tool asks for.
fn all(request: &Value, args: &Value) -> Value {
    let mut all = serde_json::Map::new();
    for name in ["method", "model", "path", "prompt"] {
        all.insert(name.to_owned(), request[name].clone());
    }
    let mut params = request["message"]["params"].clone();
    if let Some(params) = params.as_object_mut() {
        params.remove("_meta");
    }
    all.insert("args".to_owned(), args.clone());
    all.insert("params".to_owned(), params);
    all.retain(|_, value| !value.is_null());
    Value::Object(all)
}

fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let member = |(name, value): &(&String, &Value)| {
                format!("{}:{}", Value::from(name.as_str()), canonical(value))
            };
            let members: Vec<String> = members.iter().map(member).collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Number(_) => value.to_string().trim_end_matches(".0").to_owned(),
        scalar => scalar.to_string(),
    }
}

/// Equal as JSON, numbers by value.
pub fn equal(a: &Value, b: &Value) -> bool {
    canonical(a) == canonical(b)
}

/// What a dotted path leads to.
pub fn dotted<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.')
        .try_fold(value, |value, name| value.as_object()?.get(name))
}

/// Texts that a resource argument names; `None` is an item, or the whole, that names nothing.
pub fn resources(value: Option<&Value>) -> Vec<Option<String>> {
    let one = |value: &Value| match value {
        Value::String(_) => Some(text(value).to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match value {
        None => vec![None],
        Some(Value::Array(list)) if list.is_empty() => vec![None],
        Some(Value::Array(list)) => list.iter().map(one).collect(),
        Some(value) => vec![one(value)],
    }
}
