//! One answer in every host: questions, the hosts that answer them, and where two answers differ.

mod bypass;
mod cli;
mod envoy;
mod filter;
mod native;
mod questions;
mod script;
mod seen;
mod web;

use anyhow::{Context as _, Result, ensure};

use crate::decisions::{Active, State};

pub use bypass::{Fared, bypass_before, bypass_in_envoy};
pub use cli::Cli;
pub use envoy::InEnvoy;
pub use filter::Filter;
pub use native::Native;
pub use questions::{MANY, QUESTIONS, bodies, corpus, gateway, generated};
pub use script::Script;
pub use web::Web;

/// Everything that a decision depends on.
#[derive(Debug, Clone)]
pub struct Question {
    /// What it is, for messages.
    pub name: String,
    /// What is in force.
    pub active: Active,
    /// The call as JSON; any text, when it is asked what becomes of that.
    pub call: String,
    /// What the host knows.
    pub state: State,
    /// RFC 3339.
    pub now: String,
    /// Whether the record explains itself.
    pub explain: bool,
}

/// Somebody who answers questions.
pub trait Host {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// Whether it can be asked this: not every host can be without a release, say.
    fn takes(&self, question: &Question) -> bool;

    /// The record of each question, or `{"errors":[CODE…]}`, in their order.
    ///
    /// # Errors
    /// It broke down.
    fn answers(&mut self, questions: &[&Question]) -> Result<Vec<String>>;
}

/// How many questions a host answered as expected, and the first differences.
#[derive(Debug)]
pub struct Comparison {
    /// The host.
    pub host: &'static str,
    /// Questions that it could be asked.
    pub asked: usize,
    /// Questions that it answered otherwise.
    pub differences: usize,
    /// The first of them, in words.
    pub first: Vec<String>,
}

/// Differences that are shown.
const SHOWN: usize = 5;

/// Characters of a text that are shown.
const LONGEST: usize = 2_000;

/// Asks a host every question it takes, and compares with what was expected byte for byte.
///
/// # Errors
/// The host broke down.
pub fn compare(
    host: &mut dyn Host,
    questions: &[Question],
    expected: &[String],
) -> Result<Comparison> {
    ensure!(
        questions.len() == expected.len(),
        "an answer for each question"
    );
    let taken = questions.iter().zip(expected);
    let (asked, wanted): (Vec<&Question>, Vec<&String>) =
        taken.filter(|(question, _)| host.takes(question)).unzip();
    let name = host.name();
    let answers = host.answers(&asked).with_context(|| name.to_owned())?;
    ensure!(
        answers.len() == asked.len(),
        "{name}: {} answers to {} questions",
        answers.len(),
        asked.len()
    );
    let mut comparison = Comparison {
        host: name,
        asked: asked.len(),
        differences: 0,
        first: Vec::new(),
    };
    for ((question, wanted), answer) in asked.iter().zip(wanted).zip(&answers) {
        if answer != wanted {
            comparison.differences += 1;
            if comparison.first.len() < SHOWN {
                let name = &question.name;
                let [call, wanted, answer] =
                    [&question.call, wanted, answer].map(|text| short(text));
                let words =
                    format!("{name}\n  call     {call}\n  expected {wanted}\n  got      {answer}");
                comparison.first.push(words);
            }
        }
    }
    Ok(comparison)
}

/// As much of a text as a person reads.
fn short(text: &str) -> String {
    let mut units = text.chars();
    let mut short: String = units.by_ref().take(LONGEST).collect();
    if units.next().is_some() {
        short.push('…');
    }
    short
}

/// The codes of findings, in the form that is compared: hosts show places in their own way.
pub(crate) fn refused<'c>(codes: impl IntoIterator<Item = &'c str>) -> String {
    let codes: Vec<&str> = codes.into_iter().collect();
    serde_json::json!({ "errors": codes }).to_string()
}

/// The same of a line that a host printed: records stay as they are.
pub(crate) fn line(text: &str) -> Result<String> {
    if !text.starts_with(r#"{"errors":"#) {
        return Ok(text.to_owned());
    }
    let value: serde_json::Value = serde_json::from_str(text)?;
    let errors = value["errors"].as_array().into_iter().flatten();
    Ok(refused(errors.filter_map(|error| error["code"].as_str())))
}
