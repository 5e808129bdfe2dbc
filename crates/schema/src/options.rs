//! What a schema may ask for and how large it may be.

/// How a schema is compiled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether `format` is judged.
    pub formats: Formats,
    /// Whether names that mean nothing are warned about.
    pub names: Names,
    /// Bounds on the schema and on judging with it.
    pub limits: Limits,
}

/// What `format` does (JSON Schema Validation, section 7.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Formats {
    /// It is a note to the reader, as the standard has it unless a vocabulary says otherwise.
    #[default]
    Annotate,
    /// It is judged; a format that is not known here is a warning and holds for every value.
    Assert,
}

/// What happens to keywords that the standard does not know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Names {
    /// They are ignored, as the standard says.
    #[default]
    Ignore,
    /// One that looks like a known keyword, or was one in an earlier draft, is a warning.
    Warn,
}

/// Bounds on a schema. Every bound is always on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Subschemas of one schema. 10,000: the largest published schemas have some thousands.
    pub nodes: u32,
    /// Schemas being judged inside each other. 256: the deepest value a reader accepts is 64 levels, with
    /// references and combinations at each; bounds the stack.
    pub depth: u32,
    /// Bytes of one compiled pattern. 256 KiB: as for regular expressions elsewhere in a release.
    pub pattern_bytes: u32,
    /// Bytes of all compiled patterns of one schema. 4 MiB.
    pub all_pattern_bytes: u32,
    /// Problems that are listed before compiling is given up. 100: more than anybody reads.
    pub problems: u32,
    /// Violations that are listed for one value. 20: more than an agent mends at once.
    pub violations: u32,
    /// Bytes of a pointer or message in a problem or violation; longer ones are cut. 1 KiB: what a person reads.
    pub text_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            nodes: 10_000,
            depth: 256,
            pattern_bytes: 262_144,
            all_pattern_bytes: 4_194_304,
            problems: 100,
            violations: 20,
            text_bytes: 1_024,
        }
    }
}
