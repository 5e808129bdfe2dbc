//! What a value must satisfy beyond its form: checksums, structures, dates.

mod coin;
mod date;
mod digits;
mod national;
mod structure;

use crate::placeholder;

pub(crate) use digits::iban_checks;
use digits::{card, luhn};
pub(crate) use national::Country;
pub(crate) use structure::{decode_base64, discord_token};

/// A test that a value passes or fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// The form says it all.
    None,
    /// It does not call itself a placeholder.
    Written,
    /// It is not a placeholder, and random enough for a secret.
    Varied,
    /// GitHub's and npm's: the last six characters are the CRC-32 of the rest in base 62.
    Crc32Base62,
    /// Luhn's sum.
    Luhn,
    /// A payment card: Luhn's sum, and an issuer that has cards of this length.
    Card,
    /// Base58Check with one of these version bytes.
    Base58(&'static [u8]),
    /// Bech32 or Bech32m.
    Bech32,
    /// A signed token whose header and claims are JSON.
    Jwt,
    /// An encrypted token whose header is JSON.
    Jwe,
    /// `user:password` in base64.
    BasicAuth,
    /// American bank routing number.
    Aba,
    /// Vehicle identification number.
    Vin,
    /// The letters that Canada Post uses.
    CanadaPost,
    /// A country's own.
    National(Country),
}

impl Check {
    /// Whether `value` passes; `anchor` is what its detector found it by.
    pub(crate) fn passes(self, value: &[u8]) -> bool {
        match self {
            Self::None => true,
            Self::Written => !placeholder::is_named(value),
            Self::Varied => placeholder::is_varied(value),
            Self::Crc32Base62 => structure::crc32_base62(value),
            Self::Luhn => luhn(&digits::of(value)),
            Self::Card => card(&digits::of(value)),
            Self::Base58(versions) => coin::base58(value, versions),
            Self::Bech32 => coin::bech32(value),
            Self::Jwt => structure::jwt(value),
            Self::Jwe => structure::jwe(value),
            Self::BasicAuth => structure::basic_auth(value),
            Self::Aba => digits::aba(&digits::of(value)),
            Self::Vin => digits::vin(value),
            Self::CanadaPost => structure::canada_post(value),
            Self::National(country) => country.passes(value),
        }
    }
}
