//! What is asked: the decision corpus, generated cases, and such of both as can come through a gateway.

use std::ops::Range;

use anyhow::{Result, anyhow};
use callgate_host_test::{Lost, Sent};
use callgate_model::Timestamp;
use callgate_reference::choices::Choices;
use callgate_reference::engine::release_file;
use callgate_reference::generator;
use callgate_release::Settings;
use serde_json::Value;

use super::Question;
use crate::bypass;
use crate::decisions::{Active, State, cases};

/// Questions about one generated release: compiling one costs as much as some decisions.
pub const QUESTIONS: u64 = 16;

/// The same for hosts that keep every release: starting Envoy with one costs more.
pub const MANY: u64 = 64;

/// Every case of the decision corpus, short and explained.
///
/// # Errors
/// The corpus cannot be read.
pub fn corpus() -> Result<Vec<Question>> {
    let questions = cases()?.into_iter().flat_map(|case| {
        let question = move |explain| Question {
            name: format!("{}/{}/{}", case.family, case.topic, case.name),
            active: case.active.clone(),
            call: case.call.clone(),
            state: case.state.clone(),
            now: case.now.to_string(),
            explain,
        };
        [false, true].map(question)
    });
    Ok(questions.collect())
}

/// The bodies of the bypass corpus as calls: most are none, and every host has to say the same of them.
///
/// # Errors
/// The corpus cannot be read.
pub fn bodies() -> Result<Vec<Question>> {
    let questions = bypass::cases()?.into_iter().filter_map(|case| {
        let release = case.config.release();
        let body = String::from_utf8(case.request.body?).ok()?;
        // A protocol object as the call, and as the arguments of one.
        let whole = format!(
            r#"{{"identity":{{"name":"support-bot","labels":{{"team":"support"}}}},"request":{{"tool":{{"name":"x","args":{{"body":{body}}}}}}}}}"#
        );
        let question = |call: String| {
            release.as_ref().ok().map(|release| Question {
                name: case.id.clone(),
                active: Active::Release(release.clone()),
                call,
                state: State::Unavailable,
                now: NOW.to_owned(),
                explain: false,
            })
        };
        Some([question(body.clone()), question(whole)])
    });
    Ok(questions.flatten().flatten().collect())
}

/// When the bypass corpus is asked.
const NOW: &str = "2026-01-31T12:00:00Z";

/// Generated releases, calls, states and times, `each` so many a release; every fourth release is asked to explain itself.
///
/// # Errors
/// The generator made what is no release.
pub fn generated(seeds: Range<u64>, each: u64) -> Result<Vec<Question>> {
    let mut questions = Vec::new();
    for seed in seeds {
        let mut choices = Choices::new(seed);
        let documents = generator::documents(&mut choices);
        let release = release_file(&documents).map_err(|why| anyhow!("seed {seed}: {why}"))?;
        for number in 0..each {
            let asked = generator::question(&mut choices, &documents);
            questions.push(Question {
                name: format!("seed {seed}, question {number}"),
                active: Active::Release(release.clone()),
                call: asked.call.to_string(),
                state: match asked.state {
                    Value::Null => State::Unavailable,
                    state => State::Kept(state.to_string()),
                },
                now: asked.now,
                explain: seed % 4 == 0,
            });
        }
    }
    Ok(questions)
}

/// Bytes of the longest call that makes a message of at most 1 MiB.
const LONGEST: usize = 1_000_000;

/// Whether a host's clock can show the time: nanoseconds since 1970.
fn is_clock(now: &str) -> bool {
    let at = Timestamp::parse_rfc3339(now);
    at.is_some_and(|at| (0..i64::MAX / 1_000_000_000).contains(&at.seconds))
}

/// The questions that a gateway without state can be asked, as it would ask them: known callers, tool calls,
/// and the headers of the message among the facts.
///
/// # Errors
/// A question that is no JSON.
pub fn gateway(questions: &[Question]) -> Result<Vec<Question>> {
    let mut asked = Vec::new();
    for question in questions {
        let Ok(sent) = Sent::of(&question.call) else {
            continue;
        };
        // A server would need a route of its own.
        if sent.server.is_some()
            || question.explain
            || !is_clock(&question.now)
            || question.call.len() > LONGEST
            || matches!(question.active, Active::None(Settings { .. }))
        {
            continue;
        }
        asked.push(Question {
            call: sent.call,
            state: State::Unavailable,
            ..question.clone()
        });
    }
    Ok(asked)
}

/// The message that stands for a question of [`gateway`].
///
/// # Errors
/// It is no such question.
pub(super) fn sent(question: &Question) -> Result<Sent> {
    Sent::of(&question.call).map_err(|Lost(what)| anyhow!("no message carries {what}"))
}
