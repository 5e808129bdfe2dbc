//! For people: each failure as a comparison with the reasons of the record, and the totals.

use std::collections::BTreeMap;

use anstyle::{AnsiColor, Style};

use super::{Count, place};
use crate::policy_test::run::Outcome;
use crate::terminal::printable;

/// All results.
pub fn report(outcomes: &[Outcome<'_>]) -> String {
    let failures = outcomes.iter().filter(|outcome| !outcome.passed());
    let mut out: String = failures.map(failure).collect();
    out += &left_out(outcomes);
    let count = Count::of(outcomes);
    let color = if count.failed == 0 {
        AnsiColor::Green
    } else {
        AnsiColor::Red
    };
    let style = Style::new().bold().fg_color(Some(color.into()));
    out += &format!("{style}{}{style:#}\n", count.line());
    out
}

/// Why tests were left out, each reason once with how many there are.
fn left_out(outcomes: &[Outcome<'_>]) -> String {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for why in outcomes
        .iter()
        .filter_map(|outcome| outcome.skipped.as_deref())
    {
        let count = reasons.entry(why).or_default();
        *count = count.saturating_add(1);
    }
    let line = |(why, count): (&str, usize)| format!("{count} not asked: {}\n", printable(why));
    reasons.into_iter().map(line).collect()
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
