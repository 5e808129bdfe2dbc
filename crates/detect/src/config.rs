//! What to look for beyond the table, what of the table to leave out, and the bounds on a scan.

use callgate_model::Effect;

use crate::vocab::{Reach, Severity};

/// What [`Detectors::compile`](crate::Detectors::compile) is told.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Changes to detectors of the table; the last one for a detector holds.
    pub overrides: Vec<Override>,
    /// Patterns of one's own.
    pub custom: Vec<Custom>,
    /// Values that are never reported.
    pub allow: Vec<String>,
    /// What findings of a severity ask for, where it is not the severity's own effect.
    pub effects: Vec<(Severity, Effect)>,
    /// Whether values that documentation shows, test cards among them, are reported too.
    pub report_samples: bool,
    /// Whether encoded text is taken as it stands.
    pub skip_decoding: bool,
}

/// A change to one detector, or to all of a class.
#[derive(Debug, Clone, Default)]
pub struct Override {
    /// The detector's name, or a class's.
    pub detector: String,
    /// Whether it is left out.
    pub off: bool,
    /// Its severity, where it is another.
    pub severity: Option<Severity>,
    /// What its findings ask for, whatever their severity.
    pub effect: Option<Effect>,
    /// Which ways it looks at.
    pub reach: Option<Reach>,
}

/// A detector of one's own.
#[derive(Debug, Clone)]
pub struct Custom {
    /// Its name; none of the table's.
    pub id: String,
    /// What it looks for.
    pub pattern: CustomPattern,
    /// How bad a finding is; HIGH unless said.
    pub severity: Severity,
    /// Which ways it looks at.
    pub reach: Reach,
}

impl Custom {
    /// A detector of severity HIGH that looks both ways.
    pub fn new(id: impl Into<String>, pattern: CustomPattern) -> Self {
        Self {
            id: id.into(),
            pattern,
            severity: Severity::High,
            reach: Reach::Both,
        }
    }
}

/// What a custom detector looks for.
#[derive(Debug, Clone)]
pub enum CustomPattern {
    /// A regular expression in RE2's syntax.
    Regex(String),
    /// Words and phrases, in either case, not inside other words.
    Keywords(Vec<String>),
}

/// The bounds on a configuration and on a scan. Hitting one is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Findings in one text. 1,000: more than anybody reads.
    pub findings: u32,
    /// Bytes of text decoded from one text, at all depths. 2 MiB: twice the largest body.
    pub decoded_bytes: u32,
    /// Times a text may be decoded. 2: an encoding inside another.
    pub decoded_depth: u32,
    /// Custom detectors. 1,000.
    pub custom: u32,
    /// Keywords of all custom detectors together. 10,000.
    pub keywords: u32,
    /// Bytes of one compiled pattern, as for expressions. 256 KiB.
    pub regex_bytes: u32,
    /// Allowed values. 10,000.
    pub allow: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            findings: 1_000,
            decoded_bytes: 2_097_152,
            decoded_depth: 2,
            custom: 1_000,
            keywords: 10_000,
            regex_bytes: 262_144,
            allow: 10_000,
        }
    }
}
