//! Query strings, read so that every other reader must read the same.
use crate::error::WireError;

/// Names and values of a query, in order.
///
/// Only `name=value` between single `&`; names of `A-Z a-z 0-9 _ - . ~`, values with `: @ / ,` besides.
/// Nothing is encoded: readers differ in what they make of `%`, `+`, `;` and `[]` (WHATWG URL §5,
/// RFC 3986 §3.4).
///
/// # Errors
/// [`WireError::Query`].
pub(super) fn pairs(query: &str) -> Result<Vec<(&str, &str)>, WireError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.~".contains(&byte);
    let pair = |text| {
        let (name, value) = str::split_once(text, '=').ok_or(WireError::Query)?;
        let is_name = !name.is_empty() && name.bytes().all(plain);
        let is_value = value.bytes().all(|b| plain(b) || b":@/,".contains(&b));
        match is_name && is_value {
            true => Ok((name, value)),
            false => Err(WireError::Query),
        }
    };
    query.split('&').map(pair).collect()
}
