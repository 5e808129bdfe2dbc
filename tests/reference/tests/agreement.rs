//! The engine and the reference decide alike.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;

use callgate_engine::Explain;
use callgate_reference::choices::Choices;
use callgate_reference::engine::{Asking, Engine, outcome};
use callgate_reference::evaluator::{Effect, Outcome, evaluate};
use callgate_reference::generator;
use callgate_reference::shrink::shrink;
use callgate_reference::{Documents, Question, case, parts};
use serde_json::Value;

/// Questions for each release: compiling one costs as much as some decisions.
const QUESTIONS: u64 = 16;

/// What the two say differently, in words.
fn difference(reference: &Outcome, engine: &mut Engine, asking: &Asking) -> Option<String> {
    let long = engine.decide(asking, Explain::Yes, outcome).unwrap();
    let short = engine.decide(asking, Explain::No, outcome).unwrap();
    let denied = reference.decision == Effect::Deny;
    for (name, engine, whole) in [("explained", &long, true), ("short", &short, !denied)] {
        let head = |o: &Outcome| format!("{:?} {} {:?}", o.decision, o.status, o.deciding);
        let mut pairs = vec![
            ("decision", head(reference), head(engine)),
            ("delta", format!("{:?}", reference.delta), format!("{:?}", engine.delta)),
        ];
        if whole {
            let texts = |o: &Outcome| format!("{:?}", o.exceptions);
            pairs.push(("exceptions", texts(reference), texts(engine)));
        }
        if !denied {
            let texts = |o: &Outcome| format!("{:?}", o.obligations);
            pairs.push(("obligations", texts(reference), texts(engine)));
        }
        if name == "explained" {
            let texts = |o: &Outcome| format!("{:?}", o.reasons);
            pairs.push(("reasons", texts(reference), texts(engine)));
        } else if !engine.reasons.is_subset(&reference.reasons) {
            return Some(format!("{name} has reasons of its own: {:?}", engine.reasons));
        }
        for (part, reference, engine) in pairs {
            if reference != engine {
                return Some(format!("{name} {part}\n  reference {reference}\n  engine    {engine}"));
            }
        }
    }
    None
}

fn reference(documents: &Documents, question: &Question) -> Outcome {
    let Question { call, state, now } = question;
    evaluate(&documents.policies, &documents.settings, call, state, now)
}

/// The difference in a case that may be no case at all any more.
fn difference_in(case: &Value) -> Option<String> {
    let (documents, question) = parts(case);
    let mut engine = Engine::new(&documents).ok()?;
    let asking = Asking::new(&question);
    engine.decide(&asking, Explain::No, |_| ()).ok()?;
    difference(&reference(&documents, &question), &mut engine, &asking)
}

#[test]
fn the_engine_decides_as_the_reference_does() {
    let (first, cases) = (common::number("CALLGATE_SEED", 1), common::number("CALLGATE_CASES", 60_000));
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for seed in first..first + cases.div_ceil(QUESTIONS) {
        let mut choices = Choices::new(seed);
        let documents = generator::documents(&mut choices);
        let made = Engine::new(&documents);
        let mut engine = made.unwrap_or_else(|problem| panic!("seed {seed}: {problem}\n{documents:?}"));
        for _ in 0..QUESTIONS {
            let question = generator::question(&mut choices, &documents);
            let expected = reference(&documents, &question);
            let asking = Asking::new(&question);
            if difference(&expected, &mut engine, &asking).is_some() {
                let whole = case(&documents, &question);
                let smallest = shrink(&whole, &mut |case| difference_in(case).is_some());
                let difference = difference_in(&smallest).unwrap_or_default();
                panic!("seed {seed}: {difference}\n{smallest:#}");
            }
            *seen.entry(expected.status).or_default() += 1;
            for reason in expected.reasons {
                *seen.entry(reason.code).or_default() += 1;
            }
        }
    }
    println!("{seen:#?}");
}
