//! What agents ask for, what they were told, and what the example expects.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value, json};

use crate::envoy::bootstrap::{KEY_HEADER, TASK_ISSUER};

/// One call and its outcome, as the client saw it.
#[derive(Clone, Debug)]
pub struct Row {
    /// Who called.
    pub agent: String,
    /// The tool's name.
    pub tool: String,
    /// Its arguments, as JSON.
    pub arguments: String,
    /// `ALLOW`, `DENY`, or the HTTP status of a request that was not let in.
    pub decision: String,
    /// The deciding policy.
    pub policy: String,
    /// The deciding reason code.
    pub code: String,
    /// What came back to the caller.
    pub seen: String,
    /// Decision, policy and code the example expects.
    pub expected: [String; 3],
}

impl Row {
    /// Whether the outcome is the expected one.
    pub fn is_expected(&self) -> bool {
        [&self.decision, &self.policy, &self.code]
            == [&self.expected[0], &self.expected[1], &self.expected[2]]
    }
}

/// The plan for `scripts/mcp_calls.py`.
pub fn plan(
    sessions: &[Value],
    url: &str,
    keys: &BTreeMap<String, String>,
    task_key: &str,
) -> Result<Value> {
    let sessions = sessions.iter().map(|session| {
        let mut headers = session["headers"].as_object().cloned().unwrap_or_default();
        if let Some(agent) = session["key_of"].as_str() {
            let key = keys
                .get(agent)
                .with_context(|| format!("`{agent}` is not in agents.json"))?;
            headers.insert(KEY_HEADER.to_owned(), json!(key));
        }
        let mut planned = Map::new();
        planned.insert("agent".to_owned(), session["who"].clone());
        planned.insert("headers".to_owned(), Value::Object(headers));
        planned.insert("calls".to_owned(), session["calls"].clone());
        if let Some(task) = session.get("task") {
            // The claim is text: Envoy copies it into the task header as it is.
            let claims = json!({ "iss": TASK_ISSUER, "task": task.to_string() });
            planned.insert(
                "task_token".to_owned(),
                json!({ "key": task_key, "claims": claims }),
            );
        }
        Ok(Value::Object(planned))
    });
    Ok(json!({ "url": url, "sessions": sessions.collect::<Result<Vec<_>>>()? }))
}

/// Puts answers beside what was expected; both are in the plan's order.
pub fn rows(sessions: &[Value], answers: &[Value]) -> Result<Vec<Row>> {
    let expected = sessions
        .iter()
        .flat_map(|session| session["calls"].as_array().into_iter().flatten());
    let rows: Vec<Row> = expected
        .zip(answers)
        .map(|(call, answer)| row(&call["expect"], answer))
        .collect();
    ensure!(
        rows.len() == answers.len() && !rows.is_empty(),
        "the client answered {} calls",
        answers.len()
    );
    Ok(rows)
}

fn row(expected: &Value, answer: &Value) -> Row {
    let (decision, policy, code, seen) = outcome(answer);
    Row {
        agent: text(&answer["agent"]),
        tool: text(&answer["tool"]),
        arguments: answer["arguments"].to_string(),
        decision,
        policy,
        code,
        seen,
        expected: [
            text(&expected["decision"]),
            text(&expected["policy"]),
            text(&expected["code"]),
        ],
    }
}

/// Decision, policy, code, and the words the caller saw.
fn outcome(answer: &Value) -> (String, String, String, String) {
    let decision = text(&answer["headers"]["x-callgate-decision"]);
    if let Some(result) = answer.get("result") {
        let seen = if result["is_error"] == true {
            "error"
        } else {
            "result"
        };
        let words = text(&result["text"]);
        return (
            decision,
            String::new(),
            String::new(),
            format!("{seen}: {}", first_words(&words)),
        );
    }
    let error = &answer["error"];
    let message = text(&error["message"]);
    if let Some(status) = error["http"].as_u64() {
        return (
            status.to_string(),
            String::new(),
            String::new(),
            format!("HTTP {status}: {message}"),
        );
    }
    let code = text(&error["data"]["reasons"][0]);
    // The code has a column of its own; what follows it is the policy's message.
    let message = message
        .rsplit_once(&format!("{code}: "))
        .map_or(message.as_str(), |(_, own)| own);
    (
        decision,
        text(&error["data"]["policy"]),
        code,
        format!("error {}: {message}", error["code"]),
    )
}

/// A tool may return pages; a table wants a line.
fn first_words(text: &str) -> String {
    const CHARACTERS: usize = 44;
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= CHARACTERS {
        return line.to_owned();
    }
    line.chars().take(CHARACTERS).chain("…".chars()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
