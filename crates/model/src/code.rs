//! Reason codes: why a family judged as it did. Stable names, shown to callers.

use core::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $text:literal,)*) => {
        /// Why a decision came out as it did.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// The stable name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
        }
    };
}

codes! {
    /// A CEL deny policy was true.
    CelDenyMatched "CEL_DENY_MATCHED",
    /// A CEL allow policy was false where all must be true.
    CelAllowNotMet "CEL_ALLOW_NOT_MET",
    /// No CEL allow policy was true where one must be.
    CelNoAllowMatched "CEL_NO_ALLOW_MATCHED",
    /// A CEL policy could not be evaluated, or was not boolean.
    CelError "CEL_ERROR",
    /// No release was published; the default action applies.
    NoActiveRelease "NO_ACTIVE_RELEASE",
    /// The request carries no identity that could be established.
    Unauthenticated "UNAUTHENTICATED",
    /// A protocol method that is not in the release's list.
    MethodNotAllowed "METHOD_NOT_ALLOWED",
    /// The evaluation budget of one decision is used up.
    GasExhausted "GAS_EXHAUSTED",
    /// The data one decision may build is used up.
    MemoryExhausted "MEMORY_EXHAUSTED",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
