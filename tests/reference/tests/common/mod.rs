//! What the tests here have in common.

/// The number in an environment variable, for more cases and other seeds.
pub fn number(variable: &str, otherwise: u64) -> u64 {
    let value = std::env::var(variable).ok();
    value.and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}
