//! The rows of `crates/detect/DETECTORS.md` that generated texts can set off, each with a regular
//! expression that says enough of its form, and patterns of policies in the same terms.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::values::{items, regex, strings, text};

/// Something that finds values in texts.
#[derive(Debug, Clone)]
pub struct Detector<'p> {
    /// Its name.
    pub name: &'p str,
    /// What kind of value it finds.
    pub class: &'p str,
    /// How bad that is.
    pub severity: &'p str,
    /// How sure a finding is.
    pub percent: u8,
    /// The value is the first group.
    form: Regex,
    /// Something that it finds.
    pub example: &'p str,
}

impl<'p> Detector<'p> {
    fn row(name: &'p str, kind: [&'p str; 2], percent: u8, form: &str, example: &'p str) -> Self {
        let [class, severity] = kind;
        Self { name, class, severity, percent, form: regex(form), example }
    }

    /// A pattern of a policy; keywords are words, in either case.
    pub fn of(pattern: &'p Value) -> Self {
        let words = strings(&pattern["keywords"]).join("|");
        let form = pattern["regex"].as_str().map(|regex| format!("({regex})"));
        let form = form.unwrap_or(format!(r"(?i)\b({words})\b"));
        let severity = pattern["severity"].as_str().unwrap_or("HIGH");
        Self::row(text(&pattern["name"]), ["custom", severity], 90, &form, "")
    }

    /// The table and the patterns of policies that look at requests, each of these with the `metadata`
    /// of its policy.
    pub fn all(policies: &[&'p Value]) -> Vec<(Self, Value)> {
        let mut all: Vec<_> = TABLE.iter().map(|row| (row.clone(), Value::Null)).collect();
        for policy in policies {
            let patterns = items(&policy["spec"]["patterns"]).iter();
            let here = patterns.filter(|pattern| pattern["on"] != "response");
            all.extend(here.map(|pattern| (Self::of(pattern), policy["metadata"].clone())));
        }
        all
    }

    /// Where in a text values stand.
    pub fn find(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        let found = self.form.captures_iter(text).filter_map(|groups| groups.get(1));
        found.map(|value| value.range()).collect()
    }
}

/// In the order of the table.
pub static TABLE: LazyLock<[Detector<'static>; 6]> = LazyLock::new(|| {
    [
        Detector::row(
            "aws-access-key-id",
            ["cloud", "HIGH"],
            90,
            r"\b(AKIA[A-Z2-7]{16})\b",
            "AKIAQ5ZXN7TRV2LWKH3M",
        ),
        Detector::row(
            "gitlab-pat",
            ["source", "CRITICAL"],
            90,
            r"\b(glpat-\w{20})\b",
            "glpat-Zq3xW8vN2kLm5RtY7uPd",
        ),
        Detector::row(
            "gitlab-feed-token",
            ["source", "MEDIUM"],
            90,
            r"\b(glft-\w{20})\b",
            "glft-Hk4vT9sQ1mWx6NcJ8yRb",
        ),
        Detector::row(
            "email-address",
            ["contact", "LOW"],
            90,
            r"\b([a-z_]+@[a-z]+\.[a-z]+)\b",
            "ann@corp.io",
        ),
        Detector::row(
            "payment-card",
            ["financial", "CRITICAL"],
            100,
            r"\b(4\d{15})\b",
            "4539578763621486",
        ),
        Detector::row(
            "us-ssn",
            ["national-id", "HIGH"],
            70,
            r"(?i)\bssn: (\d{3}-\d{2}-\d{4})\b",
            "SSN: 536-22-8124",
        ),
    ]
});
