//! What a host call answers: proxy-wasm's status numbers.

/// A status that Envoy's host calls return; `Other` stands for numbers the ABI does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// 0
    Ok,
    /// 1: no such key, buffer, queue or metric.
    NotFound,
    /// 2: an argument out of range, or a map that is not available in this callback.
    BadArgument,
    /// 3
    SerializationFailure,
    /// 4
    ParseFailure,
    /// 5
    BadExpression,
    /// 6: a pointer outside the memory, or an allocation that failed.
    InvalidMemoryAccess,
    /// 7: the queue is empty.
    Empty,
    /// 8: shared data changed since it was read.
    CasMismatch,
    /// 9
    ResultMismatch,
    /// 10
    InternalFailure,
    /// 11
    BrokenConnection,
    /// 12
    Unimplemented,
    /// Any other number.
    Other(u32),
}

impl Status {
    /// Every named failure and four unnamed ones: what a fault sweep goes through.
    pub const FAILURES: [Self; 16] = [
        Self::NotFound,
        Self::BadArgument,
        Self::SerializationFailure,
        Self::ParseFailure,
        Self::BadExpression,
        Self::InvalidMemoryAccess,
        Self::Empty,
        Self::CasMismatch,
        Self::ResultMismatch,
        Self::InternalFailure,
        Self::BrokenConnection,
        Self::Unimplemented,
        Self::Other(13),
        Self::Other(255),
        Self::Other(0x7fff_ffff),
        Self::Other(u32::MAX),
    ];

    /// The number on the wire.
    #[must_use]
    pub fn code(self) -> u32 {
        match self {
            Self::Ok => 0,
            Self::NotFound => 1,
            Self::BadArgument => 2,
            Self::SerializationFailure => 3,
            Self::ParseFailure => 4,
            Self::BadExpression => 5,
            Self::InvalidMemoryAccess => 6,
            Self::Empty => 7,
            Self::CasMismatch => 8,
            Self::ResultMismatch => 9,
            Self::InternalFailure => 10,
            Self::BrokenConnection => 11,
            Self::Unimplemented => 12,
            Self::Other(code) => code,
        }
    }
}
