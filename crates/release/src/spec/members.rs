//! Members that several kinds of `spec` have in common: texts, patterns, amounts, maps by action.

use callgate_json::Value;
use callgate_model::{Fields, Glob, MicroUsd, Reader};

pub(super) fn text(reader: &mut Reader, fields: Fields<'_>, key: &str) -> Option<String> {
    let value = fields.get(key)?;
    let text = reader.string(value, format_args!("`{key}`"))?;
    Some(text.to_owned())
}

/// Characters of a message to the caller: a paragraph, in every reply that the policy causes.
const MESSAGE_CHARACTERS: usize = 1_000;

/// What a caller is told.
pub(super) fn message(reader: &mut Reader, fields: Fields<'_>) -> Option<String> {
    let message = text(reader, fields, "message")?;
    if message.chars().count() > MESSAGE_CHARACTERS {
        let place = fields.get("message")?;
        let problem = format!("`message` has more than {MESSAGE_CHARACTERS} characters");
        reader.error("WRONG_VALUE", place, problem, None);
    }
    Some(message)
}

/// A list of texts; an absent one is `None`, which is not the empty list.
pub(super) fn texts(reader: &mut Reader, fields: Fields<'_>, key: &str) -> Option<Vec<String>> {
    let value = fields.get(key)?;
    let array = reader.strings(value, format_args!("`{key}`"))?;
    let texts = array.iter().filter_map(Value::as_str);
    Some(texts.map(str::to_owned).collect())
}

/// A list of names with `*`; an absent one is `None`, which is not the empty list.
pub(super) fn globs(reader: &mut Reader, fields: Fields<'_>, key: &str) -> Option<Vec<Glob>> {
    let texts = texts(reader, fields, key)?;
    Some(texts.iter().map(|text| Glob::new(text)).collect())
}

pub(super) fn money(reader: &mut Reader, fields: Fields<'_>, key: &str) -> Option<MicroUsd> {
    let value = fields.get(key)?;
    reader.money(value, format_args!("`{key}`"))
}

pub(super) fn seconds(reader: &mut Reader, fields: Fields<'_>, key: &str) -> Option<u64> {
    let value = fields.get(key)?;
    reader.seconds(value, format_args!("`{key}`"))
}

pub(super) fn count(reader: &mut Reader, fields: Fields<'_>, key: &str) -> Option<u64> {
    let value = fields.get(key)?;
    reader.count(value, format_args!("`{key}`"))
}

pub(super) fn flag(reader: &mut Reader, fields: Fields<'_>, key: &str) -> bool {
    let value = fields.get(key);
    let flag = value.and_then(|value| reader.bool(value, format_args!("`{key}`")));
    flag.unwrap_or(false)
}

/// The members of an object, each read by `read` under its name as a pattern over actions.
pub(super) fn by_action<T>(
    reader: &mut Reader,
    fields: Fields<'_>,
    key: &str,
    read: impl Fn(&mut Reader, Value<'_>) -> Option<T>,
) -> Vec<(Glob, T)> {
    let object = fields.get(key);
    let object = object.and_then(|value| reader.object(value, format_args!("`{key}`")));
    let members = object.into_iter().flat_map(|object| object.sorted());
    let member = |(name, value): (&str, Value<'_>)| Some((Glob::new(name), read(reader, value)?));
    members.filter_map(member).collect()
}

/// Notes a value that is well formed and makes no sense.
pub(super) fn senseless(reader: &mut Reader, value: Value<'_>, message: &str, help: &str) {
    let help = (!help.is_empty()).then(|| help.to_owned());
    reader.error("WRONG_VALUE", value, message.to_owned(), help);
}
