//! What the host knows of a request beside its headers: Envoy's attributes.
use crate::host::{self, HostError, Level};
use crate::pairs::Pairs;
use callgate_release::{TokenKeys, TokenKind};
use callgate_wire::identity::{Claimed, Facts, Unknown};
use core::time::Duration;

/// The attributes of the request that is being judged, and whose tokens are believed.
pub(crate) struct Attributes<'c> {
    pub(crate) tokens: Option<&'c TokenKeys>,
}

impl Facts for Attributes<'_> {
    fn text(&self, path: &[&str]) -> Result<Option<String>, Unknown> {
        match host::property(path).map_err(told)? {
            None => Ok(None),
            Some(bytes) => text(bytes).map(Some),
        }
    }

    fn list(&self, path: &[&str]) -> Result<Option<Vec<String>>, Unknown> {
        let Some(bytes) = host::property(path).map_err(told)? else {
            return Ok(None);
        };
        // Envoy writes a list as pairs whose second half is empty.
        let pairs = Pairs::decode(bytes).ok_or(Unknown::Unauthenticated)?;
        let lines = pairs.lines();
        if lines.iter().any(|(_, rest)| !rest.is_empty()) {
            return Err(Unknown::Unauthenticated);
        }
        let items = lines.into_iter();
        items
            .map(|(item, _)| text(item.to_vec()))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    fn claims(&self, what: Claimed, token: &str) -> Result<String, Unknown> {
        let now = host::now().map_err(told)?;
        let now = Duration::from_nanos(now).as_secs();
        let kind = match what {
            Claimed::Agent => TokenKind::Agent,
            Claimed::Task => TokenKind::Task,
        };
        let claims = self.tokens.and_then(|keys| keys.claims(kind, token, now));
        claims.ok_or(Unknown::Unauthenticated)
    }
}

fn text(bytes: Vec<u8>) -> Result<String, Unknown> {
    // Numbers come as their bytes, lists with zeros in them: neither is to be taken for a text.
    let text = String::from_utf8(bytes).map_err(|_| Unknown::Unauthenticated)?;
    match text.chars().any(char::is_control) {
        true => Err(Unknown::Unauthenticated),
        false => Ok(text),
    }
}

fn told(error: HostError) -> Unknown {
    let status = error.status.to_string();
    let line = [
        "callgate: the caller, `",
        error.call,
        "` gave status ",
        &status,
    ];
    host::log(Level::Error, &line.concat());
    Unknown::Host
}
