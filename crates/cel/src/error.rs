//! What evaluation can fail with: a code and a place, rendered to words only on demand.

use callgate_model::{Diagnostic, Span};

/// A failed evaluation. Small and free of text, because policies may fail on the hot path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", code.describe())]
pub struct EvalError {
    /// What went wrong.
    pub code: ErrorCode,
    /// The part of the source that failed.
    pub span: Span,
}

impl EvalError {
    /// The error as a diagnostic of its source.
    pub fn diagnostic(self, source: &str) -> Diagnostic {
        let part = source
            .get(self.span.start as usize..self.span.end as usize)
            .unwrap_or_default();
        let message = match self.code {
            ErrorCode::NoSuchKey | ErrorCode::UndeclaredName | ErrorCode::UndeclaredFunction => {
                format!("{}: `{part}`", self.code.describe())
            }
            _ => self.code.describe().to_owned(),
        };
        Diagnostic::error(self.code.as_str(), self.span, message)
    }

    /// Whether the evaluation as a whole has to end: `&&`, `||` and macros do not absorb this.
    pub(crate) fn is_fatal(self) -> bool {
        matches!(
            self.code,
            ErrorCode::GasExhausted | ErrorCode::MemoryExhausted
        )
    }
}

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident $code:literal $message:literal,)*) => {
        /// The kinds of failure, each with a stable code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)*
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable code, as programs see it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What it means, in words.
            pub const fn describe(self) -> &'static str {
                match self { $(Self::$variant => $message,)* }
            }
        }
    };
}

error_codes! {
    /// A map has no such key, or a declared attribute is absent.
    NoSuchKey "no_such_key" "no such key",
    /// A list index is negative, too large, or not a whole number.
    IndexOutOfBounds "index_out_of_bounds" "the index is outside the list",
    /// An operator or function was given values of types it is not defined for.
    NoMatchingOverload "no_matching_overload" "no matching overload for these types",
    /// Division by zero.
    DivideByZero "divide_by_zero" "division by zero",
    /// Remainder of a division by zero.
    ModulusByZero "modulus_by_zero" "modulus by zero",
    /// Integer arithmetic left the range of its type.
    Overflow "overflow" "integer overflow",
    /// A conversion's value is outside the range of the wanted type.
    Range "range" "the value is outside the range of the type",
    /// A string does not spell a value of the wanted type.
    InvalidConversion "invalid_conversion" "the text does not spell such a value",
    /// Bytes that should be text are not UTF-8.
    InvalidUtf8 "invalid_utf8" "the bytes are not valid UTF-8",
    /// A time zone that is neither an offset nor an IANA name.
    InvalidTimeZone "invalid_time_zone" "there is no such time zone",
    /// A pattern that RE2 would not read.
    InvalidRegex "invalid_regex" "the pattern is not a valid regular expression",
    /// A map literal's key is not a bool, int, uint or string.
    UnsupportedKey "unsupported_key" "a map key must be a bool, an integer or a string",
    /// A map literal repeats a key.
    DuplicateKey "duplicate_key" "the map has this key twice",
    /// A name that the environment does not declare.
    UndeclaredName "undeclared_name" "undeclared reference",
    /// A function that does not exist.
    UndeclaredFunction "undeclared_function" "there is no such function",
    /// A JSON number that no CEL type holds exactly enough.
    UnrepresentableNumber "unrepresentable_number" "the number fits no numeric type",
    /// An argument outside what the function takes.
    InvalidArgument "invalid_argument" "the function does not take this argument",
    /// The value of an empty optional.
    NoneDereference "none_dereference" "the optional is empty",
    /// The expression could not be compiled, so there was nothing to evaluate.
    InvalidExpression "invalid_expression" "the expression does not compile",
    /// The evaluation took more steps than allowed.
    GasExhausted "gas_exhausted" "the evaluation takes more steps than allowed",
    /// The evaluation built more data than allowed.
    MemoryExhausted "memory_exhausted" "the evaluation builds more data than allowed",
}
