//! Values that stand in for a secret: samples of the documentation, blanks to fill in, drawn-out keys.

use crate::bytes::{fold, holds};
use crate::entropy;

/// What writers put where a secret goes, in lower case.
const STAND_INS: [&[u8]; 24] = [
    b"example",
    b"xxxx",
    b"changeme",
    b"change_me",
    b"change-me",
    b"placeholder",
    b"your",
    b"dummy",
    b"redacted",
    b"insert",
    b"replace",
    b"****",
    b"....",
    b"<",
    b"${",
    b"{{",
    b"sample",
    b"todo",
    b"fake",
    b"not-a-real",
    b"mock",
    b"____",
    b"secret_here",
    b"goes_here",
];

/// Samples that vendors' documentation shows.
const SAMPLES: [&str; 25] = [
    "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
    "sk_test_BQokikJOvBiI2HlWgH4olfQ2",
    "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",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
    "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
    "QWxhZGRpbjpPcGVuU2VzYW1l",
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "078-05-1120",
    "219-09-9999",
    "123-45-6789",
    "DE89370400440532013000",
    "GB82WEST12345698765432",
    "GB29NWBK60161331926819",
    "4111111111111111",
    "4242424242424242",
    "4012888888881881",
    "4222222222222",
    "4000056655665556",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "3530111333300000",
];

/// Whether a value is shown in its issuer's documentation; separators do not count.
pub(crate) fn is_sample(value: &str) -> bool {
    let plain = |byte: &u8| !matches!(byte, b' ' | b'-' | b'.');
    let same = |sample: &str| {
        let value = value.bytes().filter(|byte| plain(byte));
        value.eq(sample.bytes().filter(|byte| plain(byte)))
    };
    SAMPLES.iter().any(|sample| same(sample))
}

/// Whether a value says itself that it is none.
pub(crate) fn is_stand_in(value: &[u8]) -> bool {
    is_named(value) || is_drawn_out(value)
}

/// Whether a value holds a word that writers put where a secret goes.
pub(crate) fn is_named(value: &[u8]) -> bool {
    STAND_INS.iter().any(|word| holds(value, word))
}

/// One character over and over, or characters in their order: `aaaa…`, `12345678`, `abcdefgh`.
fn is_drawn_out(value: &[u8]) -> bool {
    /// Characters in a row that chance hardly makes.
    const ROW: usize = 8;
    let steps = || {
        value.windows(2).filter_map(|pair| match pair {
            [a, b] => Some(fold(*b).wrapping_sub(fold(*a))),
            _ => None,
        })
    };
    let longest = |wanted: u8| {
        let count = |(run, longest): (usize, usize), step: u8| {
            let run = if step == wanted {
                run.saturating_add(1)
            } else {
                0
            };
            (run, longest.max(run))
        };
        steps().fold((0, 0), count).1.saturating_add(1)
    };
    longest(0) >= ROW || longest(1) >= ROW || longest(u8::MAX) >= ROW
}

/// Whether a token is as varied as tokens are; short ones vary less.
pub(crate) fn is_varied(value: &[u8]) -> bool {
    let enough = match value.len() {
        0..=15 => 200,
        16..=23 => 240,
        24..=39 => 270,
        _ => 300,
    };
    !is_stand_in(value) && entropy::centibits(value) >= enough
}
