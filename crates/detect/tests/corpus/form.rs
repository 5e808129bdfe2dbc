//! Random texts of a form, written in the notation of the table and read here a second time.

use super::generate::Draw;

/// A text of this form: `\h{32}` is 32 characters of the class `h`; `{n,m}` any number between,
/// forty more than the least at most.
pub fn random(form: &str, draw: &mut Draw) -> String {
    let mut out = String::new();
    let mut rest = form;
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        let class = rest
            .chars()
            .next()
            .and_then(alphabet)
            .filter(|_| first == '\\');
        let Some(class) = class else {
            out.push(first);
            continue;
        };
        rest = &rest[1..];
        let (least, most, tail) = count(rest);
        rest = tail;
        let most = most.min(least + 40);
        let length = least + draw.below(most - least + 1);
        out.push_str(&draw.text(&class, length));
    }
    out
}

fn count(text: &str) -> (usize, usize, &str) {
    let inner = text.strip_prefix('{').and_then(|text| text.split_once('}'));
    let Some((inner, rest)) = inner else {
        return (1, 1, text);
    };
    let (least, most) = inner.split_once(',').unwrap_or((inner, inner));
    (least.parse().unwrap_or(1), most.parse().unwrap_or(1), rest)
}

fn alphabet(letter: char) -> Option<String> {
    let (digits, lower) = ("0123456789", "abcdefghijklmnopqrstuvwxyz");
    let upper = lower.to_uppercase();
    Some(match letter {
        'd' => digits.to_owned(),
        'h' | 'H' => format!("{digits}abcdef"),
        'U' => format!("{digits}ABCDEF"),
        'a' => format!("{digits}{lower}"),
        'A' => format!("{digits}{upper}"),
        'l' => lower.to_owned(),
        'L' => upper,
        // Ends of other classes are left out: where a value ends must be plain.
        'w' | 't' | 'u' | 'p' | 's' | 'b' | 'e' | 'j' | 'c' => format!("{digits}{lower}{upper}"),
        '5' => format!("{upper}234567"),
        _ => return None,
    })
}

/// The value with the checksum that its kind has.
pub fn complete(id: &str, value: String) -> String {
    let checked = matches!(
        id,
        "npm-token"
            | "github-pat"
            | "github-oauth-token"
            | "github-user-token"
            | "github-app-token"
            | "github-refresh-token"
    );
    if !checked {
        return value;
    }
    let (prefix, body) = value.split_once('_').unwrap_or_default();
    let body = &body[..body.len() - 6];
    format!("{prefix}_{body}{}", crc(body))
}

fn crc(body: &str) -> String {
    let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut sum = u32::MAX;
    for byte in body.bytes() {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 {
                (sum >> 1) ^ 0xedb8_8320
            } else {
                sum >> 1
            };
        }
    }
    let mut rest = !sum;
    let mut out = [0u8; 6];
    for place in out.iter_mut().rev() {
        *place = digits[(rest % 62) as usize];
        rest /= 62;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Texts that are no value of the kind: drawn out, cut off, inside a longer word, a stand-in, and
/// for checked kinds one character off.
pub fn spoiled(id: &str, value: &str, draw: &mut Draw) -> Vec<String> {
    let half = value.len() / 2;
    let mut wrong = vec![
        value[..half.min(14)].to_owned(),
        format!("{}{}", &value[..half], "x".repeat(value.len() - half)),
    ];
    if complete(id, value.to_owned()) == value && crc("") != crc(value) && value.contains('_') {
        let last = if value.ends_with('a') { "b" } else { "a" };
        let off = format!("{}{last}", &value[..value.len() - 1]);
        if complete(id, off.clone()) != off {
            wrong.push(off);
        }
    }
    if draw.below(2) == 0 {
        wrong.push(format!("{}EXAMPLE", &value[..half]));
    }
    wrong
}

pub fn base64(text: &str) -> String {
    let mut out = encode(
        text,
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    );
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}

pub fn base64url(text: &str) -> String {
    encode(
        text,
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    )
}

fn encode(text: &str, digits: &[u8; 64]) -> String {
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk
            .iter()
            .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            out.push(digits[(bits >> (18 - 6 * place) & 63) as usize] as char);
        }
    }
    out
}
