//! Texts with known values in them, and the scanner with everything on.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test file uses its part, and a test ends where its data is wrong"
)]

pub mod form;
pub mod generate;

use std::sync::LazyLock;

use callgate_cel::Gas;
use callgate_detect::{Config, Detectors, Direction, Finding, Input, Limits};

pub static DETECTORS: LazyLock<Detectors> =
    LazyLock::new(|| Detectors::compile(&Config::default(), &Limits::default()).unwrap());

pub fn scan(text: &str) -> Vec<Finding<'static>> {
    scan_under(text, "")
}

pub fn scan_under(text: &str, label: &str) -> Vec<Finding<'static>> {
    let input = Input {
        text,
        label,
        direction: Direction::Request,
    };
    scan_with(&DETECTORS, input)
}

pub fn scan_with<'d>(detectors: &'d Detectors, input: Input<'_>) -> Vec<Finding<'d>> {
    let mut found = Vec::new();
    let mut gas = Gas::new(50_000_000);
    let outcome = detectors.scan(input, &mut gas, &mut |finding| found.push(finding));
    assert_eq!(outcome, Ok(()));
    found
}
