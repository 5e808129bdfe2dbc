//! API keys: the configuration has their SHA-256 and whom each stands for, never a key.
use super::{Principal, Unknown, text};
use crate::http::Headers;
use callgate_model::Digest;
use std::collections::BTreeMap;

/// The header that carries an API key, and the keys there are.
#[derive(Clone, Debug)]
pub struct ApiKeys {
    /// The header's name in lower case.
    pub header: String,
    /// What stands before the key and a space, in either case: `Bearer`.
    pub scheme: Option<String>,
    /// Whom a key stands for, by its SHA-256.
    pub keys: BTreeMap<[u8; 32], Principal>,
    /// Whether the server behind sees the header too.
    pub forward: bool,
}

const API_KEY: &str = "configured for API keys";

impl ApiKeys {
    /// The caller whose key is presented. A digest is compared, and digests are no secrets: how long that
    /// takes tells nothing about a key.
    pub(super) fn establish(&self, headers: Headers<'_>) -> Result<Principal, Unknown> {
        let value = text(headers, &self.header, API_KEY).map_err(Unknown::Wire)?;
        let key = value.and_then(|value| self.key(value));
        let known = key.and_then(|key| self.keys.get(Digest::of(key.as_bytes()).as_bytes()));
        known.cloned().ok_or(Unknown::Unauthenticated)
    }

    fn key<'h>(&self, value: &'h str) -> Option<&'h str> {
        let Some(scheme) = &self.scheme else {
            return Some(value);
        };
        let (said, key) = value.split_once(' ')?;
        said.eq_ignore_ascii_case(scheme).then_some(key)
    }
}
