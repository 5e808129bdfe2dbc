//! JSON Pointer (RFC 6901).

use crate::Value;

/// Follows `pointer` from `value`; `None` if it is malformed or leads nowhere.
pub(crate) fn resolve<'d>(value: Value<'d>, pointer: &str) -> Option<Value<'d>> {
    if pointer.is_empty() {
        return Some(value);
    }
    let mut here = value;
    for token in pointer.strip_prefix('/')?.split('/') {
        here = step(here, token)?;
    }
    Some(here)
}

fn step<'d>(value: Value<'d>, token: &str) -> Option<Value<'d>> {
    if let Some(array) = value.as_array() {
        let canonical = token == "0" || !token.starts_with('0');
        let digits = !token.is_empty() && token.bytes().all(|b| b.is_ascii_digit());
        return (canonical && digits).then(|| array.get(token.parse().ok()?))?;
    }
    let object = value.as_object()?;
    if !token.contains('~') {
        return object.get(token);
    }
    object.get(&unescape(token)?)
}

/// `~1` is `/`, `~0` is `~`, any other `~` is malformed.
fn unescape(token: &str) -> Option<String> {
    let mut parts = token.split('~');
    let mut key = parts.next()?.to_owned();
    for part in parts {
        let mut rest = part.chars();
        key.push(match rest.next()? {
            '0' => '~',
            '1' => '/',
            _ => return None,
        });
        key.push_str(rest.as_str());
    }
    Some(key)
}
