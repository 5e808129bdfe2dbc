//! The bounds a text must keep to be read at all.

/// Bounds on one JSON text. Every bound is always on; hitting one is an [`Error`](crate::Error).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole text. 1 MiB: the buffer limit Envoy has by default.
    pub bytes: u32,
    /// Open arrays and objects at once. 64: deeper data is an attack on some recursive reader behind us.
    pub depth: u32,
    /// Members of one object. 1,024: tool arguments have tens.
    pub keys: u32,
    /// Values of the whole text, object keys not counted. 100,000: bounds memory to a few MiB.
    pub nodes: u32,
    /// Bytes of one number literal. 64: an f64 never needs more than 25.
    pub number_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 1_048_576,
            depth: 64,
            keys: 1_024,
            nodes: 100_000,
            number_bytes: 64,
        }
    }
}
