//! Signed tokens of agents and tasks: JSON Web Tokens (RFC 7519) in the compact form (RFC 7515), signed with
//! Ed25519 (RFC 8037), and nothing else that these allow.

use callgate_json::{Document, Limits, NumberClass, Object, Value};
use callgate_model::{Fields, Reader};

#[cfg(feature = "sign")]
use super::PrivateKey;
use super::{KEYS, PublicKey, base64};

/// What a token is for. One that is for something else is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// It says who calls.
    Agent,
    /// It says within which task.
    Task,
}

/// The keys whose tokens count, and whom these must be for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenKeys {
    keys: Vec<PublicKey>,
    audience: String,
}

/// Bytes of a token.
const TOKEN: usize = 8 << 10;
/// Bounds on the JSON in one.
const BOUNDS: Limits = Limits {
    bytes: 8 << 10,
    depth: 16,
    keys: 256,
    nodes: 2_048,
    number_bytes: 32,
};
/// The algorithm, as RFC 8037 and as RFC 9864 name it.
const ALGORITHMS: [&str; 2] = ["EdDSA", "Ed25519"];
const HEADER: [&str; 3] = ["alg", "kid", "typ"];
/// Claims of every token. What is not known is not skipped: it might have said that the token is for less.
const CLAIMS: [&str; 7] = ["aud", "exp", "iat", "iss", "jti", "nbf", "sub"];

impl TokenKind {
    /// The media type in a token's header, without `application/` (RFC 8725 §3.11).
    fn media_type(self) -> &'static str {
        match self {
            Self::Agent => "callgate-agent+jwt",
            Self::Task => "callgate-task+jwt",
        }
    }

    /// The claims that only this kind has.
    fn own(self) -> &'static [&'static str] {
        match self {
            Self::Agent => &["groups", "labels"],
            Self::Task => &["task"],
        }
    }
}

impl TokenKeys {
    /// Reads `{"keys": [PEM], "audience": text}`.
    pub fn read(reader: &mut Reader, fields: Fields<'_>) -> Option<Self> {
        let listed = reader.required(fields, "keys", "`tokens`");
        let audience = reader.required(fields, "audience", "`tokens`");
        let audience = audience.and_then(|value| reader.string(value, "`audience`"));
        let value = listed?;
        let mut keys = Vec::new();
        for place in reader.strings(value, "`keys`")?.iter() {
            match PublicKey::read(place.as_str().unwrap_or_default()) {
                Ok(key) => keys.push(key),
                Err(why) => {
                    reader.error("BAD_KEY", place, ["a key of `tokens` ", why].concat(), None);
                    return None;
                }
            }
        }
        if keys.is_empty() || keys.len() > KEYS {
            let message = "`tokens` needs 1 to 16 keys".to_owned();
            reader.error("BAD_KEY", value, message, None);
            return None;
        }
        Some(Self {
            keys,
            audience: audience?.to_owned(),
        })
    }

    /// The claims of a token of `kind` that one of the keys signed and that holds at `now`, in seconds since
    /// 1970: a JSON object. `None` for anything else.
    pub fn claims(&self, kind: TokenKind, token: &str, now: u64) -> Option<String> {
        let token = Some(token).filter(|token| token.len() <= TOKEN)?;
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let signature = <[u8; 64]>::try_from(base64::decode_url(signature)?).ok()?;
        let mut keys = self.keys.iter();
        // A `kid` is a hint; with so few keys all are tried.
        if !keys.any(|key| key.verifies(signed.as_bytes(), &signature)) {
            return None;
        }
        let header = base64::decode_url(header)?;
        let header = Document::parse(&header, &BOUNDS).ok()?;
        let header = header.root().as_object()?;
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        let named = text("alg").is_some_and(|name| ALGORITHMS.contains(&name));
        let typed = text("typ") == Some(kind.media_type());
        if !named || !typed || !header.keys().all(|key| is_one_of(key, &[&HEADER])) {
            return None;
        }
        let payload = String::from_utf8(base64::decode_url(payload)?).ok()?;
        let claims = Document::parse(payload.as_bytes(), &BOUNDS).ok()?;
        self.hold(kind, claims.root().as_object()?, now)
            .then_some(payload)
    }

    fn hold(&self, kind: TokenKind, claims: Object<'_>, now: u64) -> bool {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let begun = match claims.get("nbf") {
            None => true,
            Some(value) => seconds(value).is_some_and(|from| from <= now),
        };
        let ends = claims.get("exp").and_then(seconds);
        text("aud") == Some(&self.audience)
            && text("sub").is_some()
            && ends.is_some_and(|end| now < end)
            && begun
            && claims
                .keys()
                .all(|key| is_one_of(key, &[&CLAIMS, kind.own()]))
    }
}

#[cfg(feature = "sign")]
impl PrivateKey {
    /// A token of `kind` with these claims, a JSON object.
    pub fn token(&self, kind: TokenKind, claims: &str) -> String {
        let header = ["{\"alg\":\"EdDSA\",\"typ\":\"", kind.media_type(), "\"}"].concat();
        let [header, claims] =
            [header.as_str(), claims].map(|part| base64::encode_url(part.as_bytes()));
        let signed = [header, claims].join(".");
        let signature = self.signature(signed.as_bytes());
        [signed, base64::encode_url(&signature)].join(".")
    }
}

fn is_one_of(key: Value<'_>, known: &[&[&str]]) -> bool {
    let key = key.as_str().unwrap_or_default();
    known.iter().any(|names| names.contains(&key))
}

/// Whole seconds since 1970.
fn seconds(value: Value<'_>) -> Option<u64> {
    match value.as_number()?.class() {
        NumberClass::Int(int) => u64::try_from(int).ok(),
        _ => None,
    }
}
