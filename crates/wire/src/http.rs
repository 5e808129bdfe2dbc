//! An HTTP request as bytes, and the one way to read a header out of it.
use crate::error::WireError;
use callgate_json::compare_keys;
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
            // Lengths first: most lines are others.
            let is_named = line.len() == name.len() && line.eq_ignore_ascii_case(name.as_bytes());
            if is_named && found.replace(*value).is_some() {
                return Err(Repeated);
            }
        }
        Ok(found)
    }

    /// Name and value of every header as policies see them: sorted, each name once and in lower
    /// case, without the pseudo-headers and what `hides` names.
    ///
    /// Repeated lines of [`LISTS`] are joined as their RFCs say, and bytes that are not UTF-8 show
    /// as U+FFFD: a header that is there is never missing from what is judged. Other headers do not
    /// repeat once [`Headers::refuse_repeats`] has seen them.
    #[must_use]
    pub fn judged(self, hides: impl Fn(&[u8]) -> bool) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
        let shown = |name: &[u8]| !name.starts_with(b":") && !hides(name);
        let mut headers: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::with_capacity(self.0.len());
        for (name, value) in self.0.iter().filter(|(name, _)| shown(name)) {
            let (name, value) = (lower(name), text(value));
            // RFC 9113 §8.2.3 for cookies, RFC 9110 §5.3 for all others.
            let separator = if name == "cookie" { "; " } else { ", " };
            match headers.binary_search_by(|(known, _)| compare_keys(known, &name)) {
                Err(place) => headers.insert(place, (name, value)),
                Ok(place) => {
                    if let Some((_, joined)) = headers.get_mut(place) {
                        let joined = joined.to_mut();
                        joined.push_str(separator);
                        joined.push_str(&value);
                    }
                }
            }
        }
        headers
    }

    /// Refuses a header with several values, unless its grammar is a list ([`LISTS`]).
    ///
    /// A policy that compares such a header would see the values joined, while the server behind
    /// takes the first or the last. Names that differ in case or in `_` for `-` count as one.
    ///
    /// # Errors
    /// [`WireError::HeaderRepeated`].
    pub fn refuse_repeats(self) -> Result<(), WireError> {
        let mut rest = self.0.iter();
        while let Some((name, _)) = rest.next() {
            let repeated = rest.clone().any(|(other, _)| folds_alike(name, other));
            if repeated && !LISTS.iter().any(|list| folds_alike(name, list.as_bytes())) {
                return Err(WireError::HeaderRepeated(ANY));
            }
        }
        Ok(())
    }

    /// The names of all lines, in order.
    pub fn names(self) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().map(|(name, _)| *name)
    }

    /// Refuses every name that is more than letters, digits and `-`: a CGI-style reader takes `x_env`
    /// for the `x-env` that a policy asked for and did not find. As Envoy's own
    /// `headers_with_underscores_action: REJECT_REQUEST`.
    ///
    /// # Errors
    /// [`WireError::HeaderLookAlike`] with the name of `names` that is imitated, else
    /// [`WireError::HeaderName`].
    pub fn refuse_look_alikes(self, names: &[&'static str]) -> Result<(), WireError> {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        let odd = |line: &&[u8]| {
            let name = line.strip_prefix(b":").unwrap_or(line);
            name.is_empty() || !name.iter().all(plain)
        };
        let Some(line) = self.names().find(odd) else {
            return Ok(());
        };
        let imitated = names.iter().find(|name| folds_alike(line, name.as_bytes()));
        Err(imitated.map_or(WireError::HeaderName, |name| {
            WireError::HeaderLookAlike(name)
        }))
    }

    /// Refuses more lines than anybody sends, and values with white space around them: HTTP/2 carries
    /// it, and a server behind HTTP/1.1 reads the value without (RFC 9113 §8.2.1, RFC 9110 §5.5).
    ///
    /// # Errors
    /// [`WireError::TooManyHeaders`], [`WireError::HeaderPadded`].
    pub fn refuse_oddities(self) -> Result<(), WireError> {
        if self.0.len() > MOST_LINES {
            return Err(WireError::TooManyHeaders);
        }
        let blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
        let padded = |value: &[u8]| blank(value.first()) || blank(value.last());
        match self.0.iter().any(|(_, value)| padded(value)) {
            true => Err(WireError::HeaderPadded),
            false => Ok(()),
        }
    }
}

/// The request headers that may stand on several lines, since their grammar is a list.
///
/// Sources: RFC 9110 (`accept*`, `connection`, `if-*`, `te`, `trailer`, `via`), RFC 9111
/// (`cache-control`, `pragma`, `warning`), RFC 9113 §8.2.3 (`cookie`), RFC 7239 (`forwarded`), RFC 8288
/// (`link`), RFC 7240 (`prefer`), RFC 9218 (`priority`), W3C Trace Context and Baggage, and the proxies'
/// own `x-forwarded-for`. Headers that are read here stand on one line, lists or not.
pub const LISTS: [&str; 22] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "baggage",
    "cache-control",
    "connection",
    "cookie",
    "expect",
    "forwarded",
    "if-match",
    "if-none-match",
    "link",
    "pragma",
    "prefer",
    "priority",
    "te",
    "trailer",
    "tracestate",
    "via",
    "warning",
    "x-forwarded-for",
];

/// Header lines of one request. Envoy takes 100 unless told otherwise; what is done with them grows with
/// their square.
const MOST_LINES: usize = 256;

/// Stands for a header in errors, since its name is the client's.
const ANY: &str = "that a policy may read";

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

/// Whether `line` begins like `start` for a reader that takes `_` for `-`.
pub(crate) fn begins(line: &[u8], start: &str) -> bool {
    line.get(..start.len())
        .is_some_and(|line| folds_alike(line, start.as_bytes()))
}

/// Whether a CGI-style reader takes two names for the same one.
#[inline(always)]
pub(crate) fn folds_alike(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && bytes_fold_alike(left, right)
}

fn bytes_fold_alike(left: &[u8], right: &[u8]) -> bool {
    let mut pairs = left.iter().zip(right);
    pairs.all(|(a, b)| folded(*a) == folded(*b))
}

fn folded(byte: u8) -> u8 {
    match byte {
        b'_' => b'-',
        byte => byte.to_ascii_lowercase(),
    }
}
