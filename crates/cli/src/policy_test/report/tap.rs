//! For TAP consumers: version 14, with a YAML block for each failure.

use serde_json::json;

use super::{lines, place};
use crate::policy_test::run::Outcome;
use crate::terminal::printable;

/// All results.
pub fn report(outcomes: &[Outcome<'_>]) -> String {
    let mut out = format!("TAP version 14\n1..{}\n", outcomes.len());
    for (index, outcome) in outcomes.iter().enumerate() {
        let number = index.saturating_add(1);
        let name = description(&outcome.case.name);
        if let Some(why) = &outcome.skipped {
            let why = description(why);
            out += &format!("ok {number} - {name} # SKIP {why}\n");
            continue;
        }
        if outcome.passed() {
            out += &format!("ok {number} - {name}\n");
            continue;
        }
        out += &format!(
            "not ok {number} - {name}\n  ---\n  at: {}\n  details:\n",
            json!(place(outcome))
        );
        for line in lines(outcome) {
            // A JSON string is a YAML scalar, whatever is in it.
            out += &format!("    - {}\n", json!(line));
        }
        out += "  ...\n";
    }
    out
}

/// A name in which nothing reads as a directive or as a new line.
fn description(name: &str) -> String {
    let name = name.replace('\\', "\\\\").replace('#', "\\#");
    printable(&name.split_whitespace().collect::<Vec<_>>().join(" "))
}
