//! The rows of `crates/detect/DETECTORS.md` that generated texts can set off, each with a regular
//! expression that says enough of its form.

use std::sync::LazyLock;

use regex::Regex;

use crate::values::regex;

/// A detector.
#[derive(Debug)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// What kind of value it finds.
    pub class: &'static str,
    /// How bad that is.
    pub severity: &'static str,
    /// How sure a finding is.
    pub percent: u8,
    /// The value is the first group.
    pub form: LazyLock<Regex>,
    /// A text in which it finds a value.
    pub example: &'static str,
    /// The value.
    pub value: &'static str,
}

/// In the order of the table.
pub static DETECTORS: [Row; 6] = [
    Row {
        name: "aws-access-key-id",
        class: "cloud",
        severity: "HIGH",
        percent: 90,
        form: LazyLock::new(|| regex(r"\b(AKIA[A-Z2-7]{16})\b")),
        example: "AKIAQ5ZXN7TRV2LWKH3M",
        value: "AKIAQ5ZXN7TRV2LWKH3M",
    },
    Row {
        name: "gitlab-pat",
        class: "source",
        severity: "CRITICAL",
        percent: 90,
        form: LazyLock::new(|| regex(r"\b(glpat-\w{20})\b")),
        example: "glpat-Zq3xW8vN2kLm5RtY7uPd",
        value: "glpat-Zq3xW8vN2kLm5RtY7uPd",
    },
    Row {
        name: "gitlab-feed-token",
        class: "source",
        severity: "MEDIUM",
        percent: 90,
        form: LazyLock::new(|| regex(r"\b(glft-\w{20})\b")),
        example: "glft-Hk4vT9sQ1mWx6NcJ8yRb",
        value: "glft-Hk4vT9sQ1mWx6NcJ8yRb",
    },
    Row {
        name: "email-address",
        class: "contact",
        severity: "LOW",
        percent: 90,
        form: LazyLock::new(|| regex(r"\b([a-z]+@[a-z]+\.[a-z]+)\b")),
        example: "ann@corp.io",
        value: "ann@corp.io",
    },
    Row {
        name: "payment-card",
        class: "financial",
        severity: "CRITICAL",
        percent: 100,
        form: LazyLock::new(|| regex(r"\b(4\d{15})\b")),
        example: "4539578763621486",
        value: "4539578763621486",
    },
    Row {
        name: "us-ssn",
        class: "national-id",
        severity: "HIGH",
        percent: 70,
        form: LazyLock::new(|| regex(r"(?i)\bssn: (\d{3}-\d{2}-\d{4})\b")),
        example: "SSN: 536-22-8124",
        value: "536-22-8124",
    },
];
