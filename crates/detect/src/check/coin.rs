//! Addresses and keys of crypto currencies: Base58Check and Bech32.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "carries of base conversions stay below 2^16"
)]

use callgate_model::Digest;

/// Base58Check: the last four bytes are the head of the double SHA-256 of the rest, whose first
/// byte is one of `versions`.
pub(super) fn base58(value: &[u8], versions: &[u8]) -> bool {
    let Some(bytes) = from_base58(value) else {
        return false;
    };
    let Some((body, check)) = bytes.split_last_chunk::<4>() else {
        return false;
    };
    let version = body.first().is_some_and(|first| versions.contains(first));
    let twice = || Digest::of(Digest::of(body).as_bytes());
    version && twice().as_bytes().starts_with(check)
}

/// The value of a base 58 digit.
fn digit58(byte: u8) -> Option<u32> {
    let value = match byte {
        b'1'..=b'9' => byte - b'1',
        b'A'..=b'H' => byte - b'A' + 9,
        b'J'..=b'N' => byte - b'J' + 17,
        b'P'..=b'Z' => byte - b'P' + 22,
        b'a'..=b'k' => byte - b'a' + 33,
        b'm'..=b'z' => byte - b'm' + 44,
        _ => return None,
    };
    Some(u32::from(value))
}

/// Decodes base 58, the longest text being an extended key of 111 characters.
fn from_base58(value: &[u8]) -> Option<Vec<u8>> {
    if value.len() > 112 {
        return None;
    }
    let mut number: Vec<u8> = Vec::with_capacity(96);
    for byte in value {
        let mut carry = digit58(*byte)?;
        for place in &mut number {
            carry += u32::from(*place) * 58;
            *place = (carry & 0xff) as u8;
            carry >>= 8;
        }
        if carry > 0 {
            number.push((carry & 0xff) as u8);
        }
    }
    let zeros = value.iter().take_while(|byte| **byte == b'1').count();
    number.resize(number.len() + zeros, 0);
    number.reverse();
    Some(number)
}

/// BIP 173 and BIP 350: the polymod over prefix and data is 1 (Bech32) or 0x2bc830a3 (Bech32m).
pub(super) fn bech32(value: &[u8]) -> bool {
    const ALPHABET: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const BECH32M: u32 = 0x2bc8_30a3;
    let Some(split) = value.iter().rposition(|byte| *byte == b'1') else {
        return false;
    };
    let (Some(prefix), Some(data)) = (value.get(..split), value.get(split + 1..)) else {
        return false;
    };
    let prefix = || prefix.iter().map(u8::to_ascii_lowercase);
    let mut sum = 1u32;
    prefix().for_each(|byte| sum = step(sum, u32::from(byte >> 5)));
    sum = step(sum, 0);
    prefix().for_each(|byte| sum = step(sum, u32::from(byte & 31)));
    for byte in data {
        let lower = byte.to_ascii_lowercase();
        let Some(place) = ALPHABET.iter().position(|letter| *letter == lower) else {
            return false;
        };
        sum = step(sum, place as u32);
    }
    data.len() >= 6 && (sum == 1 || sum == BECH32M)
}

fn step(sum: u32, value: u32) -> u32 {
    const GENERATOR: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let top = sum >> 25;
    let shifted = (sum & 0x1ff_ffff) << 5 ^ value;
    let taken = GENERATOR
        .iter()
        .enumerate()
        .filter(|(bit, _)| top >> bit & 1 == 1);
    taken.fold(shifted, |sum, (_, part)| sum ^ part)
}
