//! Public keys: Ed25519 (RFC 8032) as SubjectPublicKeyInfo (RFC 8410) in PEM (RFC 7468).

use callgate_model::Digest;
use ed25519_dalek::{Signature, VerifyingKey};

use super::base64;

/// What stands before the 32 bytes of an Ed25519 key in its SubjectPublicKeyInfo: the whole DER is
/// fixed, so that reading it is one comparison.
const INFO: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// A key that signatures are checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    id: Digest,
}

impl PublicKey {
    /// Reads a key: PEM, or the base64 of its DER alone.
    ///
    /// # Errors
    /// Why it is none, as the end of a sentence about it.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        if text.contains("PRIVATE KEY-----") {
            return Err("is a private key: give the public key that belongs to it");
        }
        let der = pem(text, "PUBLIC KEY").ok_or("is no public key in PEM or base64")?;
        let bytes = der
            .strip_prefix(&INFO)
            .and_then(|key| <[u8; 32]>::try_from(key).ok());
        Self::of(&bytes.ok_or("is no Ed25519 public key")?)
    }

    /// The key with these bytes.
    fn of(bytes: &[u8; 32]) -> Result<Self, &'static str> {
        let key = VerifyingKey::from_bytes(bytes).ok();
        // A key of small order verifies forged signatures, and a second encoding of one key would
        // give it a second name.
        let sound =
            |key: &VerifyingKey| !key.is_weak() && key.to_edwards().compress().as_bytes() == bytes;
        let key = key.filter(sound).ok_or("is no sound Ed25519 public key")?;
        Ok(Self::from_key(key))
    }

    pub(super) fn from_key(key: VerifyingKey) -> Self {
        let id = Digest::of(&der(&key));
        Self { key, id }
    }

    /// SHA-256 of the SubjectPublicKeyInfo: what envelopes call the key.
    pub fn id(&self) -> Digest {
        self.id
    }

    /// The key file.
    pub fn to_pem(&self) -> String {
        let text = base64::encode(&der(&self.key));
        [
            "-----BEGIN PUBLIC KEY-----\n",
            &text,
            "\n-----END PUBLIC KEY-----\n",
        ]
        .concat()
    }

    /// Whether the owner of this key signed `message`; only the one canonical signature counts.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.key.verify_strict(message, &signature).is_ok()
    }
}

fn der(key: &VerifyingKey) -> Vec<u8> {
    [INFO.as_slice(), key.as_bytes()].concat()
}

/// The bytes of the one PEM block in `text`, or of a bare base64 text.
pub(super) fn pem(text: &str, label: &str) -> Option<Vec<u8>> {
    let line = |edge: &str| ["-----", edge, " ", label, "-----"].concat();
    let text = text.trim();
    let body = match text.strip_prefix(&*line("BEGIN")) {
        Some(rest) => rest.strip_suffix(&*line("END"))?,
        // The armour of something else; its hyphens are digits of base64, too.
        None if text.starts_with('-') => return None,
        None => text,
    };
    let body: String = body.split_ascii_whitespace().collect();
    base64::decode(&body)
}
