//! Header maps as Envoy keeps them: ordered, lower-case names, values of any bytes.

use std::fmt;

/// An ordered multi-map of header (or trailer) names and values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(Vec<u8>, Vec<u8>)>);

impl Headers {
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The map with one more pair at its end.
    #[must_use]
    pub fn with(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.add(name, value);
        self
    }

    /// Appends a pair; the name is lower-cased as Envoy does.
    pub fn add(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        let name = name.as_ref().to_ascii_lowercase();
        self.0.push((name, value.as_ref().to_vec()));
    }

    /// Sets the first value of `name` and drops its other values; appends when there is none.
    pub fn replace(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        let name = name.as_ref().to_ascii_lowercase();
        let mut seen = false;
        self.0.retain_mut(|(key, old)| {
            if *key != name {
                return true;
            }
            if seen {
                return false;
            }
            seen = true;
            *old = value.as_ref().to_vec();
            true
        });
        if !seen {
            self.0.push((name, value.as_ref().to_vec()));
        }
    }

    /// Removes every value of `name`.
    pub fn remove(&mut self, name: impl AsRef<[u8]>) {
        let name = name.as_ref().to_ascii_lowercase();
        self.0.retain(|(key, _)| *key != name);
    }

    /// The first value of `name`, which is all that Envoy's single get shows.
    #[must_use]
    pub fn first(&self, name: impl AsRef<[u8]>) -> Option<&[u8]> {
        let name = name.as_ref().to_ascii_lowercase();
        let found = self.0.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value.as_slice())
    }

    /// The first value of `name` as text, with invalid UTF-8 replaced.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.first(name)
            .map(|value| String::from_utf8_lossy(value).into_owned())
    }

    /// Number of pairs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no pair.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pairs in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_slice(), value.as_slice()))
    }

    /// Sum of the lengths of names and values.
    #[must_use]
    pub fn byte_size(&self) -> usize {
        self.0
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum()
    }

    /// The proxy-wasm wire form: count, lengths, then NUL-terminated names and values.
    pub(crate) fn marshal(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(length(self.0.len()));
        for (name, value) in &self.0 {
            out.extend(length(name.len()));
            out.extend(length(value.len()));
        }
        for (name, value) in &self.0 {
            out.extend_from_slice(name);
            out.push(0);
            out.extend_from_slice(value);
            out.push(0);
        }
        out
    }

    /// Reads the wire form; like Envoy, what does not fit yields an empty map.
    pub(crate) fn unmarshal(bytes: &[u8]) -> Self {
        read_pairs(bytes).unwrap_or_default()
    }
}

fn length(len: usize) -> [u8; 4] {
    u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes()
}

fn read_pairs(bytes: &[u8]) -> Option<Headers> {
    let word = |index: usize| -> Option<usize> {
        let at = index.checked_mul(4)?;
        let raw: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(raw)).ok()
    };
    let count = word(0)?;
    let mut at = count.checked_mul(8)?.checked_add(4)?;
    bytes.get(..at)?;
    let mut take = |len: usize| -> Option<&[u8]> {
        let end = at.checked_add(len)?;
        let slice = bytes.get(at..end)?;
        at = end.checked_add(1)?;
        Some(slice)
    };
    let mut headers = Headers::new();
    for index in 0..count {
        let name = take(word(1 + 2 * index)?)?;
        let value = take(word(2 + 2 * index)?)?;
        headers.add(name, value);
    }
    Some(headers)
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut headers = Self::new();
        for (name, value) in pairs {
            headers.add(name, value);
        }
        headers
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
        f.debug_list()
            .entries(self.iter().map(|(name, value)| (text(name), text(value))))
            .finish()
    }
}
