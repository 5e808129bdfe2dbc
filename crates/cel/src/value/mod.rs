//! Values of an evaluation: small, copied freely, borrowing from the request, the program or the arena.

use core::net::IpAddr;

use callgate_json as json;
use callgate_model::Timestamp;

use crate::error::ErrorCode;

mod compare;
mod duration;
mod json_out;
mod lookup;
mod pairs;
pub mod tagged;

pub use duration::Duration;
pub use json_out::to_json;
pub(crate) use lookup::{Lookup, index_number};
pub(crate) use pairs::{order_keys, sort_pairs};

/// A CEL value. JSON lists and maps stay where they are and are read when needed.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    Uint(u64),
    /// A double.
    Double(f64),
    /// Text.
    String(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A list that was built.
    List(&'a [Value<'a>]),
    /// A list of a JSON document.
    JsonList(json::Array<'a>),
    /// A map that was built; entries are in key order and keys differ.
    Map(&'a [(Value<'a>, Value<'a>)]),
    /// An object of a JSON document.
    JsonMap(json::Object<'a>),
    /// An instant.
    Timestamp(Timestamp),
    /// A span of time.
    Duration(Duration),
    /// A type, as `type(x)` gives it.
    Type(Kind),
    /// An optional value.
    Optional(Option<&'a Value<'a>>),
    /// An IP address.
    Ip(IpAddr),
    /// An IP network.
    Cidr(Cidr),
}

/// An IP network: an address and how many of its bits name the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    /// The address as written, host bits included.
    pub address: IpAddr,
    /// 0 to 32, or to 128 for IPv6.
    pub prefix: u8,
}

impl core::fmt::Display for Cidr {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// The types a value can have at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `null_type`
    Null,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `uint`
    Uint,
    /// `double`
    Double,
    /// `string`
    String,
    /// `bytes`
    Bytes,
    /// `list`
    List,
    /// `map`
    Map,
    /// `google.protobuf.Timestamp`
    Timestamp,
    /// `google.protobuf.Duration`
    Duration,
    /// `type`
    Type,
    /// `optional_type`
    Optional,
    /// `net.IP`
    Ip,
    /// `net.CIDR`
    Cidr,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::Null,
        Self::Bool,
        Self::Int,
        Self::Uint,
        Self::Double,
        Self::String,
        Self::Bytes,
        Self::List,
        Self::Map,
        Self::Timestamp,
        Self::Duration,
        Self::Type,
        Self::Optional,
        Self::Ip,
        Self::Cidr,
    ];

    /// The name the language gives it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::List => "list",
            Self::Map => "map",
            Self::Timestamp => "google.protobuf.Timestamp",
            Self::Duration => "google.protobuf.Duration",
            Self::Type => "type",
            Self::Optional => "optional_type",
            Self::Ip => "net.IP",
            Self::Cidr => "net.CIDR",
        }
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl<'a> Value<'a> {
    /// The value of a JSON value: an integer literal is an int if it fits, else a uint; a literal
    /// with a fraction or an exponent is a double.
    ///
    /// # Errors
    /// [`ErrorCode::UnrepresentableNumber`] for an integer beyond 64 bits and a number beyond a double.
    pub fn from_json(value: json::Value<'a>) -> Result<Self, ErrorCode> {
        Ok(match value.view() {
            json::View::Null => Self::Null,
            json::View::Bool(bool) => Self::Bool(bool),
            json::View::String(text) => Self::String(text),
            json::View::Array(array) => Self::JsonList(array),
            json::View::Object(object) => Self::JsonMap(object),
            json::View::Number(number) => match number.class() {
                json::NumberClass::Int(int) => Self::Int(int),
                json::NumberClass::Uint(uint) => Self::Uint(uint),
                json::NumberClass::Double(double) => Self::Double(double),
                json::NumberClass::Unrepresentable => {
                    return Err(ErrorCode::UnrepresentableNumber);
                }
            },
        })
    }

    /// Its run-time type.
    pub fn kind(self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Uint(_) => Kind::Uint,
            Self::Double(_) => Kind::Double,
            Self::String(_) => Kind::String,
            Self::Bytes(_) => Kind::Bytes,
            Self::List(_) | Self::JsonList(_) => Kind::List,
            Self::Map(_) | Self::JsonMap(_) => Kind::Map,
            Self::Timestamp(_) => Kind::Timestamp,
            Self::Duration(_) => Kind::Duration,
            Self::Type(_) => Kind::Type,
            Self::Optional(_) => Kind::Optional,
            Self::Ip(_) => Kind::Ip,
            Self::Cidr(_) => Kind::Cidr,
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(self) -> Option<bool> {
        match self {
            Self::Bool(bool) => Some(bool),
            _ => None,
        }
    }

    /// The text, if it is a string.
    pub fn as_str(self) -> Option<&'a str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if it is a list; reading a JSON number may fail.
    pub fn as_list(self) -> Option<Elements<'a>> {
        match self {
            Self::List(values) => Some(Elements::Built(values.iter())),
            Self::JsonList(array) => Some(Elements::Json(array.iter())),
            _ => None,
        }
    }

    /// The entries in key order, if it is a map; reading a JSON number may fail.
    pub fn as_map(self) -> Option<Entries<'a>> {
        match self {
            Self::Map(pairs) => Some(Entries::Built(pairs.iter())),
            Self::JsonMap(object) => Some(Entries::Json(object.sorted())),
            _ => None,
        }
    }

    /// Whether it is a map.
    pub(crate) fn is_map(self) -> bool {
        matches!(self, Self::Map(_) | Self::JsonMap(_))
    }

    /// Bytes of text or bytes; none for other values.
    pub(crate) fn byte_len(self) -> usize {
        match self {
            Self::String(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            _ => 0,
        }
    }

    /// What bringing the entries of a map into key order costs, as [`as_map`](Self::as_map) does.
    pub(crate) fn sorting_gas(self) -> u64 {
        match self {
            // Larger objects have an index, made when they were read.
            Self::JsonMap(object) if object.len() <= SCANNED_KEYS => {
                let keys = object.iter().map(|(key, _)| key.len());
                steps(object.len()).saturating_mul(blocks(keys))
            }
            _ => 0,
        }
    }

    /// What finding a key in a map costs beyond one step: a long key is compared again and again.
    pub(crate) fn search_gas(self, key: Value<'_>) -> u64 {
        let tries = steps(self.count().unwrap_or(0)).saturating_add(1);
        tries.saturating_mul(blocks([key.byte_len()].into_iter()))
    }

    /// Number of elements of a list or entries of a map.
    pub(crate) fn count(self) -> Option<usize> {
        match self {
            Self::List(values) => Some(values.len()),
            Self::JsonList(array) => Some(array.len()),
            Self::Map(pairs) => Some(pairs.len()),
            Self::JsonMap(object) => Some(object.len()),
            _ => None,
        }
    }

    /// Whether it is its type's zero: what `optional.ofNonZeroValue` leaves out.
    pub(crate) fn is_zero(self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(bool) => !bool,
            Self::Int(int) => int == 0,
            Self::Uint(uint) => uint == 0,
            Self::Double(double) => double == 0.0,
            Self::String(text) => text.is_empty(),
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::Timestamp(instant) => instant == Timestamp::default(),
            Self::Duration(duration) => duration.nanos() == 0,
            Self::Optional(inner) => inner.is_none(),
            Self::Type(_) | Self::Ip(_) | Self::Cidr(_) => false,
            Self::List(_) | Self::JsonList(_) | Self::Map(_) | Self::JsonMap(_) => {
                self.count() == Some(0)
            }
        }
    }
}

