//! Why a call was decided as it was, in one line.

use callgate_cel::ErrorCode;
use callgate_engine::CompiledRelease;
use callgate_model::{Fault, Reason};

/// One reason: its code, its policy, what failed, and the policy's own words.
pub fn reason(reason: &Reason<'_>, release: &CompiledRelease) -> String {
    let mut line = reason.code.as_str().to_owned();
    if let Some(policy) = reason.policy {
        line += &format!(" by `{}`", policy.name);
    }
    if let Some(fault) = reason.fault {
        let name = reason.policy.map_or("", |policy| policy.name);
        line += &format!(", {}", self::fault(fault, expression(name, release)));
    }
    if let Some(message) = reason.message {
        line += &format!(": {message}");
    }
    line
}

/// An evaluation error with the part of the expression that failed.
pub fn fault(fault: Fault, expression: &str) -> String {
    let known = ErrorCode::ALL
        .iter()
        .find(|code| code.as_str() == fault.code);
    let words = known.map_or(fault.code, |code| code.describe());
    let part = expression.get(fault.span.start as usize..fault.span.end as usize);
    match part.filter(|part| !part.is_empty()) {
        Some(part) => format!("{words} in `{}`", one_line(part)),
        None => words.to_owned(),
    }
}

/// The expression of the policy named `name`.
fn expression<'r>(name: &str, release: &'r CompiledRelease) -> &'r str {
    let policy = release
        .release()
        .policies
        .iter()
        .find(|policy| policy.name == name);
    let cel = policy.and_then(|policy| policy.spec.cel());
    cel.map_or("", |cel| &cel.expression)
}

/// Characters of a part or value that are shown at most.
const SHOWN: usize = 80;

/// `text` on one line, its middle left out when it is long.
pub fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let count = line.chars().count();
    if count <= SHOWN {
        return line;
    }
    let half = SHOWN / 2;
    let front: String = line.chars().take(half).collect();
    let back: String = line.chars().skip(count.saturating_sub(half)).collect();
    format!("{front} … {back}")
}
