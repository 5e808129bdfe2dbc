//! What keeps a scan from ending, and a configuration from being used.

/// Why a scan did not end. What it found before that was handed on; whoever decides refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// The budget of steps is used up.
    #[error("the gas of the decision is used up")]
    Gas,
    /// More findings than [`Limits::findings`](crate::Limits::findings).
    #[error("more findings in one text than the limit")]
    Findings,
    /// More decoded bytes than [`Limits::decoded_bytes`](crate::Limits::decoded_bytes).
    #[error("more decoded text than the limit")]
    Decoded,
}

impl From<callgate_cel::ErrorCode> for ScanError {
    fn from(_: callgate_cel::ErrorCode) -> Self {
        Self::Gas
    }
}

/// Something in a configuration that a person can mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where in the configuration, as a JSON Pointer.
    pub place: String,
    /// What is wrong; lower case, no full stop, identifiers in backticks.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}
