//! A second implementation of `docs/semantics.md`, and generated cases that compare it with the engine.
//!
//! [`evaluator`] knows nothing of the engine: it works on the documents themselves, one policy after
//! the other, without an index, a compiler or anything to be fast with.

pub mod choices;
pub mod detectors;
pub mod engine;
pub mod evaluator;
pub mod generator;
pub mod outcome;
pub mod shrink;
pub mod values;

use serde_json::{Value, json};

/// The policies and settings of a release, as documents.
#[derive(Debug, Clone)]
pub struct Documents {
    /// Policy documents in order.
    pub policies: Vec<Value>,
    /// The settings of the project.
    pub settings: Value,
}

/// What a release is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// The call.
    pub call: Value,
    /// The state; null when the host keeps none.
    pub state: Value,
    /// RFC 3339.
    pub now: String,
}

/// Everything a decision depends on, as one document that can be printed and cut down.
pub fn case(documents: &Documents, question: &Question) -> Value {
    json!({
        "policies": documents.policies,
        "settings": documents.settings,
        "call": question.call,
        "state": question.state,
        "now": question.now,
    })
}

/// The parts of a [`case`].
pub fn parts(case: &Value) -> (Documents, Question) {
    let documents = Documents {
        policies: case["policies"].as_array().cloned().unwrap_or_default(),
        settings: case["settings"].clone(),
    };
    let question = Question {
        call: case["call"].clone(),
        state: case["state"].clone(),
        now: case["now"].as_str().unwrap_or_default().to_owned(),
    };
    (documents, question)
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
