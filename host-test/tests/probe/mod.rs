//! Builds the small modules that the harness is tested with.

use callgate_host_test::{Module, Outcome};

const PRELUDE: &str = include_str!("../probes/prelude.wat");

/// The module of a probe: the shared prelude and its own functions.
pub fn probe(functions: &str) -> Module {
    let text = format!("(module\n{PRELUDE}\n{functions})");
    let bytes = wat::parse_str(text).expect("a probe is valid WAT");
    Module::load(&bytes).expect("a probe loads")
}

/// The log as `callback a b`, leading zeros dropped.
#[allow(dead_code, reason = "each test binary takes what it needs")]
pub fn trace(outcome: &Outcome) -> Vec<String> {
    let short = |word: &str| match word.parse::<u32>() {
        Ok(number) => number.to_string(),
        Err(_) => word.to_owned(),
    };
    let line = |text: &str| text.split(' ').map(short).collect::<Vec<_>>().join(" ");
    outcome.logs.iter().map(|log| line(&log.message)).collect()
}
