//! The engines of npm that `bench cel` times are really asked, and answer what they know.

use std::fs;

use serde_json::json;
use xtask::bench::cel::{Answer, Runner, node};
use xtask::layout::Layout;
use xtask::process::Scratch;

const REQUEST: &str = r#"{"task": {"amount": 5, "rate": 0.5, "labels": ["a", "b"]}}"#;

/// Expressions about [`REQUEST`] and what both engines say to them.
const QUESTIONS: [(&str, &[&str], Option<bool>); 6] = [
    (
        "integers_are_integers",
        &["task.amount % 2 == 1"],
        Some(true),
    ),
    (
        "fractions_are_doubles",
        &["task.rate * 2.0 == 1.0"],
        Some(true),
    ),
    (
        "lists_are_lists",
        &["task.labels.all(label, label in ['a'])"],
        Some(false),
    ),
    (
        "the_last_policy_counts",
        &["true", "task.amount == 5", "false"],
        Some(false),
    ),
    ("no_such_key_is_no_answer", &["task.absent == 1"], None),
    ("a_number_is_no_answer", &["task.amount"], None),
];

#[test]
fn the_engines_of_npm_answer() {
    let layout = Layout::of_this_tree();
    let scratch = Scratch::new(&layout.products()).unwrap();
    let file = scratch.path().join("questions.json");
    let described = QUESTIONS
        .map(|(name, sources, _)| json!({ "name": name, "sources": sources, "request": REQUEST }));
    fs::write(&file, json!(described).to_string()).unwrap();
    let mut runner = Runner::start(node(&layout, &file)).unwrap();
    assert_eq!(runner.engines.len(), 2, "{:?}", runner.engines);
    for engine in 0..runner.engines.len() {
        for (name, _, holds) in QUESTIONS {
            let answer = runner.prepare(engine, name).unwrap();
            let told = match answer {
                Answer::Holds(answer) => Some(answer),
                Answer::None(_) => None,
            };
            assert_eq!(
                told, holds,
                "{name} by {}: {answer:?}",
                runner.engines[engine]
            );
        }
        assert!(runner.prepare(engine, QUESTIONS[0].0).is_ok());
        assert!(runner.time(engine, 10).unwrap() > 0.0);
    }
}
