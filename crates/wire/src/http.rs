//! An HTTP request as bytes, and the one way to read a header out of it.
use crate::error::WireError;
use std::borrow::Cow;

/// A whole request: what a host hands over, nothing decoded.
#[derive(Clone, Copy, Debug)]
pub struct HttpRequest<'a> {
    /// The method, for example `POST`.
    pub method: &'a [u8],
    /// The request target exactly as received, query included.
    pub path: &'a [u8],
    /// The headers in order; names in any case.
    pub headers: Headers<'a>,
    /// Every byte of the body.
    pub body: &'a [u8],
}

/// Header lines as received, duplicates included.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a>(&'a [(&'a [u8], &'a [u8])]);

impl<'a> Headers<'a> {
    /// Wraps the header lines of a request.
    #[must_use]
    pub fn new(lines: &'a [(&'a [u8], &'a [u8])]) -> Self {
        Self(lines)
    }

    /// The one value of the header `name` (lower case).
    ///
    /// # Errors
    /// More than one line, or bytes that are not UTF-8: two readers could take different values,
    /// so a header that matters must have exactly one.
    pub fn one(self, name: &'static str) -> Result<Option<&'a str>, WireError> {
        match self.only(name) {
            Ok(None) => Ok(None),
            Ok(Some(value)) => match core::str::from_utf8(value) {
                Ok(text) => Ok(Some(text)),
                Err(_) => Err(WireError::HeaderNotText(name)),
            },
            Err(Repeated) => Err(WireError::HeaderRepeated(name)),
        }
    }

    /// The one value of a header whose name comes from configuration.
    ///
    /// # Errors
    /// [`Repeated`] when there is more than one line of that name.
    pub fn only(self, name: &str) -> Result<Option<&'a [u8]>, Repeated> {
        let mut found = None;
        for (line, value) in self.0 {
            if line.eq_ignore_ascii_case(name.as_bytes()) && found.replace(*value).is_some() {
                return Err(Repeated);
            }
        }
        Ok(found)
    }

    /// Name and value of every header as policies see them: sorted, each name once and in lower
    /// case, without the pseudo-headers and what `hides` names.
    ///
    /// Repeated lines are joined with `, ` (RFC 9110 §5.3), and bytes that are not UTF-8 show as
    /// U+FFFD: a header that is there is never missing from what is judged.
    #[must_use]
    pub fn judged(self, hides: impl Fn(&[u8]) -> bool) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
        let shown = |name: &[u8]| !name.starts_with(b":") && !hides(name);
        let mut headers: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::with_capacity(self.0.len());
        for (name, value) in self.0.iter().filter(|(name, _)| shown(name)) {
            let (name, value) = (lower(name), text(value));
            match headers.binary_search_by(|(known, _)| known.cmp(&name)) {
                Err(place) => headers.insert(place, (name, value)),
                Ok(place) => {
                    if let Some((_, joined)) = headers.get_mut(place) {
                        let joined = joined.to_mut();
                        joined.push_str(", ");
                        joined.push_str(&value);
                    }
                }
            }
        }
        headers
    }

    /// The names of all lines, in order.
    pub fn names(self) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().map(|(name, _)| *name)
    }

    /// Refuses a header spelt with `_` for `-`: CGI-style readers take both for the same one.
    ///
    /// # Errors
    /// [`WireError::HeaderLookAlike`] with the name that is imitated.
    pub fn refuse_look_alikes(self, names: &[&'static str]) -> Result<(), WireError> {
        for (line, _) in self.0 {
            if !line.contains(&b'_') {
                continue;
            }
            if let Some(name) = names.iter().find(|name| imitates(line, name.as_bytes())) {
                return Err(WireError::HeaderLookAlike(name));
            }
        }
        Ok(())
    }
}

/// A header that is read has several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeated;

fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

fn lower(name: &[u8]) -> Cow<'_, str> {
    match text(name) {
        Cow::Borrowed(name) if !name.bytes().any(|b| b.is_ascii_uppercase()) => Cow::Borrowed(name),
        name => Cow::Owned(name.to_ascii_lowercase()),
    }
}

fn imitates(line: &[u8], name: &[u8]) -> bool {
    line.len() == name.len()
        && line.iter().zip(name).all(|(have, want)| {
            let have = if *have == b'_' {
                b'-'
            } else {
                have.to_ascii_lowercase()
            };
            have == *want
        })
}
