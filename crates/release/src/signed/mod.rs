//! Signed releases: a DSSE envelope around the canonical file, and the keys that are trusted to sign.
//!
//! `Bytes → Envelope → VerifiedPayload → VerifiedRelease`: only [`TrustedKeys::verify`] makes the second
//! last, and what is parsed are the very bytes whose signature held.

mod base64;
mod envelope;
mod exceptions;
mod key;
#[cfg(feature = "sign")]
mod private;
mod token;
mod trust;

pub use envelope::{Envelope, PAYLOAD_TYPE};
pub use exceptions::Exceptions;
pub use key::PublicKey;
#[cfg(feature = "sign")]
pub use private::PrivateKey;
pub use token::{TokenKeys, TokenKind};
pub use trust::{KEYS, TrustedKeys, VerifiedPayload, VerifiedRelease};
