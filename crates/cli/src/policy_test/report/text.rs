//! For people: each failure as a comparison with the reasons of the record, and the totals.

use anstyle::{AnsiColor, Style};

use super::{count, place};
use crate::policy_test::run::Outcome;
use crate::terminal::printable;

/// All results.
pub fn report(outcomes: &[Outcome<'_>]) -> String {
    let failures = outcomes.iter().filter(|outcome| !outcome.passed());
    let mut out: String = failures.map(failure).collect();
    let (passed, failed) = count(outcomes);
    let color = if failed == 0 {
        AnsiColor::Green
    } else {
        AnsiColor::Red
    };
    let style = Style::new().bold().fg_color(Some(color.into()));
    out += &format!("{style}{passed} passed, {failed} failed{style:#}\n");
    out
}

fn failure(outcome: &Outcome<'_>) -> String {
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let name = printable(&outcome.case.name);
    let mut out = format!(
        "{red}FAIL{red:#} {name}\n  at {}\n",
        printable(&place(outcome))
    );
    let width = outcome
        .differences
        .iter()
        .map(|d| d.expected.chars().count())
        .max()
        .unwrap_or(0);
    for difference in &outcome.differences {
        let expected = printable(&difference.expected);
        let got = printable(&difference.got);
        out += &format!(
            "  {:<15}  expected {expected:<width$}  got {got}\n",
            difference.field
        );
        if let Some(help) = &difference.help {
            out += &format!("  {:<15}  {}\n", "", printable(help));
        }
    }
    for reason in &outcome.reasons {
        out += &format!("  because          {}\n", printable(reason));
    }
    out + "\n"
}
