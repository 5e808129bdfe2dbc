//! The revisions of MCP, and what each demands of the headers.

/// A released protocol revision that has streamable HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Revision {
    /// 2025-03-26, the first with streamable HTTP; also what an absent header means.
    V2025March,
    /// 2025-06-18, which brought the version header and dropped batches.
    V2025June,
    /// 2025-11-25.
    V2025November,
    /// 2026-07-28: stateless, POST only, method and name mirrored in headers.
    V2026July,
}

/// Every revision that is understood, as headers name them.
pub const SUPPORTED: [(&str, Revision); 4] = [
    ("2025-03-26", Revision::V2025March),
    ("2025-06-18", Revision::V2025June),
    ("2025-11-25", Revision::V2025November),
    ("2026-07-28", Revision::V2026July),
];

impl Revision {
    /// The revision that a header names.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let found = SUPPORTED.iter().find(|(name, _)| *name == text)?;
        Some(found.1)
    }

    /// Whether each message stands alone: no session, no streams to open, mirrored headers.
    #[must_use]
    pub fn is_stateless(self) -> bool {
        self >= Self::V2026July
    }
}
