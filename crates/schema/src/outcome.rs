//! What judging a value came to.

/// Whether a value is valid, and where it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Whether every rule held.
    pub valid: bool,
    /// The first violations in the order of the schema, at most
    /// [`Limits::violations`](crate::Limits::violations) of them.
    pub violations: Vec<Violation>,
}

/// One rule that a value breaks. It never carries the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON Pointer to the offending part of the value.
    pub instance: String,
    /// JSON Pointer to the rule, in the document of the schema.
    pub schema: String,
    /// The keyword of the rule.
    pub keyword: &'static str,
    /// What is wrong; lower case, no full stop, names and bounds of the schema only.
    pub message: String,
}
