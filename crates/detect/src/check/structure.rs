//! Values with a structure inside: checksummed tokens, JSON Web Tokens, encoded credentials.

use callgate_json::{Document, Limits};

use crate::bytes::{at, digit, part};

/// The last six characters are the CRC-32 of what stands between them and the prefix, in base 62.
pub(super) fn crc32_base62(value: &[u8]) -> bool {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let start = value.iter().position(|byte| *byte == b'_');
    let body = start.and_then(|start| value.get(start.saturating_add(1)..));
    let Some((body, check)) = body.and_then(|body| body.split_last_chunk::<6>()) else {
        return false;
    };
    let mut rest = crc32(body);
    let mut expected = [b'0'; 6];
    for place in expected.iter_mut().rev() {
        *place = at(DIGITS, (rest % 62) as usize);
        rest /= 62;
    }
    expected == *check
}

/// CRC-32 as in IEEE 802.3.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32| {
        if sum & 1 == 1 {
            sum >> 1 ^ 0xedb8_8320
        } else {
            sum >> 1
        }
    };
    let byte = |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum));
    !bytes.iter().fold(!0, byte)
}

/// Header and claims are JSON objects, and the header names an algorithm.
pub(super) fn jwt(value: &[u8]) -> bool {
    let mut parts = value.split(|byte| *byte == b'.');
    let (Some(header), Some(claims)) = (parts.next(), parts.next()) else {
        return false;
    };
    let claims = decode_base64(claims);
    names_algorithm(header) && claims.is_some_and(|claims| is_object(&claims))
}

/// The header is a JSON object that names an algorithm and an encryption.
pub(super) fn jwe(value: &[u8]) -> bool {
    let header = value.split(|byte| *byte == b'.').next().unwrap_or_default();
    let decoded = decode_base64(header).unwrap_or_default();
    names_algorithm(header) && decoded.windows(5).any(|window| window == b"\"enc\"")
}

fn names_algorithm(header: &[u8]) -> bool {
    let Some(header) = decode_base64(header) else {
        return false;
    };
    let document = Document::parse(&header, &Limits::default());
    document.is_ok_and(|document| {
        let algorithm = document.root().pointer("/alg");
        algorithm.and_then(|value| value.as_str()).is_some()
    })
}

fn is_object(text: &[u8]) -> bool {
    let open = text.first() == Some(&b'{');
    open && Document::parse(text, &Limits::default()).is_ok()
}

/// `user:password`, the password being none of the usual stand-ins.
pub(super) fn basic_auth(value: &[u8]) -> bool {
    let space = value.iter().position(|byte| *byte == b' ');
    let encoded = space.map_or(Some(value), |space| value.get(space.saturating_add(1)..));
    let Some(decoded) = encoded.and_then(decode_base64) else {
        return false;
    };
    let colon = decoded.iter().position(|byte| *byte == b':');
    let password = colon.and_then(|colon| decoded.get(colon.saturating_add(1)..));
    let printable = decoded.iter().all(|byte| matches!(byte, b' '..=b'~'));
    printable && colon.is_some() && password.is_some_and(|text| text.len() >= 4)
}

/// A Discord bot token opens with the bot's id, a number of 17 to 20 digits, in base64.
pub(crate) fn discord_token(value: &[u8]) -> bool {
    let id = value.split(|byte| *byte == b'.').next().unwrap_or_default();
    let id = decode_base64(id).unwrap_or_default();
    (17..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit)
}

/// Canada Post uses neither D, F, I, O, Q, U nor, in front, W and Z.
pub(super) fn canada_post(value: &[u8]) -> bool {
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic());
    let unused = |byte: &u8| b"DFIOQU".contains(byte);
    let digits = value.iter().filter(|byte| digit(**byte).is_some()).count();
    digits == 3 && !letters.clone().any(unused) && !b"WZ".contains(&at(value, 0))
}

/// Decodes base64 of either alphabet, padded or not; `None` if it is malformed.
pub(crate) fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = part(text, 0, text.len().saturating_sub(padding));
    if padding > 2 || body.len() % 4 == 1 {
        return None;
    }
    let mut out = Vec::with_capacity(body.len());
    for chunk in body.chunks(4) {
        let mut bits = 0u32;
        for byte in chunk {
            bits = bits << 6 | sextet(*byte)?;
        }
        let bytes = match chunk.len() {
            4 => (bits << 8).to_be_bytes(),
            3 => (bits << 14).to_be_bytes(),
            _ => (bits << 20).to_be_bytes(),
        };
        out.extend_from_slice(
            bytes
                .get(..chunk.len().saturating_sub(1))
                .unwrap_or_default(),
        );
    }
    Some(out)
}

/// The value of a character of either base64 alphabet.
fn sextet(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte.wrapping_sub(b'A'),
        b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
        b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}
