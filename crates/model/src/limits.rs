//! Every bound callgate keeps, in one place.

/// The bounds on what is read and decided. Always on; hitting one is a refusal with its own code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bounds on a request or a document as JSON.
    pub json: callgate_json::Limits,
    /// Bytes of one release. 16 MiB: 10,000 policies of a kilobyte and room to spare.
    pub release_bytes: u32,
    /// Policies of one release. 10,000: what an index still loads in a tenth of a second.
    pub policies: u32,
    /// Bytes of one expression. 4 KiB: two screens of text.
    pub expression_bytes: u32,
    /// Nesting of one expression, for every kind of node, operator chains included. 32: bounds the stack.
    pub expression_depth: u32,
    /// Nodes of one expression after macros are expanded. 10,000: bounds memory at load.
    pub expression_nodes: u32,
    /// Evaluation steps of one decision. 1,000,000: some milliseconds on one core.
    pub gas: u64,
    /// Bytes of one compiled regular expression. 256 KiB: the default of RE2-like engines is larger than any policy needs.
    pub regex_bytes: u32,
    /// Bytes of all compiled regular expressions of one release. 16 MiB: half of what a proxy's VM has.
    pub release_regex_bytes: u32,
    /// Findings about one release that are listed before reading on is given up. 1,000: more than anybody reads.
    pub findings: u32,
    /// Bytes of one value in an explanation; larger ones are left out. 1 KiB: what a person reads.
    pub explain_value_bytes: u32,
    /// Bytes that one policy may build while evaluating. 4 MiB: a Wasm host's memory never shrinks.
    pub arena_bytes: u32,
    /// How large a call is taken to be when the worst case of an expression is worked out. No bound on
    /// what is read: a larger call is judged all the same, and pays for every step.
    pub sizes: SizeHints,
}

/// What one attribute of a call (its arguments, say) is taken to hold at most when an expression's
/// worst case is worked out before it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeHints {
    /// Elements of one list, entries of one map. 100: longer lists of recipients or files are no
    /// tool call but a batch, and two lists of this size can still be compared each with each.
    pub elements: u32,
    /// Bytes of one text, map keys included. 4,096: a long message.
    pub text_bytes: u32,
    /// Values in all, at every depth. 1,000: ten times what a rich tool call has.
    pub nodes: u32,
    /// Bytes of all texts together, map keys included. 8 KiB: eight times the usual call.
    pub bytes: u32,
}

impl Default for SizeHints {
    fn default() -> Self {
        Self {
            elements: 100,
            text_bytes: 4_096,
            nodes: 1_000,
            bytes: 8_192,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            json: callgate_json::Limits::default(),
            release_bytes: 16_777_216,
            policies: 10_000,
            expression_bytes: 4_096,
            expression_depth: 32,
            expression_nodes: 10_000,
            gas: 1_000_000,
            regex_bytes: 262_144,
            release_regex_bytes: 16_777_216,
            findings: 1_000,
            explain_value_bytes: 1_024,
            arena_bytes: 4_194_304,
            sizes: SizeHints::default(),
        }
    }
}

impl Limits {
    /// The JSON bounds for a release: as for a request, with room for all its policies.
    pub fn release_json(&self) -> callgate_json::Limits {
        callgate_json::Limits {
            bytes: self.release_bytes,
            nodes: self.policies.saturating_mul(100),
            ..self.json
        }
    }
}
