//! A decision for people: what, who, why, and on request every policy's part in it.

use anstyle::{AnsiColor, Style};
use callgate_engine::CompiledRelease;
use callgate_model::{
    Call, Effect, Fault, PartOutcome, PolicyOutcome, Record, Span, SubExpression,
};

use crate::render::judged;
use crate::render::reason::{fault, one_line, reason};
use crate::terminal::printable;

/// The verdict on one call.
pub fn verdict(record: &Record<'_>, call: &Call<'_>, release: &CompiledRelease) -> String {
    let style = style_of(record.decision);
    let mut out = format!(
        "{style}{}{style:#}  {}\n",
        record.decision,
        printable(&subject(call))
    );
    if let Some(deciding) = &record.deciding {
        let policy = deciding.policy.map_or("none", |policy| policy.name);
        out += &format!(
            "  policy   {}\n  code     {}\n",
            printable(policy),
            deciding.code
        );
    }
    let deciding = record
        .deciding
        .as_ref()
        .and_then(|deciding| deciding.policy);
    let first = record
        .reasons
        .iter()
        .find(|reason| reason.policy == deciding);
    if let Some(message) = first.and_then(|reason| reason.message) {
        out += &format!("  message  {}\n", printable(message));
    }
    for reason in &record.reasons {
        // What the lines above say already is not said again.
        let said = reason.policy == deciding && reason.fault.is_none();
        if !said {
            out += &format!("  because  {}\n", printable(&self::reason(reason, release)));
        }
    }
    for finding in &record.findings {
        let (severity, detector) = (finding.severity, finding.detector);
        let found = format!(
            "{severity} {detector} at {}: {}",
            finding.path, finding.masked
        );
        out += &format!("  found    {}\n", printable(&found));
    }
    if let Some(reference) = &record.release {
        out += &format!("  release  {} {}\n", reference.number, reference.digest);
    }
    out += &format!("  gas      {}\n", record.gas);
    if let Some(explanation) = &record.explanation {
        out += "\n  policies, in order of evaluation\n";
        let expressions = explanation.policies.iter().map(|p| p.policy.name);
        let others = explanation.judged.iter().map(|judged| judged.policy.name);
        let names = expressions.chain(others);
        let width = names.map(|name| name.chars().count()).max();
        let width = width.unwrap_or(0);
        for policy in &explanation.policies {
            out += &self::policy(policy, width, Some(policy.policy) == deciding);
        }
        for judged in &explanation.judged {
            out += &judged::judged(judged, width, Some(judged.policy) == deciding);
        }
    }
    out
}

fn style_of(effect: Effect) -> Style {
    let color = match effect {
        Effect::Allow => AnsiColor::Green,
        Effect::Flag | Effect::RequireApproval => AnsiColor::Yellow,
        Effect::Deny => AnsiColor::Red,
    };
    Style::new().bold().fg_color(Some(color.into()))
}

/// Who asks for what.
fn subject(call: &Call<'_>) -> String {
    let who = call.identity.map_or("nobody", |identity| identity.name);
    let request = &call.request;
    let what = request.tool.name.or(request.method).or(request.path);
    match what {
        Some(what) => format!("{who} → {what}"),
        None => format!("{who} → {}", request.kind.as_str()),
    }
}

fn policy(policy: &PolicyOutcome<'_>, width: usize, decides: bool) -> String {
    let outcome = outcome(policy.outcome.as_ref(), policy.expression);
    let mark = if decides { "   ← decides" } else { "" };
    let name = policy.policy.name;
    let mut out = format!(
        "\n  {:<5}  {name:<width$}  {outcome}{mark}\n",
        policy.effect
    );
    for line in policy.expression.lines() {
        out += &format!("    {line}\n");
    }
    out += &parts(&policy.parts, policy.expression);
    out += &flip(policy);
    printable(&out)
}

/// What would make it come out otherwise.
fn flip(policy: &PolicyOutcome<'_>) -> String {
    let Some(changes) = &policy.flip else {
        return String::new();
    };
    let changes = changes.iter().map(|change| {
        let (start, end) = (change.span.start as usize, change.span.end as usize);
        let source = policy.expression.get(start..end).unwrap_or_default();
        format!("{} is {}", one_line(source), change.truth)
    });
    let changes: Vec<String> = changes.collect();
    format!("    = flips if {}\n", changes.join(" and "))
}

/// The parts of an expression below it, each indented below what it is a part of.
pub fn parts(parts: &[SubExpression], expression: &str) -> String {
    let mut out = String::new();
    let mut open: Vec<(Span, bool)> = Vec::new();
    for part in parts {
        let span = part.span;
        open.retain(|(outer, _)| {
            outer.start <= span.start && span.end <= outer.end && *outer != span
        });
        let unneeded = open.last().is_some_and(|(_, needed)| !needed);
        // The whole is shown already, and of what was not needed no part was.
        let whole =
            open.is_empty() && span.start == 0 && span.end as usize == expression.trim_end().len();
        if !whole && !unneeded {
            out += &self::part(part, expression, open.len().saturating_sub(1));
        }
        open.push((span, part.outcome != PartOutcome::NotNeeded));
    }
    out
}

fn part(part: &SubExpression, expression: &str, depth: usize) -> String {
    let source = expression.get(part.span.start as usize..part.span.end as usize);
    let source = one_line(source.unwrap_or_default());
    let indent = "  ".repeat(depth);
    match &part.outcome {
        PartOutcome::NotNeeded => format!("    | {indent}{source}   not needed\n"),
        // A literal is its own value.
        PartOutcome::Value(json) if *json == source => String::new(),
        PartOutcome::Value(json) => format!("    | {indent}{source} = {}\n", one_line(json)),
        PartOutcome::LeftOut => format!("    | {indent}{source} = …\n"),
        PartOutcome::Failed(failed) => {
            format!(
                "    | {indent}{source} = error: {}\n",
                fault(*failed, expression)
            )
        }
    }
}

/// The value of a part, or why there is none.
pub fn outcome_of(part: &SubExpression, expression: &str) -> String {
    match &part.outcome {
        PartOutcome::NotNeeded => "not needed".to_owned(),
        PartOutcome::LeftOut => "…".to_owned(),
        PartOutcome::Value(json) => one_line(json),
        PartOutcome::Failed(failed) => format!("error: {}", fault(*failed, expression)),
    }
}

fn outcome(outcome: Option<&Result<String, Fault>>, expression: &str) -> String {
    match outcome {
        None => "not evaluated: the explanation's budget is used up".to_owned(),
        Some(Ok(json)) => one_line(json),
        Some(Err(failed)) => format!("error: {}", fault(*failed, expression)),
    }
}
