//! Private keys: Ed25519 as PKCS#8 (RFC 8410) in PEM, as `openssl genpkey -algorithm ed25519` writes it.

use ed25519_dalek::{Signer as _, SigningKey};

use super::key::{PublicKey, pem};
use super::{Envelope, base64};

/// What stands before the 32 secret bytes in PKCS#8.
const INFO: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// A key that signs. It is overwritten when it is dropped, and never shown.
pub struct PrivateKey(SigningKey);

impl PrivateKey {
    /// The key of 32 bytes that must be random.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// Why it is none, as the end of a sentence about it.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        if text.contains("ENCRYPTED PRIVATE KEY-----") {
            return Err("is encrypted: decrypt it first, `openssl pkey -in KEY` does");
        }
        if text.contains("BEGIN PUBLIC KEY-----") {
            return Err("is a public key: give the private key that belongs to it");
        }
        let der = pem(text, "PRIVATE KEY").ok_or("is no private key in PEM")?;
        let seed = der.strip_prefix(&INFO);
        let seed = seed.and_then(|seed| <[u8; 32]>::try_from(seed).ok());
        let seed = seed.ok_or("is no Ed25519 private key in PKCS#8")?;
        Ok(Self::from_seed(&seed))
    }

    /// The key file.
    pub fn to_pem(&self) -> String {
        let der = [INFO.as_slice(), self.0.as_bytes()].concat();
        let text = base64::encode(&der);
        format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
    }

    /// The public key that belongs to it.
    pub fn public(&self) -> PublicKey {
        PublicKey::from_key(self.0.verifying_key())
    }

    /// Adds this key's signature to an envelope; one that is there already stays the only one.
    pub fn sign(&self, envelope: &mut Envelope) {
        let signature = self.signature(&envelope.signed_bytes());
        envelope.add(self.public().id(), signature);
    }

    pub(super) fn signature(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl core::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("PrivateKey")
            .field(&self.public().id())
            .finish()
    }
}
