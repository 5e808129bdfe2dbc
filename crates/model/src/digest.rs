//! SHA-256 digests (FIPS 180-4) of canonical bytes.

use core::fmt;

#[cfg(not(target_arch = "wasm32"))]
fn sha256(bytes: &[u8]) -> [u8; 32] {
    <sha2::Sha256 as sha2::Digest>::digest(bytes).into()
}

#[cfg(target_arch = "wasm32")]
fn sha256(bytes: &[u8]) -> [u8; 32] {
    hmac_sha256::Hash::hash(bytes)
}

/// A SHA-256 digest; shown as `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha256(bytes))
    }

    /// Reads the shown form back.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("sha256:")?;
        if hex.len() != 64 || hex.bytes().any(|b| !matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        let mut bytes = [0; 32];
        for (slot, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            *slot = u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The shown form.
    pub fn to_text(&self) -> String {
        let json = self.to_json();
        let [b'"', text @ .., b'"'] = &json else {
            return String::new();
        };
        String::from_utf8_lossy(text).into_owned()
    }

    /// The shown form between quotes: every record carries one, so it is written in one go.
    pub fn to_json(&self) -> [u8; 73] {
        let mut json =
            *br#""sha256:0000000000000000000000000000000000000000000000000000000000000000""#;
        // Without a branch: a digit, or 39 places further a letter.
        let digit =
            |nibble: u8| (b'0' | nibble).wrapping_add(u8::from(nibble > 9).wrapping_mul(39));
        let (_, digits) = json.split_at_mut(r#""sha256:"#.len());
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 0xF)]);
        }
        json
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
