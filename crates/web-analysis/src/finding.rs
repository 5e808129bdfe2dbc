//! Findings of `doctor`, each with its places: in the text of the release, and in the expression itself.

use callgate_analysis::Finding;
use callgate_answer::problem::{self, Text};
use callgate_answer::release::Form;
use callgate_engine::{CompiledRelease, author};
use callgate_json::Writer;
use callgate_model::{Limits, Span};

/// Examines a release that was read from `text`, and writes `findings` into an object that is open.
pub(crate) fn write_all(
    (compiled, form): (CompiledRelease, Form),
    text: &str,
    limits: &Limits,
    w: &mut Writer<'_>,
) {
    let found = callgate_analysis::doctor(&compiled, limits);
    let places = match form {
        Form::Plain => located(&found, text, limits),
        Form::Enveloped => vec![None; found.len()],
    };
    w.key("findings").begin_array();
    for (finding, place) in found.into_iter().zip(places) {
        write(finding, place, &compiled, text, w);
    }
    w.end_array();
}

fn located(found: &[Finding], text: &str, limits: &Limits) -> Vec<Option<Span>> {
    let places: Vec<_> = found
        .iter()
        // What is about no policy is nowhere.
        .map(|it| (it.policy.unwrap_or(usize::MAX), it.diagnostic.span))
        .collect();
    author::locate(text, &places, limits)
}

fn write(
    mut finding: Finding,
    place: Option<Span>,
    compiled: &CompiledRelease,
    text: &str,
    w: &mut Writer<'_>,
) {
    let within = core::mem::replace(&mut finding.diagnostic.span, place);
    let policies = &compiled.release().policies;
    let policy = finding.policy.and_then(|index| policies.get(index));
    w.begin_object().key("diagnostics").begin_array();
    problem::write_all([&finding.diagnostic], Text::of(text), w);
    w.end_array().key("expression");
    match within {
        Some(Span { start, end }) => w
            .begin_array()
            .uint(u64::from(start))
            .uint(u64::from(end))
            .end_array(),
        None => w.null(),
    };
    option(w.key("policy"), policy.map(|policy| policy.name.as_str()));
    finding.proof.write(w.key("proof"));
    option(w.key("rule"), finding.rule.as_deref());
    w.end_object();
}

fn option(w: &mut Writer<'_>, text: Option<&str>) {
    match text {
        Some(text) => w.str(text),
        None => w.null(),
    };
}
