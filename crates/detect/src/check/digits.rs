//! Sums over digits: Luhn, weights, ISO 7064, Verhoeff, and what is built on them.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "sums of at most 40 digits times weights below 100"
)]

use crate::bytes::{at, digit};

/// The digits among the bytes of a value; at most 40.
pub(crate) fn of(value: &[u8]) -> Vec<u32> {
    value
        .iter()
        .filter_map(|byte| digit(*byte))
        .take(40)
        .collect()
}

/// The digit at a place; 0 outside.
pub(super) fn nth(digits: &[u32], place: usize) -> u32 {
    digits.get(place).copied().unwrap_or(0)
}

/// The number that some digits write.
pub(super) fn number(digits: &[u32]) -> u64 {
    digits
        .iter()
        .take(18)
        .fold(0, |sum, digit| sum * 10 + u64::from(*digit))
}

/// The sum of digits times weights, as far as there are both.
pub(super) fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(d, w)| d * w).sum()
}

/// Luhn's sum (ISO/IEC 7812-1, annex B).
pub(crate) fn luhn(digits: &[u32]) -> bool {
    let doubled = |(place, digit): (usize, &u32)| match place % 2 {
        0 => *digit,
        _ => digit * 2 / 10 + digit * 2 % 10,
    };
    let sum: u32 = digits.iter().rev().enumerate().map(doubled).sum();
    digits.len() > 1 && sum.is_multiple_of(10)
}

/// ISO 7064 MOD 11,10.
pub(super) fn mod_11_10(digits: &[u32]) -> bool {
    let Some((check, head)) = digits.split_last() else {
        return false;
    };
    let product = head.iter().fold(10, |product, digit| {
        let sum = (digit + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == *check
}

/// Verhoeff's check over the dihedral group of order ten.
pub(super) fn verhoeff(digits: &[u32]) -> bool {
    const TURN: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let product = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b) % 5 + 5,
        (false, true) => (a + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let turned = |digit: u32, times: usize| {
        (0..times % 8).fold(digit, |digit, _| nth(&TURN, digit as usize))
    };
    let all = digits.iter().rev().enumerate();
    all.fold(0, |sum, (place, digit)| product(sum, turned(*digit, place))) == 0
}

/// Who issues cards with these first digits and this length.
pub(crate) fn card_issuer(digits: &[u32]) -> Option<&'static str> {
    let head = |length: usize| number(digits.get(..length).unwrap_or_default());
    let length = digits.len();
    let (two, three, four, six) = (head(2), head(3), head(4), head(6));
    match two {
        40..=49 if matches!(length, 13 | 16 | 19) => Some("visa"),
        51..=55 if length == 16 => Some("mastercard"),
        22..=27 if length == 16 && (222_100..=272_099).contains(&six) => Some("mastercard"),
        34 | 37 if length == 15 => Some("amex"),
        36 | 38 | 39 if length == 14 || length >= 16 => Some("diners"),
        30 if length >= 14 && ((300..=305).contains(&three) || three == 309) => Some("diners"),
        60 if four == 6011 && length >= 16 => Some("discover"),
        64 | 65 if (644..=659).contains(&three) && length >= 16 => Some("discover"),
        35 if (3528..=3589).contains(&four) && length >= 16 => Some("jcb"),
        62 | 81 if length >= 16 => Some("unionpay"),
        50 | 56..=58 | 63 | 67 if (13..=19).contains(&length) && length >= 16 => Some("maestro"),
        22 if (2200..=2204).contains(&four) && length >= 16 => Some("mir"),
        97 if four == 9792 && length == 16 => Some("troy"),
        60 if matches!(four, 6060..=6069 | 6080..=6089) && length == 16 => Some("rupay"),
        _ => None,
    }
}

/// A card number: an issuer's range and length, Luhn's sum, and not one digit over and over.
pub(crate) fn card(digits: &[u32]) -> bool {
    let distinct = (0..10).filter(|digit| digits.contains(digit)).count();
    distinct > 2 && card_issuer(digits).is_some() && luhn(digits)
}

/// American bank routing number: weights 3, 7, 1, and a Federal Reserve district.
pub(super) fn aba(digits: &[u32]) -> bool {
    let district = number(digits.get(..2).unwrap_or_default());
    let known = matches!(district, 1..=12 | 21..=32 | 61..=72 | 80);
    let sum = weighted(digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]);
    digits.len() == 9 && known && sum.is_multiple_of(10)
}

/// ISO 13616: the check digits are 98 less the rest modulo 97.
pub(crate) fn iban_checks(compact: &[u8]) -> bool {
    let (Some(head), Some(tail)) = (compact.get(..4), compact.get(4..)) else {
        return false;
    };
    let rest = tail.iter().chain(head).try_fold(0u32, |rest, byte| {
        Some(match byte {
            b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
            b'A'..=b'Z' => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
            _ => return None,
        })
    });
    rest == Some(1)
}

/// ISO 3779 as North America checks it: letters have values, the ninth character is the sum modulo 11.
pub(super) fn vin(value: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let worth = |byte: u8| match byte {
        b'0'..=b'9' => digit(byte),
        b'A'..=b'H' => Some(u32::from(byte - b'A') + 1),
        b'J'..=b'N' => Some(u32::from(byte - b'J') + 1),
        b'P' => Some(7),
        b'R' => Some(9),
        b'S'..=b'Z' => Some(u32::from(byte - b'S') + 2),
        _ => None,
    };
    let Some(worths) = value
        .iter()
        .map(|byte| worth(*byte))
        .collect::<Option<Vec<_>>>()
    else {
        return false;
    };
    let rest = weighted(&worths, &WEIGHTS) % 11;
    let check = if rest == 10 {
        Some(b'X')
    } else {
        u8::try_from(rest).ok().map(|n| b'0' + n)
    };
    value.len() == 17 && check == Some(at(value, 8))
}
