//! Members, amounts, instants, keys and digests: what is read out of documents, and made for them.

use regex::Regex;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// A text; the empty one for everything else.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// An integer, or 0.
pub fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

/// The items of an array, or none.
pub fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The texts in an array.
pub fn strings(value: &Value) -> Vec<&str> {
    items(value).iter().filter_map(Value::as_str).collect()
}

/// The members of an object, or none.
pub fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = value.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.as_str(), value))
}

/// Millionths of a dollar in a number or a decimal text; nothing is 0.
pub fn micro_usd(value: &Value) -> i64 {
    let decimal = value.as_str().map(str::parse);
    let dollars = decimal.map_or(value.as_f64(), Result::ok);
    (dollars.unwrap_or_default() * 1e6).round() as i64
}

/// Seconds since 1970 of an RFC 3339 text.
pub fn instant(rfc3339: &str) -> i64 {
    let parsed: Option<jiff::Timestamp> = rfc3339.parse().ok();
    parsed.map_or(0, jiff::Timestamp::as_second)
}

/// What state refers to a policy by.
pub fn key(policy: &Value) -> &str {
    let metadata = &policy["metadata"];
    metadata["id"].as_str().unwrap_or(text(&metadata["name"]))
}

/// A key of counters and spending.
pub fn join(parts: &[&str]) -> String {
    let escape = |part: &&str| part.replace('%', "%25").replace('/', "%2F");
    parts.iter().map(escape).collect::<Vec<_>>().join("/")
}

/// SHA-256 of the canonical arguments; absent ones are `{}`.
pub fn digest(args: &Value) -> String {
    let canonical = match args {
        Value::Null => canonical(&Value::Object(Map::new())),
        args => canonical(args),
    };
    let bytes = Sha256::digest(canonical.as_bytes());
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Equal values have equal texts: members in order, and `1.0` is `1`.
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Object(_) => {
            let member = |(name, value)| format!("{}:{}", Value::from(name), canonical(value));
            let mut members: Vec<String> = members(value).map(member).collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Number(number) => number.to_string().trim_end_matches(".0").to_owned(),
        scalar => scalar.to_string(),
    }
}

/// Seconds in a number or a text such as `15m`.
pub fn seconds(value: &Value) -> i64 {
    let count = text(value).trim_end_matches(char::is_alphabetic).parse();
    let unit = match text(value).chars().last() {
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => 1,
    };
    count.unwrap_or(number(value)) * unit
}

/// A regular expression in RE2's syntax: `\w` and its kin are ASCII.
pub fn regex(source: &str) -> Regex {
    let compiled = Regex::new(&format!("(?-u){source}"));
    compiled.unwrap_or_else(|problem| unreachable!("{problem}"))
}
