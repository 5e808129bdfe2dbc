//! Declared types of attributes and variables.

use core::fmt;

use crate::value::Kind;

/// A type as the environment declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Not known before evaluation.
    Dyn,
    /// A type without parameters.
    Simple(Kind),
    /// `list(T)`
    List(Box<Type>),
    /// `map(K, V)`
    Map(Box<Type>, Box<Type>),
    /// `optional_type(T)`
    Optional(Box<Type>),
}

#[expect(
    non_upper_case_globals,
    reason = "they read like the variants they stand for"
)]
impl Type {
    /// `bool`
    pub const Bool: Self = Self::Simple(Kind::Bool);
    /// `int`
    pub const Int: Self = Self::Simple(Kind::Int);
    /// `uint`
    pub const Uint: Self = Self::Simple(Kind::Uint);
    /// `double`
    pub const Double: Self = Self::Simple(Kind::Double);
    /// `string`
    pub const String: Self = Self::Simple(Kind::String);
    /// `bytes`
    pub const Bytes: Self = Self::Simple(Kind::Bytes);
    /// `google.protobuf.Timestamp`
    pub const Timestamp: Self = Self::Simple(Kind::Timestamp);
    /// `google.protobuf.Duration`
    pub const Duration: Self = Self::Simple(Kind::Duration);

    /// `list(element)`
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// `map(string, value)`: what a JSON object is.
    pub fn map(value: Self) -> Self {
        Self::Map(Box::new(Self::String), Box::new(value))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dyn => f.write_str("dyn"),
            Self::Simple(kind) => f.write_str(kind.name()),
            Self::List(element) => write!(f, "list({element})"),
            Self::Map(key, value) => write!(f, "map({key}, {value})"),
            Self::Optional(inner) => write!(f, "optional_type({inner})"),
        }
    }
}
