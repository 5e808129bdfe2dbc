//! Members, amounts, instants, keys and digests: what is read out of documents, and made for them.

use cel::Context;
use cel::parser::PrattParser;
use jiff::{Timestamp, tz::TimeZone};
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
    let parsed: Option<Timestamp> = rfc3339.parse().ok();
    parsed.map_or(0, Timestamp::as_second)
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

/// SHA-256 of the canonical arguments of a request, absent ones are `{}`; of all that it asks for where it has no tool.
pub fn digest(request: &Value) -> String {
    let canonical = match (&request["tool"]["name"], &request["tool"]["args"]) {
        (Value::Null, args) => canonical(&all(request, args)),
        (_, Value::Null) => canonical(&Value::Object(Map::new())),
        (_, args) => canonical(args),
    };
    let bytes = Sha256::digest(canonical.as_bytes());
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// What a request without a tool asks for.
fn all(request: &Value, args: &Value) -> Value {
    let names = ["method", "model", "path", "prompt"];
    let mut all: Map<String, Value> =
        names.map(|name| (name.to_owned(), request[name].clone())).into_iter().collect();
    let mut params = request["message"]["params"].clone();
    if let Some(params) = params.as_object_mut() {
        params.remove("_meta");
    }
    all.insert("args".to_owned(), args.clone());
    all.insert("params".to_owned(), params);
    all.retain(|_, value| !value.is_null());
    Value::Object(all)
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

/// The whole text; a star takes any run.
pub fn glob(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == name };
    let ends = |tail: &str| (0..=tail.len()).any(|at| glob(rest, &tail[at..]));
    name.strip_prefix(head).is_some_and(ends)
}

/// Whether any pattern of a list matches.
pub fn any_glob(patterns: &Value, name: &str) -> bool {
    strings(patterns).iter().any(|pattern| glob(pattern, name))
}

/// What a policy is called in records.
pub fn name(policy: &Value) -> &str {
    text(&policy["metadata"]["name"])
}

/// What clocks and calendars show somewhere.
pub struct Local {
    /// As in `2026-01-31`.
    pub date: String,
    /// As in `sat`.
    pub day: String,
    /// The day before.
    pub yesterday: String,
    /// As in `09:00`.
    pub clock: String,
}

/// What they show so many seconds after 1970.
pub fn local(seconds: i64, zone: &str) -> Local {
    let instant = Timestamp::from_second(seconds).unwrap_or_default();
    let here = instant.to_zoned(TimeZone::get(zone).unwrap_or(TimeZone::UTC));
    let yesterday = here.date().yesterday().unwrap_or_default();
    Local {
        date: here.date().to_string(),
        day: here.strftime("%a").to_string().to_lowercase(),
        yesterday: yesterday.strftime("%a").to_string().to_lowercase(),
        clock: here.strftime("%H:%M").to_string(),
    }
}

/// Whether an expression in CEL is true; `None` if it fails, or is something else.
pub fn is_true(expression: &str, variables: &Value) -> Option<bool> {
    thread_local!(static FUNCTIONS: Context<'static, 'static> = Context::default());
    FUNCTIONS.with(|functions| {
        let mut context = functions.new_inner_scope();
        for (name, value) in members(variables) {
            context.add_variable(name, value).ok()?;
        }
        let parser = PrattParser::default().enable_optional_syntax(true);
        match cel::Value::resolve(&parser.parse(expression).ok()?, &context) {
            Ok(cel::Value::Bool(is_true)) => Some(is_true),
            _ => None,
        }
    })
}

/// Puts the members of an object, at any depth, over those of another.
pub fn lay_over(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                lay_over(under.entry(name).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}
