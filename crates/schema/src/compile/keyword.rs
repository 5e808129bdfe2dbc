//! The keywords of the standard, and which of them hold schemas.

pub(super) const REF: &str = "$ref";
pub(super) const DYNAMIC_REF: &str = "$dynamicRef";

/// Where a keyword holds schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Nothing,
    /// Its value is a schema.
    One,
    /// Its value is an array of schemas.
    List,
    /// Its value is an object with schemas as members.
    Named,
}

/// Every keyword of JSON Schema 2020-12, Core and Validation.
pub(super) const KEYWORDS: &[(&str, Holds)] = &[
    ("$schema", Holds::Nothing),
    ("$vocabulary", Holds::Nothing),
    ("$id", Holds::Nothing),
    ("$anchor", Holds::Nothing),
    ("$dynamicAnchor", Holds::Nothing),
    (REF, Holds::Nothing),
    (DYNAMIC_REF, Holds::Nothing),
    ("$comment", Holds::Nothing),
    ("$defs", Holds::Named),
    ("type", Holds::Nothing),
    ("const", Holds::Nothing),
    ("enum", Holds::Nothing),
    ("minimum", Holds::Nothing),
    ("exclusiveMinimum", Holds::Nothing),
    ("maximum", Holds::Nothing),
    ("exclusiveMaximum", Holds::Nothing),
    ("multipleOf", Holds::Nothing),
    ("minLength", Holds::Nothing),
    ("maxLength", Holds::Nothing),
    ("pattern", Holds::Nothing),
    ("format", Holds::Nothing),
    ("minItems", Holds::Nothing),
    ("maxItems", Holds::Nothing),
    ("uniqueItems", Holds::Nothing),
    ("prefixItems", Holds::List),
    ("items", Holds::One),
    ("contains", Holds::One),
    ("minContains", Holds::Nothing),
    ("maxContains", Holds::Nothing),
    ("minProperties", Holds::Nothing),
    ("maxProperties", Holds::Nothing),
    ("required", Holds::Nothing),
    ("dependentRequired", Holds::Nothing),
    ("propertyNames", Holds::One),
    ("properties", Holds::Named),
    ("patternProperties", Holds::Named),
    ("additionalProperties", Holds::One),
    ("dependentSchemas", Holds::Named),
    ("allOf", Holds::List),
    ("anyOf", Holds::List),
    ("oneOf", Holds::List),
    ("not", Holds::One),
    ("if", Holds::One),
    ("then", Holds::One),
    ("else", Holds::One),
    ("unevaluatedItems", Holds::One),
    ("unevaluatedProperties", Holds::One),
    ("contentEncoding", Holds::Nothing),
    ("contentMediaType", Holds::Nothing),
    ("contentSchema", Holds::One),
    ("title", Holds::Nothing),
    ("description", Holds::Nothing),
    ("default", Holds::Nothing),
    ("deprecated", Holds::Nothing),
    ("readOnly", Holds::Nothing),
    ("writeOnly", Holds::Nothing),
    ("examples", Holds::Nothing),
];

/// Keywords of earlier drafts, and what to write instead. `definitions` still serves references.
pub(super) const FORMER: &[(&str, &str)] = &[
    ("additionalItems", "`items` beside `prefixItems`"),
    ("dependencies", "`dependentRequired` or `dependentSchemas`"),
    ("id", "`$id`"),
    ("$recursiveRef", "`$dynamicRef`"),
    ("$recursiveAnchor", "`$dynamicAnchor`"),
    ("divisibleBy", "`multipleOf`"),
    ("extends", "`allOf`"),
    ("disallow", "`not`"),
];
