//! What the tests here have in common: seeds, releases, and questions about them.

use callgate_engine::Explain;
use callgate_reference::choices::Choices;
use callgate_reference::engine::{Asking, Engine, outcome};
use callgate_reference::outcome::Outcome;
use callgate_reference::{Documents, Question, generator};

/// Questions for each release: compiling one costs as much as some decisions.
pub const QUESTIONS: u64 = 16;

/// The number in an environment variable, for more cases and other seeds.
fn number(variable: &str, otherwise: u64) -> u64 {
    let value = std::env::var(variable).ok();
    value.and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// Seeds, each for the questions of one release: `cases` questions unless `CALLGATE_CASES` says
/// otherwise, from `CALLGATE_SEED` on.
pub fn seeds(cases: u64) -> std::ops::Range<u64> {
    let first = number("CALLGATE_SEED", 1);
    first..first + number("CALLGATE_CASES", cases).div_ceil(QUESTIONS)
}

/// The engine with a generated release.
pub fn engine(documents: &Documents) -> Engine {
    let engine = Engine::new(documents);
    engine.unwrap_or_else(|problem| unreachable!("{problem}\n{documents:#?}"))
}

/// Questions about a release.
#[allow(dead_code, reason = "each test uses a part of this module")]
pub fn questions(choices: &mut Choices, documents: &Documents) -> Vec<Question> {
    let questions = (0..QUESTIONS).map(|_| generator::question(choices, documents));
    questions.collect()
}

/// The outcome of one question.
#[allow(dead_code, reason = "each test uses a part of this module")]
pub fn decide(engine: &mut Engine, question: &Question, explain: Explain) -> Outcome {
    let decided = engine.decide(&Asking::new(question), explain, outcome);
    decided.unwrap_or_else(|problem| unreachable!("{problem}\n{question:#?}"))
}
