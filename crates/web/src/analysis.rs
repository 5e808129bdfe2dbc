//! What releases mean: `doctor`, `diff` and `replay` as JavaScript asks for them.

use callgate_analysis::{Finding, Replay};
use callgate_engine::{CompiledRelease, author};
use callgate_json::Writer;
use callgate_model::{Diagnostic, Limits, Timestamp};

use crate::problem::{self, Text};
use crate::sources;

/// The findings of `doctor`, each with its place in the text of the release.
///
/// # Errors
/// What is wrong with the release.
pub(crate) fn doctor(
    release: &str,
    limits: &Limits,
    w: &mut Writer<'_>,
) -> Result<(), Vec<Diagnostic>> {
    let compiled = sources::compile(release, limits)?;
    let found = callgate_analysis::doctor(&compiled, limits);
    let places: Vec<_> = found
        .iter()
        .map(|finding| {
            (
                finding.policy.unwrap_or(usize::MAX),
                finding.diagnostic.span,
            )
        })
        .collect();
    let places = author::locate(release, &places, limits);
    w.key("findings").begin_array();
    for (mut finding, place) in found.into_iter().zip(places) {
        finding.diagnostic.span = place;
        write(&finding, &compiled, release, w);
    }
    w.end_array();
    Ok(())
}

fn write(finding: &Finding, compiled: &CompiledRelease, release: &str, w: &mut Writer<'_>) {
    let policies = &compiled.release().policies;
    let policy = finding.policy.and_then(|index| policies.get(index));
    w.begin_object().key("diagnostics").begin_array();
    problem::write_all([&finding.diagnostic], Text::of(release), w);
    w.end_array();
    match policy {
        Some(policy) => w.key("policy").str(&policy.name),
        None => w.key("policy").null(),
    };
    finding.proof.write(w.key("proof"));
    match &finding.rule {
        Some(rule) => w.key("rule").str(rule),
        None => w.key("rule").null(),
    };
    w.end_object();
}

/// What a release would have decided about a log, one entry a line; `base` may be empty.
///
/// # Errors
/// What is wrong with a release, and its text.
pub(crate) fn replay<'t>(
    [release, base]: [&'t str; 2],
    log: &str,
    now: Timestamp,
    limits: &Limits,
    w: &mut Writer<'_>,
) -> Result<(), (Vec<Diagnostic>, &'t str)> {
    let compile = |text: &'t str| sources::compile(text, limits).map_err(|found| (found, text));
    let candidate = compile(release)?;
    let base = match base.is_empty() {
        true => None,
        false => Some(compile(base)?),
    };
    let mut replay = Replay::new(&candidate, base.as_ref(), now, limits);
    let mut errors = Vec::new();
    let mut wrong = Writer::new(&mut errors);
    wrong.begin_array();
    for (line, text) in (1..).zip(log.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        if let Err(found) = replay.entry(line, text) {
            wrong.begin_object().key("diagnostics").begin_array();
            problem::write_all(&found, Text::of(text), &mut wrong);
            wrong.end_array().key("line").uint(line).end_object();
        }
    }
    wrong.end_array();
    replay.finish().write(w, |w| {
        w.raw(&errors);
    });
    Ok(())
}
