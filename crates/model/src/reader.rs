//! Strict reading of JSON objects: every problem is collected, none is fatal to the others.

use core::fmt::Display;

use callgate_json::{Array, Kind, Number, NumberClass, Object, Value};

use crate::{Diagnostic, MicroUsd, Span, Timestamp, nearest};

/// The longest time a document may speak of.
const CENTURY: u64 = 3_155_760_000;

fn duration(text: &str) -> Option<u64> {
    let unit = match text.bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3_600,
        b'd' => 86_400,
        _ => return None,
    };
    let (number, _) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if number.is_empty() || number.bytes().any(|byte| !byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// Collects what is wrong while a document is turned into types.
#[derive(Debug, Default)]
pub struct Reader {
    diagnostics: Vec<Diagnostic>,
}

/// The members of one object whose names have been checked.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'d> {
    object: Object<'d>,
}

impl<'d> Fields<'d> {
    /// The member, unless it is absent or `null`.
    pub fn get(self, key: &str) -> Option<Value<'d>> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    /// The whole object.
    pub fn object(self) -> Object<'d> {
        self.object
    }
}

impl Reader {
    /// The object in `value`; members not in `known` are errors that name the nearest known one.
    pub fn fields<'d>(
        &mut self,
        value: Value<'d>,
        what: &str,
        known: &[&str],
    ) -> Option<Fields<'d>> {
        let object = self.object(value, what)?;
        for name in object.keys() {
            let key = name.as_str().unwrap_or_default();
            if known.contains(&key) {
                continue;
            }
            let message = format!("unknown field `{key}` in {what}");
            let help = match nearest(key, known.iter().copied()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("known fields: {}", known.join(", ")),
            };
            self.error("UNKNOWN_FIELD", name, message, Some(help));
        }
        Some(Fields { object })
    }

    /// The members of the object in `value`, in the order of `known`; `null` counts as absent. For
    /// the path of every call: one pass, no look-ups. Members not in `known` are errors.
    #[inline]
    pub fn members<'d, const N: usize>(
        &mut self,
        value: Value<'d>,
        what: &str,
        known: &[&str; N],
    ) -> Option<[Option<Value<'d>>; N]> {
        let (members, all) = self.object(value, what)?.pick(known);
        if !all {
            self.fields(value, what, known);
        }
        Some(members)
    }

    /// A member that must be there.
    pub fn required<'d>(&mut self, fields: Fields<'d>, key: &str, what: &str) -> Option<Value<'d>> {
        let value = fields.get(key);
        if value.is_none() {
            let message = format!("{what} needs `{key}`");
            self.error("MISSING_FIELD", fields.object.value(), message, None);
        }
        value
    }

    /// The object in `value`.
    #[inline]
    pub fn object<'d>(&mut self, value: Value<'d>, what: impl Display) -> Option<Object<'d>> {
        let object = value.as_object();
        object.or_else(|| self.wrong_type(value, what, Kind::Object))
    }

    /// The array in `value`.
    #[inline]
    pub fn array<'d>(&mut self, value: Value<'d>, what: impl Display) -> Option<Array<'d>> {
        let array = value.as_array();
        array.or_else(|| self.wrong_type(value, what, Kind::Array))
    }

    /// The string in `value`.
    #[inline]
    pub fn string<'d>(&mut self, value: Value<'d>, what: impl Display) -> Option<&'d str> {
        let text = value.as_str();
        text.or_else(|| self.wrong_type(value, what, Kind::String))
    }

    /// The boolean in `value`.
    #[inline]
    pub fn bool(&mut self, value: Value<'_>, what: impl Display) -> Option<bool> {
        let truth = value.as_bool();
        truth.or_else(|| self.wrong_type(value, what, Kind::Bool))
    }

    /// The strings of an array.
    pub fn strings<'d>(&mut self, value: Value<'d>, what: impl Display) -> Option<Array<'d>> {
        let array = self.array(value, &what)?;
        let item = format_args!("each item of {what}");
        let bad = array.iter().filter(|v| self.string(*v, item).is_none());
        (bad.count() == 0).then_some(array)
    }

    /// The choice that the string in `value` names.
    pub fn choice<T: Copy>(
        &mut self,
        value: Value<'_>,
        what: &str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let text = self.string(value, what)?;
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == text) {
            return Some(*choice);
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let help = match nearest(text, names.iter().copied()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("one of: {}", names.join(", ")),
        };
        self.error(
            "UNKNOWN_VALUE",
            value,
            format!("{what} cannot be `{text}`"),
            Some(help),
        );
        None
    }

    /// The integer from 0 on in `value`.
    pub fn count(&mut self, value: Value<'_>, what: impl Display) -> Option<u64> {
        let count = match value.as_number().map(Number::class) {
            Some(NumberClass::Int(int)) => u64::try_from(int).ok(),
            Some(NumberClass::Uint(uint)) => Some(uint),
            _ => None,
        };
        count.or_else(|| self.wrong(value, what, "an integer from 0 on"))
    }

    /// The instant that the RFC 3339 text in `value` names.
    pub fn instant(&mut self, value: Value<'_>, what: impl Display) -> Option<Timestamp> {
        let instant = value.as_str().and_then(Timestamp::parse_rfc3339);
        let form = "an RFC 3339 date-time such as `2026-01-31T12:00:00Z`";
        instant.or_else(|| self.wrong(value, what, form))
    }

    /// The amount in US dollars in `value`, a number or a text.
    pub fn money(&mut self, value: Value<'_>, what: impl Display) -> Option<MicroUsd> {
        let number = value
            .as_number()
            .filter(|n| n.class() != NumberClass::Unrepresentable);
        let text = value.as_str().or(number.map(Number::text));
        let form = "a decimal amount with at most six decimals";
        let amount = text.and_then(MicroUsd::parse);
        amount.or_else(|| self.wrong(value, what, form))
    }

    /// Whole seconds from 1 on in `value`: a number, or a text such as `90s`, `15m`, `24h` or `7d`.
    pub fn seconds(&mut self, value: Value<'_>, what: impl Display) -> Option<u64> {
        let seconds = match value.as_str() {
            Some(text) => duration(text),
            None => match value.as_number().map(Number::class) {
                Some(NumberClass::Int(int)) => u64::try_from(int).ok(),
                _ => None,
            },
        };
        let form = "whole seconds from 1 to 3155760000 (a century), or a text such as `15m`";
        let seconds = seconds.filter(|seconds| (1..=CENTURY).contains(seconds));
        seconds.or_else(|| self.wrong(value, what, form))
    }

    fn wrong<T>(&mut self, value: Value<'_>, what: impl Display, form: &str) -> Option<T> {
        self.error("WRONG_VALUE", value, format!("{what} must be {form}"), None);
        None
    }

    /// Notes an error at `value`.
    pub fn error(
        &mut self,
        code: &'static str,
        value: Value<'_>,
        message: String,
        help: Option<String>,
    ) {
        let mut diagnostic = Diagnostic::error(code, Span::from(value.span()), message);
        diagnostic.help = help;
        self.diagnostics.push(diagnostic);
    }

    /// Adds a finding made elsewhere.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// `value` if nothing is wrong, else everything that is.
    ///
    /// # Errors
    /// All errors collected; warnings alone are not kept.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Diagnostic>> {
        match value {
            Some(value) if !self.diagnostics.iter().any(Diagnostic::is_error) => Ok(value),
            _ => Err(self.diagnostics),
        }
    }

    /// What was found so far.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    #[cold]
    fn wrong_type<T>(&mut self, value: Value<'_>, what: impl Display, expected: Kind) -> Option<T> {
        let message = format!(
            "{what} must be {}, not {}",
            expected.describe(),
            value.kind().describe()
        );
        self.error("WRONG_TYPE", value, message, None);
        None
    }
}
