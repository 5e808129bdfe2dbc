//! Reading a map by key and a list by index.

use super::pairs::whole;
use super::{Value, order_keys};
use crate::error::ErrorCode;

/// What a read found.
pub(crate) enum Lookup<'a> {
    Found(Value<'a>),
    Absent,
}

impl<'a> Value<'a> {
    /// The entry of a map with a text key.
    pub(crate) fn field(self, key: &str) -> Result<Lookup<'a>, ErrorCode> {
        match self {
            Self::JsonMap(object) => match object.get(key) {
                Some(value) => Self::from_json(value).map(Lookup::Found),
                None => Ok(Lookup::Absent),
            },
            Self::Map(pairs) => Ok(find(pairs, &Value::String(key))),
            _ => Err(ErrorCode::NoMatchingOverload),
        }
    }

    /// `self[index]` for maps and lists.
    pub(crate) fn at(self, index: Value<'_>) -> Result<Lookup<'a>, ErrorCode> {
        match self {
            Self::JsonMap(_) => match index {
                Value::String(key) => self.field(key),
                _ => Ok(Lookup::Absent),
            },
            Self::Map(pairs) => Ok(find(pairs, &index)),
            Self::List(values) => {
                let at = list_index(index)?;
                Ok(values
                    .get(at)
                    .map_or(Lookup::Absent, |value| Lookup::Found(*value)))
            }
            Self::JsonList(array) => match array.get(list_index(index)?) {
                Some(value) => Self::from_json(value).map(Lookup::Found),
                None => Ok(Lookup::Absent),
            },
            _ => Err(ErrorCode::NoMatchingOverload),
        }
    }
}

fn find<'a>(pairs: &'a [(Value<'a>, Value<'a>)], key: &Value<'_>) -> Lookup<'a> {
    let found = pairs.binary_search_by(|(candidate, _)| order_keys(candidate, key));
    match found.ok().and_then(|at| pairs.get(at)) {
        Some((_, value)) => Lookup::Found(*value),
        None => Lookup::Absent,
    }
}

/// The position an index names; one beyond every list when it is negative or fractional.
fn list_index(index: Value<'_>) -> Result<usize, ErrorCode> {
    let number = index_number(index).ok_or(ErrorCode::NoMatchingOverload)?;
    Ok(number
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(usize::MAX))
}

/// `None` when the value is no number, `Some(None)` when it is no whole number.
pub(crate) fn index_number(index: Value<'_>) -> Option<Option<i128>> {
    match index {
        Value::Int(int) => Some(Some(i128::from(int))),
        Value::Uint(uint) => Some(Some(i128::from(uint))),
        Value::Double(double) => Some(whole(double)),
        _ => None,
    }
}
