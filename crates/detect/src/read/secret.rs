//! Values that are secret because they are called so.

use crate::assign::{self, Assigned};
use crate::bytes::{at, before, fold, holds, part};
use crate::entropy;
use crate::error::ScanError;
use crate::placeholder;
use crate::scan::Pass;

/// What passwords are called.
pub(super) const PASSWORD_NAMES: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "passwort",
    "contraseña",
    "mot de passe",
    "senha",
    "passcode",
    "_pass",
    "db_pw",
];

/// What secrets, keys and tokens are called.
pub(super) const SECRET_NAMES: [&str; 24] = [
    "api_key",
    "api-key",
    "apikey",
    "api key",
    "secret",
    "token",
    "access_key",
    "access-key",
    "accesskey",
    "secret_key",
    "secret-key",
    "secretkey",
    "private_key",
    "private-key",
    "privatekey",
    "encryption_key",
    "signing_key",
    "credentials",
    "app_key",
    "consumer_key",
    "master_key",
    "auth_key",
    "authkey",
    "authorization",
];

pub(super) fn password(pass: &mut Pass<'_>, end: usize) -> Result<(), ScanError> {
    pass.pay(assign::LONGEST)?;
    match assign::value(pass.bytes, end) {
        Some(value) if value.exact && value.whole => judge_password(pass, value.start, value.end),
        _ => Ok(()),
    }
}

pub(super) fn labelled_password(pass: &mut Pass<'_>) -> Result<(), ScanError> {
    let (start, end) = pass.whole_text();
    judge_password(pass, start, end)
}

pub(super) fn secret(pass: &mut Pass<'_>, end: usize) -> Result<(), ScanError> {
    pass.pay(assign::LONGEST)?;
    match assign::value(pass.bytes, end) {
        Some(Assigned {
            start,
            end,
            exact: true,
            whole: true,
        }) => judge_secret(pass, "generic-secret", start, end),
        _ => Ok(()),
    }
}

pub(super) fn labelled_secret(pass: &mut Pass<'_>) -> Result<(), ScanError> {
    let (start, end) = pass.whole_text();
    for scheme in [b"bearer ".as_slice(), b"token ", b"basic "] {
        let head = start.saturating_add(scheme.len());
        if part(pass.bytes, start, head)
            .iter()
            .map(|byte| fold(*byte))
            .eq(scheme.iter().copied())
        {
            return judge_secret(pass, "generic-secret", head, end);
        }
    }
    judge_secret(pass, "generic-secret", start, end)
}

pub(super) fn bearer(pass: &mut Pass<'_>, start: usize, end: usize) -> Result<(), ScanError> {
    if before(pass.bytes, start).is_ascii_alphabetic() {
        return Ok(());
    }
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    let length = pass.measure(end, 4096, token)?;
    judge_secret(pass, "bearer-token", end, end.saturating_add(length))
}

/// Shortest and longest password.
const PASSWORD: std::ops::RangeInclusive<usize> = 6..=128;

fn judge_password(pass: &mut Pass<'_>, start: usize, end: usize) -> Result<(), ScanError> {
    let value = part(pass.bytes, start, end);
    if PASSWORD.contains(&value.len()) && is_password(value) {
        return pass.report_as("generic-password", start, end);
    }
    Ok(())
}

fn is_password(value: &[u8]) -> bool {
    let letters = value.iter().any(u8::is_ascii_alphabetic);
    let digits = value.iter().any(u8::is_ascii_digit);
    let signs = value.iter().any(u8::is_ascii_punctuation);
    let blank = value.iter().any(u8::is_ascii_whitespace);
    let varied = letters && (digits || signs && !is_name(value));
    varied && !blank && !is_reference(value) && !placeholder::is_stand_in(value)
}

/// Names of code, files and settings: letters in groups between points, strokes and lines.
fn is_name(value: &[u8]) -> bool {
    let joined = |byte: &u8| matches!(byte, b'.' | b'_' | b'-' | b'/' | b':');
    let mut groups = value.split(joined);
    let plain = |group: &[u8]| {
        let letters = group.iter().all(u8::is_ascii_alphabetic);
        letters || group.len() <= 4 && group.iter().all(u8::is_ascii_digit)
    };
    groups.all(plain)
}

/// Something that stands for a value elsewhere: a variable, a call, a path, a link.
fn is_reference(value: &[u8]) -> bool {
    let first = at(value, 0);
    let heads: [&[u8]; 12] = [
        b"process.env",
        b"os.environ",
        b"env.",
        b"env[",
        b"self.",
        b"this.",
        b"config.",
        b"http://",
        b"https://",
        b"secrets.",
        b"vault:",
        b"arn:",
    ];
    let opens = |head: &&[u8]| {
        part(value, 0, head.len())
            .iter()
            .map(|byte| fold(*byte))
            .eq(head.iter().copied())
    };
    let sigil = matches!(first, b'$' | b'{' | b'<' | b'%' | b'/' | b'&' | b'*' | b'@');
    sigil
        || heads.iter().any(opens)
        || holds(value, b"(")
        || holds(value, b"[")
        || holds(value, b"::")
}

/// Shortest and longest secret that only its name tells.
const SECRET: std::ops::RangeInclusive<usize> = 16..=512;

fn judge_secret(pass: &mut Pass<'_>, id: &str, start: usize, end: usize) -> Result<(), ScanError> {
    let value = part(pass.bytes, start, end);
    if SECRET.contains(&value.len()) && is_secret(value) {
        return pass.report_as(id, start, end);
    }
    Ok(())
}

fn is_secret(value: &[u8]) -> bool {
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=!@#$%^&*".contains(byte);
    let letters = value.iter().any(u8::is_ascii_alphabetic);
    let digits = value.iter().any(u8::is_ascii_digit);
    if !(value.iter().all(token) && letters && digits) {
        return false;
    }
    let hex = value.iter().all(u8::is_ascii_hexdigit);
    let enough = match value.len() {
        0..=19 => 280,
        20..=31 => {
            if hex {
                270
            } else {
                320
            }
        }
        _ => {
            if hex {
                290
            } else {
                350
            }
        }
    };
    let plain = is_reference(value) || is_name(value) || is_uuid(value) || is_words(value);
    !plain && !placeholder::is_stand_in(value) && entropy::centibits(value) >= enough
}

fn is_uuid(value: &[u8]) -> bool {
    let sign = |(place, byte): (usize, &u8)| match place {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    value.len() == 36 && value.iter().enumerate().all(sign)
}

/// Words in a row with a number at the end: `my-service-credential-v2`, `customerAccountToken2`.
fn is_words(value: &[u8]) -> bool {
    let joined = |byte: &u8| matches!(byte, b'.' | b'_' | b'-' | b'/' | b':');
    let word = |group: &[u8]| {
        let body = group
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let tail = group.get(body..).unwrap_or_default();
        let lower = group.iter().take(body).skip(1).all(u8::is_ascii_lowercase);
        tail.len() <= 2 && tail.iter().all(u8::is_ascii_digit) && lower && body <= 16
            || group.len() <= 8 && group.iter().all(u8::is_ascii_digit)
    };
    value.split(joined).count() > 1 && value.split(joined).all(word)
}
