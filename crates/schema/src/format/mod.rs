//! `format`, where it is judged: the formats of JSON Schema Validation, section 7.3, and their sources.

use crate::{Budget, Refusal, pattern};

mod host;
mod reference;
mod time;

/// A format that is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    DateTime,
    Date,
    Time,
    Duration,
    Email,
    Hostname,
    Ipv4,
    Ipv6,
    Uri,
    UriReference,
    Uuid,
    JsonPointer,
    Regex,
}

impl Format {
    const ALL: [(&'static str, Self); 13] = [
        ("date-time", Self::DateTime),
        ("date", Self::Date),
        ("time", Self::Time),
        ("duration", Self::Duration),
        ("email", Self::Email),
        ("hostname", Self::Hostname),
        ("ipv4", Self::Ipv4),
        ("ipv6", Self::Ipv6),
        ("uri", Self::Uri),
        ("uri-reference", Self::UriReference),
        ("uuid", Self::Uuid),
        ("json-pointer", Self::JsonPointer),
        ("regex", Self::Regex),
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter();
        all.find(|(known, _)| *known == name)
            .map(|(_, format)| *format)
    }

    pub(crate) fn name(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(_, format)| *format == self)
            .map_or("", |(name, _)| name)
    }

    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|(name, _)| *name)
    }

    /// Whether `text` has the format.
    pub(crate) fn accepts(self, text: &str, budget: &mut Budget) -> Result<bool, Refusal> {
        budget.charge_bytes(text.len())?;
        Ok(match self {
            Self::DateTime => time::is_date_time(text),
            Self::Date => time::is_date(text),
            Self::Time => time::is_time(text),
            Self::Duration => time::is_duration(text),
            Self::Email => host::is_email(text),
            Self::Hostname => host::is_hostname(text),
            Self::Ipv4 => host::is_ipv4(text),
            Self::Ipv6 => host::is_ipv6(text),
            Self::Uri => reference::is_uri(text),
            Self::UriReference => reference::is_reference(text),
            Self::Uuid => is_uuid(text),
            Self::JsonPointer => is_json_pointer(text),
            Self::Regex => {
                // Reading a pattern costs more than looking at it.
                budget.charge(text.len() as u64)?;
                pattern::is_regex(text)
            }
        })
    }
}

/// RFC 4122, section 3: 8-4-4-4-12 hexadecimal digits.
fn is_uuid(text: &str) -> bool {
    let mut groups = text.split('-');
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    let sized = [8usize, 4, 4, 4, 12].into_iter().all(|size| {
        let group = groups.next();
        group.is_some_and(|group| group.len() == size && digits(group))
    });
    sized && groups.next().is_none()
}

/// RFC 6901, section 3.
fn is_json_pointer(text: &str) -> bool {
    let escapes = text
        .split('~')
        .skip(1)
        .all(|rest| rest.starts_with(['0', '1']));
    escapes && (text.is_empty() || text.starts_with('/'))
}

#[cfg(test)]
mod tests;
