//! The engine and the reference decide alike.

mod common;

use std::collections::BTreeMap;

use callgate_engine::Explain;
use callgate_model::Code;
use callgate_reference::choices::Choices;
use callgate_reference::engine::{Asking, Engine, outcome};
use callgate_reference::evaluator::evaluate;
use callgate_reference::generator;
use callgate_reference::outcome::{Effect, Outcome};
use callgate_reference::shrink::shrink;
use callgate_reference::{case, parts};
use serde_json::Value;

/// Differences that are cut down and shown; they tend to have few causes.
const FINDINGS: usize = 20;

const CASES: u64 = 1_000_000;

/// How often each code and each status has to occur in so many cases for them to mean something.
const OFTEN: u64 = 500;

/// Codes that these cases cannot have: no release, a response, limits.
const ELSEWHERE: &[Code] =
    &[Code::NoActiveRelease, Code::OutputRejected, Code::GasExhausted, Code::MemoryExhausted];

const STATUSES: &[&str] = &[
    "ALLOWED",
    "FLAGGED",
    "PENDING_APPROVAL",
    "DENIED",
    "RATE_LIMITED",
    "DLP_BLOCKED",
    "DLP_WARNED",
];

/// What the two say differently, in words. Judging that does not explain ends at the first DENY, and
/// what it has found by then is a part of the whole.
fn difference(reference: &Outcome, engine: &Outcome, explain: Explain) -> Option<String> {
    let denied = reference.decision == Effect::Deny;
    let whole = explain == Explain::Yes || !denied;
    let is_part = engine.reasons.is_subset(&reference.reasons);
    let head = |outcome: &Outcome| {
        let Outcome { decision, status, deciding, .. } = outcome;
        format!("{decision:?} {status} {deciding:?}")
    };
    let differs = [
        (head(reference) != head(engine)).then_some("decision"),
        (reference.delta != engine.delta).then_some("delta"),
        (whole && reference.findings != engine.findings).then_some("findings"),
        (whole && reference.exceptions != engine.exceptions).then_some("exceptions"),
        (!denied && reference.obligations != engine.obligations).then_some("obligations"),
        (explain == Explain::Yes && reference.reasons != engine.reasons).then_some("reasons"),
        (!is_part).then_some("reasons of its own"),
    ];
    let part = differs.into_iter().flatten().next()?;
    Some(format!("{part}\n  reference {reference:?}\n  engine    {engine:?}"))
}

/// The difference in a case that may be no case at all any more.
fn difference_in(case: &Value, explain: Explain) -> Option<String> {
    let (documents, question) = parts(case);
    let mut engine = Engine::new(&documents).ok()?;
    let outcome = engine.decide(&Asking::new(&question), explain, outcome).ok()?;
    difference(&evaluate(&documents, &question), &outcome, explain)
}

/// One of four equal parts of the seeds: side by side they take a quarter of the time.
fn part(number: u64) -> std::ops::Range<u64> {
    let all = common::seeds(CASES);
    let border = |number: u64| all.start + (all.end - all.start) * number / 4;
    border(number)..border(number + 1)
}

#[test]
fn the_engine_decides_as_the_reference_does_in_the_first_quarter() {
    agree(part(0));
}

#[test]
fn the_engine_decides_as_the_reference_does_in_the_second_quarter() {
    agree(part(1));
}

#[test]
fn the_engine_decides_as_the_reference_does_in_the_third_quarter() {
    agree(part(2));
}

#[test]
fn the_engine_decides_as_the_reference_does_in_the_fourth_quarter() {
    agree(part(3));
}

fn agree(seeds: std::ops::Range<u64>) {
    let mut found: BTreeMap<String, (u64, Value)> = BTreeMap::new();
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for seed in seeds.clone() {
        let mut choices = Choices::new(seed);
        let documents = generator::documents(&mut choices);
        let mut engine = common::engine(&documents);
        let explain = if seed % 4 == 0 { Explain::Yes } else { Explain::No };
        for question in common::questions(&mut choices, &documents) {
            let expected = evaluate(&documents, &question);
            let outcome = common::decide(&mut engine, &question, explain);
            if difference(&expected, &outcome, explain).is_some() && found.len() < FINDINGS {
                let whole = case(&documents, &question);
                let mut fails = |case: &Value| difference_in(case, explain).is_some();
                let smallest = shrink(&whole, &mut fails);
                let difference = difference_in(&smallest, explain).unwrap_or_default();
                found.insert(difference, (seed, smallest));
            }
            *seen.entry(outcome.status).or_default() += 1;
            for reason in outcome.reasons {
                *seen.entry(reason.code).or_default() += 1;
            }
        }
    }
    let told = found
        .iter()
        .map(|(difference, (seed, smallest))| format!("seed {seed}, {difference}\n{smallest}\n"));
    assert!(found.is_empty(), "{} differences\n{}", found.len(), told.collect::<String>());
    let cases = (seeds.end - seeds.start) * common::QUESTIONS;
    let often = (OFTEN * cases / CASES).max(1);
    let codes = Code::ALL.iter().filter(|code| !ELSEWHERE.contains(code));
    for name in codes.map(|code| code.as_str()).chain(STATUSES.iter().copied()) {
        let times = seen.get(name).copied().unwrap_or_default();
        assert!(times >= often, "{name} occurred {times} times: {seen:#?}");
    }
}
