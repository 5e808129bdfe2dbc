//! Keys of protocol objects: the known ones, exactly; nothing that another reader takes for them.
use crate::error::WireError;
use callgate_json::Object;

/// What a protocol object may hold besides its known keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// Nothing.
    Refused,
    /// Keys that cannot be taken for a known one.
    Accepted,
}

/// Checks the keys of a protocol object.
///
/// Readers differ in folding: Go's `encoding/json` ignores case and folds `ſ` to `s`, others cut at
/// NUL, pydantic takes `meta` for `_meta` and `input_responses` for `inputResponses`. So a key is
/// either known, or plain and different from every known one after folding.
pub(crate) fn check(object: Object<'_>, known: &[&str], others: Others) -> Result<(), WireError> {
    if object.has_escaped_key() {
        return Err(WireError::KeyEscaped);
    }
    for (key, _) in object.iter() {
        if known
            .iter()
            .any(|name| name.len() == key.len() && *name == key)
        {
            continue;
        }
        if !is_plain(key) || known.iter().any(|name| folds_alike(key, name)) {
            return Err(WireError::KeyLookAlike);
        }
        if others == Others::Refused {
            return Err(WireError::KeyUnknown);
        }
    }
    Ok(())
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic())
}

pub(crate) fn folds_alike(left: &str, right: &str) -> bool {
    folded(left).eq(folded(right))
}

fn folded(key: &str) -> impl Iterator<Item = u8> + '_ {
    key.bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| byte.to_ascii_lowercase())
}
