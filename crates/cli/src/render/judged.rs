//! What a policy that is no expression makes of a call, for people: a line for each of its checks.

use callgate_model::{Check, CheckOutcome, Judged};

use crate::render::reason::one_line;
use crate::terminal::printable;

/// One policy and its checks.
pub fn judged(judged: &Judged<'_>, width: usize, decides: bool) -> String {
    let short = match judged.kind {
        "RuleSet" => "rules",
        "MatchPolicy" => "match",
        "ControlPolicy" => "ctrl",
        "DlpPolicy" => "dlp",
        other => other,
    };
    let mark = if decides { "   ← decides" } else { "" };
    let (name, standing) = (judged.policy.name, judged.standing.as_str());
    let mut out = format!("\n  {short:<5}  {name:<width$}  {standing}{mark}\n");
    let rules = judged.checks.iter().map(|check| check.rule.chars().count());
    let width = rules.max().unwrap_or(0);
    for check in &judged.checks {
        out += &line(check, width);
    }
    printable(&out)
}

fn line(check: &Check<'_>, width: usize) -> String {
    let outcome = match check.outcome {
        CheckOutcome::Idle => "not about this call".to_owned(),
        CheckOutcome::LeftOut => "not asked".to_owned(),
        CheckOutcome::Holds => "holds".to_owned(),
        CheckOutcome::Fails(None) => "fails".to_owned(),
        CheckOutcome::Fails(Some(code)) => format!("fails: {code}"),
    };
    let values = check
        .values
        .iter()
        .map(|(name, json)| format!("{name} {}", one_line(json)));
    let values: Vec<String> = values.collect();
    let line = format!(
        "    | {:<width$}  {outcome}  {}",
        check.rule,
        values.join(", ")
    );
    line.trim_end().to_owned() + "\n"
}
