//! Signatures in the notation of the language's documentation: `list(T), int -> T`.

use std::sync::Arc;

use super::types::Type;
use crate::value::Kind;

/// What a function takes and gives; a method's target is its first parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// What it takes.
    pub parameters: Vec<Type>,
    /// What it gives.
    pub result: Type,
}

impl Signature {
    /// Reads a signature: parameters with commas between them, `->`, the result.
    pub fn parse(text: &str) -> Option<Self> {
        let (before, result) = text.split_once("->")?;
        let mut parameters = Vec::new();
        let mut rest = before.trim_start();
        while !rest.is_empty() {
            let (parameter, after) = read_type(rest)?;
            parameters.push(parameter);
            rest = after.trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        }
        Some(Self {
            parameters,
            result: Type::parse(result)?,
        })
    }
}

/// A type at the start of a text, and the text after it.
pub(super) fn read_type(text: &str) -> Option<(Type, &str)> {
    let text = text.trim_start();
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')))
        .unwrap_or(text.len());
    let (name, mut rest) = text.split_at_checked(end)?;
    let mut inner = Vec::new();
    if let Some(after) = rest.strip_prefix('(') {
        rest = after;
        loop {
            let (parameter, after) = read_type(rest)?;
            inner.push(parameter);
            let after = after.trim_start();
            if let Some(after) = after.strip_prefix(')') {
                rest = after;
                break;
            }
            rest = after.strip_prefix(',')?;
        }
    }
    Some((named(name, inner)?, rest))
}

fn named(name: &str, inner: Vec<Type>) -> Option<Type> {
    let mut given = inner.iter().cloned();
    let mut parameter = || given.next().unwrap_or(Type::Dyn);
    Some(match name {
        "" => return None,
        "dyn" | "any" => Type::Dyn,
        "number" => Type::Number,
        "list" => Type::list(parameter()),
        "map" => Type::map(parameter(), parameter()),
        "optional_type" | "optional" => Type::optional(parameter()),
        "type" => Type::Type(Arc::new(parameter())),
        "null" => Type::NULL,
        "timestamp" => Type::Simple(Kind::Timestamp),
        "duration" => Type::Simple(Kind::Duration),
        _ => match Kind::named(name) {
            Some(kind) => Type::from(kind),
            None if name.len() == 1 && name.chars().all(|c| c.is_ascii_uppercase()) => {
                Type::Parameter(name.into())
            }
            None => Type::Abstract(name.into(), inner.into()),
        },
    })
}
