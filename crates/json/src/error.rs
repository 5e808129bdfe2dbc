//! Why a text is not accepted, and where.

use core::fmt;

/// A rejected text: the code and the byte offset of the first offending byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} at byte {offset}", code.describe())]
pub struct Error {
    /// What is wrong.
    pub code: ErrorCode,
    /// Byte offset into the text.
    pub offset: u32,
}

impl Error {
    /// Line and column of the error in the text that was read.
    pub fn position(&self, text: &[u8]) -> Position {
        Position::of(text, self.offset)
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $code:literal $text:literal,)*) => {
        /// What can be wrong with a text. The string form is stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ErrorCode { $($(#[$doc])* $variant,)* }

        impl ErrorCode {
            /// The stable code.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The sentence shown to a person.
            pub fn describe(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
        }
    };
}

codes! {
    /// Not valid UTF-8 (RFC 3629).
    InvalidUtf8 "JSON_INVALID_UTF8" "invalid UTF-8",
    /// A byte order mark before the text.
    Bom "JSON_BOM" "a byte order mark is not allowed",
    /// The text ends inside a value, or is empty.
    UnexpectedEnd "JSON_UNEXPECTED_END" "the text ends before the value does",
    /// A byte that cannot stand here.
    UnexpectedByte "JSON_UNEXPECTED_BYTE" "unexpected character",
    /// Something follows the value.
    TrailingData "JSON_TRAILING_DATA" "data after the end of the value",
    /// Two members of one object have the same name after unescaping.
    DuplicateKey "JSON_DUPLICATE_KEY" "duplicate object key",
    /// A `\u` escape of half a surrogate pair.
    LoneSurrogate "JSON_LONE_SURROGATE" "escape of a lone surrogate",
    /// An escape that JSON does not have.
    InvalidEscape "JSON_INVALID_ESCAPE" "invalid escape",
    /// A raw control character inside a string.
    ControlCharacter "JSON_CONTROL_CHARACTER" "raw control character in a string",
    /// A literal that starts like a number and is none (RFC 8259 section 6).
    InvalidNumber "JSON_INVALID_NUMBER" "invalid number",
    /// More bytes than [`Limits::bytes`](crate::Limits::bytes).
    TooLarge "JSON_TOO_LARGE" "the text is larger than the limit",
    /// Deeper than [`Limits::depth`](crate::Limits::depth).
    TooDeep "JSON_TOO_DEEP" "nested deeper than the limit",
    /// More members than [`Limits::keys`](crate::Limits::keys).
    TooManyKeys "JSON_TOO_MANY_KEYS" "more keys in one object than the limit",
    /// More values than [`Limits::nodes`](crate::Limits::nodes).
    TooManyNodes "JSON_TOO_MANY_NODES" "more values than the limit",
    /// A literal longer than [`Limits::number_bytes`](crate::Limits::number_bytes).
    NumberTooLong "JSON_NUMBER_TOO_LONG" "number literal longer than the limit",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A place in a text as people count it: both from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Position {
    /// The place of byte `offset` of `text`.
    pub fn of(text: &[u8], offset: u32) -> Self {
        let mut place = Self { line: 1, column: 1 };
        for byte in text.iter().take(offset as usize) {
            match byte {
                b'\n' => {
                    place.line = place.line.saturating_add(1);
                    place.column = 1;
                }
                0x80..=0xBF => {}
                _ => place.column = place.column.saturating_add(1),
            }
        }
        place
    }
}
