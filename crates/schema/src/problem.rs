//! What is wrong with a schema, where, and how to mend it.

use callgate_model::{Diagnostic, Severity, Span};

/// A finding about a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// JSON Pointer (RFC 6901) to the offending value.
    pub pointer: String,
    /// What is wrong; the span counts in the text the schema was read from.
    pub diagnostic: Diagnostic,
}

/// What can be wrong with a schema. The string form is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// A keyword has a value of the wrong kind, or a schema is neither an object nor a boolean.
    Invalid,
    /// Written for another draft.
    Draft,
    /// A reference leads nowhere, or outside the document.
    Reference,
    /// A reference that comes back to itself without looking at a part of the value.
    Loop,
    /// A pattern that cannot be matched.
    Pattern,
    /// Larger than a limit.
    Limit,
    /// A name that means nothing here; a warning.
    UnknownName,
}

impl Code {
    /// The stable code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "SCHEMA_INVALID",
            Self::Draft => "SCHEMA_DRAFT",
            Self::Reference => "SCHEMA_REFERENCE",
            Self::Loop => "SCHEMA_LOOP",
            Self::Pattern => "SCHEMA_PATTERN",
            Self::Limit => "SCHEMA_LIMIT",
            Self::UnknownName => "SCHEMA_UNKNOWN_NAME",
        }
    }
}

impl Problem {
    pub(crate) fn new(pointer: String, span: (u32, u32), code: Code, message: String) -> Self {
        let make = match code {
            Code::UnknownName => Diagnostic::warning,
            Code::Invalid
            | Code::Draft
            | Code::Reference
            | Code::Loop
            | Code::Pattern
            | Code::Limit => Diagnostic::error,
        };
        Self {
            pointer,
            diagnostic: make(code.as_str(), Span::from(span), message),
        }
    }

    /// Whether this keeps the schema from being used.
    pub fn is_error(&self) -> bool {
        self.diagnostic.severity == Severity::Error
    }
}
