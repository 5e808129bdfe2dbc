//! Generated releases and questions: few names and few patterns, so that they meet often.

mod dlp;
mod expressions;
mod policies;
mod questions;

use crate::choices::Choices;

pub use expressions::expression;
pub use policies::{FAMILIES, documents, policy};
pub use questions::question;

const AGENTS: &[&str] = &["ann", "bob"];
const GROUPS: &[&str] = &["g1", "g2", "g3"];
const RUNS: &[&str] = &["r1", "r2"];
const MISSIONS: &[&str] = &["m1", "m2"];
const TOOLS: &[&str] = &["get_a", "get_b", "put_a", "srv__get_a", "del"];
const PATTERNS: &[&str] =
    &["*", "get_*", "*_a", "put_a", "get_b", "srv__*", "", "del", "chat_*", "*t*a"];
const FIELDS: &[&str] = &["id", "to", "n"];
const TEXTS: &[&str] = &["x", "y", "x@y"];
const TAGS: &[&str] = &["pii", "pci"];
const RISKS: &[&str] = &["high", "HIGH", "low"];
const MONEY: &[&str] = &["0", "0.5", "1", "2.000001", "10"];
const SECONDS: &[u64] = &[60, 90, 3_600, 86_400];
const ZONES: &[&str] = &["UTC", "Europe/Berlin", "America/New_York"];

/// Patterns, seldom none.
fn patterns(choices: &mut Choices) -> Vec<&'static str> {
    let length = [0, 1, 1, 2, 3][choices.below(5)];
    (0..length).map(|_| choices.pick(PATTERNS)).collect()
}
