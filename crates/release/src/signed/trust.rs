//! Whom releases are believed from, and the proof that one of them was.

use callgate_json::{Document, Value, canonical};
use callgate_model::{Diagnostic, Digest, Limits, Reader, Span};

use super::envelope::{Hint, Signed};
use super::{Envelope, PublicKey};
use crate::Release;

/// Keys that may be trusted side by side. 16: with as many signatures, still a moment to try all.
pub const KEYS: usize = 16;

/// The keys whose signatures count, and how many of them a release needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKeys {
    keys: Vec<PublicKey>,
    required: usize,
}

/// Bytes whose signatures held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedPayload<'e> {
    payload: &'e [u8],
    signers: Vec<Digest>,
}

/// A release whose signatures held over the very bytes it was read from.
///
/// Only [`VerifiedPayload::release`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedRelease {
    release: Release,
    signers: Vec<Digest>,
}

impl TrustedKeys {
    /// Trust in `keys`; a release needs the signatures of `required` different ones.
    ///
    /// # Errors
    /// Why no release could ever be believed, or any could.
    pub fn new(mut keys: Vec<PublicKey>, required: usize) -> Result<Self, String> {
        let given = keys.len();
        let mut ids: Vec<Digest> = Vec::new();
        keys.retain(|key| {
            let new = !ids.contains(&key.id());
            ids.push(key.id());
            new
        });
        // A key that stands twice may be a slip for another one, and must not count for two.
        if keys.len() < given {
            return Err("a trusted key stands there twice".to_owned());
        }
        match keys.len() {
            0 => Err("there is no trusted key".to_owned()),
            count if count > KEYS => Err("more than 16 keys are trusted".to_owned()),
            count if required == 0 || required > count => Err([
                "a release cannot need ",
                &required.to_string(),
                " of ",
                &count.to_string(),
                " trusted keys",
            ]
            .concat()),
            _ => Ok(Self { keys, required }),
        }
    }

    /// Reads a list of keys as configurations have it.
    pub fn read(
        reader: &mut Reader,
        value: Value<'_>,
        required: Option<Value<'_>>,
    ) -> Option<Self> {
        let mut keys = Vec::new();
        for (place, text) in reader.strings(value, "`trusted_keys`")?.iter().zip(1_u32..) {
            match PublicKey::read(place.as_str().unwrap_or_default()) {
                Ok(key) => keys.push(key),
                Err(why) => {
                    let message = ["key ", &text.to_string(), " of `trusted_keys` ", why].concat();
                    reader.error("BAD_KEY", place, message, None);
                    return None;
                }
            }
        }
        let required = match required {
            None => 1,
            Some(value) => reader.count(value, "`required_signatures`")?,
        };
        match Self::new(keys, usize::try_from(required).unwrap_or(usize::MAX)) {
            Ok(trusted) => Some(trusted),
            Err(why) => {
                reader.error("BAD_KEY", value, why, None);
                None
            }
        }
    }

    /// What is in `envelope`, if enough trusted keys signed it.
    ///
    /// # Errors
    /// Too few of them did; the span is that of the envelope.
    pub fn verify<'e>(&self, envelope: &'e Envelope) -> Result<VerifiedPayload<'e>, Diagnostic> {
        let message = envelope.signed_bytes();
        let signed = |key: &&PublicKey| {
            let mut signatures = envelope.signatures().iter();
            signatures.any(|signed| meant(key, signed) && key.verifies(&message, &signed.signature))
        };
        let signers: Vec<Digest> = self.keys.iter().filter(signed).map(PublicKey::id).collect();
        if signers.len() < self.required {
            return Err(self.too_few(envelope, signers.len()));
        }
        let payload = envelope.payload();
        Ok(VerifiedPayload { payload, signers })
    }

    /// The refusal of a release that is not signed at all.
    pub fn unsigned(place: Span) -> Diagnostic {
        let message = "the release is not signed, and only signed ones are accepted";
        Diagnostic::error("NOT_SIGNED", place, message)
            .with_help("`callgate build --sign KEY` signs a release")
    }

    fn too_few(&self, envelope: &Envelope, signers: usize) -> Diagnostic {
        let known = |signed: &Signed| self.keys.iter().any(|key| meant(key, signed));
        let (code, message) = if signers > 0 {
            let (has, needs) = (signers.to_string(), self.required.to_string());
            let message = [
                "the release has valid signatures of ",
                &has,
                " of the ",
                &needs,
                " trusted keys that it needs",
            ];
            ("TOO_FEW_SIGNATURES", message.concat())
        } else if envelope.signatures().is_empty() {
            ("NOT_SIGNED", "the envelope holds no signature".to_owned())
        } else if envelope.signatures().iter().any(known) {
            let message = "no signature of a trusted key holds: the release, its type or the signature was changed";
            ("BAD_SIGNATURE", message.to_owned())
        } else {
            (
                "UNTRUSTED_KEY",
                "no trusted key signed the release".to_owned(),
            )
        };
        let finding = Diagnostic::error(code, envelope.place, message);
        let keys: Vec<String> = self.keys.iter().map(|key| key.id().to_text()).collect();
        finding.with_help(["trusted keys: ", &keys.join(", ")].concat())
    }
}

/// Whether a signature may be this key's. Its name is a hint that nobody signed: it spares work, and
/// a wrong one gains nothing.
fn meant(key: &PublicKey, signed: &Signed) -> bool {
    match signed.key {
        Hint::Unnamed => true,
        Hint::Named(id) => id == key.id(),
        Hint::Foreign => false,
    }
}

impl<'e> VerifiedPayload<'e> {
    /// The very bytes that were signed.
    pub(super) fn bytes(&self) -> &'e [u8] {
        self.payload
    }

    /// The release it is.
    ///
    /// # Errors
    /// It is none, or not the one text that stands for it; spans are byte offsets into the payload.
    pub fn release(self, limits: &Limits) -> Result<VerifiedRelease, Vec<Diagnostic>> {
        let document = Document::parse(self.payload, &limits.release_json());
        let document = document.map_err(|error| {
            let span = Span::new(error.offset, error.offset);
            let (code, message) = (error.code.as_str(), error.code.describe());
            vec![Diagnostic::error(code, span, message)]
        })?;
        let mut text = Vec::with_capacity(self.payload.len());
        canonical::write(document.root(), &mut text);
        if text != self.payload {
            let message = "the signed release is not in its canonical form";
            let finding = Diagnostic::error("NOT_CANONICAL", Span::default(), message);
            return Err(vec![finding]);
        }
        let release = Release::read_value(document.root(), limits)?;
        let signers = self.signers;
        Ok(VerifiedRelease { release, signers })
    }
}

impl VerifiedRelease {
    /// The release.
    pub fn release(&self) -> &Release {
        &self.release
    }

    /// The trusted keys that signed it, in the order in which they are trusted.
    pub fn signers(&self) -> &[Digest] {
        &self.signers
    }

    /// The release, to be compiled.
    pub fn into_release(self) -> Release {
        self.release
    }
}