/// Objects up to this many keys have no index and are sorted when they are visited.
pub(crate) const SCANNED_KEYS: usize = 16;

/// Comparisons that each of `count` items takes part in when they are sorted or searched.
pub(crate) fn steps(count: usize) -> u64 {
    u64::from(usize::BITS.saturating_sub(count.leading_zeros()))
}

/// Units of 16 whole bytes in texts of these lengths; short texts are free.
pub(crate) fn blocks(lengths: impl Iterator<Item = usize>) -> u64 {
    lengths.fold(0, |sum, length| sum.saturating_add((length / 16) as u64))
}

/// Iterator over the elements of a list.
pub enum Elements<'a> {
    /// Of a list that was built.
    Built(core::slice::Iter<'a, Value<'a>>),
    /// Of a JSON array.
    Json(json::Elements<'a>),
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Value<'a>, ErrorCode>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Built(values) => values.next().map(|value| Ok(*value)),
            Self::Json(values) => values.next().map(Value::from_json),
        }
    }
}

/// Iterator over the entries of a map, in key order.
pub enum Entries<'a> {
    /// Of a map that was built.
    Built(core::slice::Iter<'a, (Value<'a>, Value<'a>)>),
    /// Of a JSON object.
    Json(json::SortedMembers<'a>),
}

impl<'a> Iterator for Entries<'a> {
    type Item = (Value<'a>, Result<Value<'a>, ErrorCode>);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Built(pairs) => pairs.next().map(|(key, value)| (*key, Ok(*value))),
            Self::Json(members) => {
                let (key, value) = members.next()?;
                Some((Value::String(key), Value::from_json(value)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_three_words() {
        assert_eq!(size_of::<Value<'_>>(), 24);
        assert_eq!(size_of::<Option<Value<'_>>>(), 24);
        assert_eq!(size_of::<Result<Value<'_>, crate::EvalError>>(), 24);
    }
}
