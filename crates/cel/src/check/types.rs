//! Types as the checker deduces them: the declared ones, type variables, and objects whose fields are known.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::value::Kind;

/// A type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Not known before evaluation; whatever is done to it may be right.
    Dyn,
    /// A type without parameters. [`Kind::List`] and its like have variants of their own.
    Simple(Kind),
    /// An int, a uint or a double: what a JSON number may turn out to be.
    Number,
    /// `list(T)`
    List(Arc<Type>),
    /// `map(K, V)`
    Map(Arc<Type>, Arc<Type>),
    /// `optional_type(T)`
    Optional(Arc<Type>),
    /// `type(T)`
    Type(Arc<Type>),
    /// A type that only declarations know, with its parameters.
    Abstract(Arc<str>, Arc<[Type]>),
    /// A map with text keys, of which some are known.
    Object(Arc<Object>),
    /// A parameter of a declared function: any type, the same wherever the name stands.
    Parameter(Arc<str>),
    /// A type not found out yet.
    Variable(u32),
}

/// The known fields of a map with text keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The path it is read by.
    pub name: Box<str>,
    /// When it has these fields, for messages: ` in a call of …`, or nothing.
    pub note: Box<str>,
    /// The fields.
    pub fields: BTreeMap<Box<str>, Type>,
    /// Which other fields there may be.
    pub others: Others,
}

/// What an object may hold beside its known fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// Nothing.
    None,
    /// Anything, but nobody said so: a name that looks misspelt is.
    Unsaid,
    /// Anything.
    Any,
}

impl Type {
    /// `bool`
    pub const BOOL: Self = Self::Simple(Kind::Bool);
    /// `int`
    pub const INT: Self = Self::Simple(Kind::Int);
    /// `string`
    pub const STRING: Self = Self::Simple(Kind::String);
    /// `null_type`
    pub const NULL: Self = Self::Simple(Kind::Null);

    /// `list(element)`
    pub fn list(element: Self) -> Self {
        Self::List(Arc::new(element))
    }

    /// `map(key, value)`
    pub fn map(key: Self, value: Self) -> Self {
        Self::Map(Arc::new(key), Arc::new(value))
    }

    /// `optional_type(inner)`
    pub fn optional(inner: Self) -> Self {
        Self::Optional(Arc::new(inner))
    }

    /// Reads a type as it is written in the language's documentation: `map(string, list(T))`.
    /// One capital letter is a parameter; a name that is none of the language's is an abstract type.
    pub fn parse(text: &str) -> Option<Self> {
        let (found, rest) = super::signature::read_type(text)?;
        rest.trim().is_empty().then_some(found)
    }

    /// Whether it is an int, a uint or a double.
    pub(super) fn is_number(&self) -> bool {
        matches!(
            self,
            Self::Number | Self::Simple(Kind::Int | Kind::Uint | Kind::Double)
        )
    }

    /// The types inside this one.
    pub(super) fn parameters(&self) -> Vec<&Self> {
        match self {
            Self::List(inner) | Self::Optional(inner) | Self::Type(inner) => vec![inner],
            Self::Map(key, value) => vec![key, value],
            Self::Abstract(_, inner) => inner.iter().collect(),
            Self::Dyn
            | Self::Simple(_)
            | Self::Number
            | Self::Object(_)
            | Self::Parameter(_)
            | Self::Variable(_) => Vec::new(),
        }
    }

    /// The same with the types inside changed.
    pub(super) fn with_parameters(&self, mut change: impl FnMut(&Self) -> Self) -> Self {
        match self {
            Self::List(inner) => Self::list(change(inner)),
            Self::Optional(inner) => Self::optional(change(inner)),
            Self::Type(inner) => Self::Type(Arc::new(change(inner))),
            Self::Map(key, value) => Self::map(change(key), change(value)),
            Self::Abstract(name, inner) => {
                Self::Abstract(name.clone(), inner.iter().map(change).collect())
            }
            Self::Dyn
            | Self::Simple(_)
            | Self::Number
            | Self::Object(_)
            | Self::Parameter(_)
            | Self::Variable(_) => self.clone(),
        }
    }
}

impl From<&crate::Type> for Type {
    fn from(declared: &crate::Type) -> Self {
        match declared {
            crate::Type::Dyn => Self::Dyn,
            crate::Type::Simple(kind) => Self::from(*kind),
            crate::Type::List(element) => Self::list(Self::from(&**element)),
            crate::Type::Map(key, value) => Self::map(Self::from(&**key), Self::from(&**value)),
            crate::Type::Optional(inner) => Self::optional(Self::from(&**inner)),
        }
    }
}

impl From<Kind> for Type {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::List => Self::list(Self::Dyn),
            Kind::Map => Self::map(Self::Dyn, Self::Dyn),
            Kind::Optional => Self::optional(Self::Dyn),
            Kind::Type => Self::Type(Arc::new(Self::Dyn)),
            Kind::Null
            | Kind::Bool
            | Kind::Int
            | Kind::Uint
            | Kind::Double
            | Kind::String
            | Kind::Bytes
            | Kind::Timestamp
            | Kind::Duration
            | Kind::Ip
            | Kind::Cidr => Self::Simple(kind),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dyn | Self::Variable(_) => f.write_str("dyn"),
            Self::Simple(Kind::Timestamp) => f.write_str("timestamp"),
            Self::Simple(Kind::Duration) => f.write_str("duration"),
            Self::Simple(kind) => f.write_str(kind.name()),
            Self::Number => f.write_str("number"),
            Self::List(element) => write!(f, "list({element})"),
            Self::Map(key, value) => write!(f, "map({key}, {value})"),
            Self::Optional(inner) => write!(f, "optional_type({inner})"),
            Self::Type(inner) => write!(f, "type({inner})"),
            Self::Abstract(name, inner) => {
                f.write_str(name)?;
                for (place, parameter) in inner.iter().enumerate() {
                    f.write_str(if place == 0 { "(" } else { ", " })?;
                    write!(f, "{parameter}")?;
                }
                f.write_str(if inner.is_empty() { "" } else { ")" })
            }
            Self::Object(_) => f.write_str("object"),
            Self::Parameter(name) => f.write_str(name),
        }
    }
}
