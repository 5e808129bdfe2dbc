//! Servers that say what they must not, and what of it a caller gets.

use crate::filter::{plugin, policy, worker};
use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{Exchange, Headers, Outcome, Process, Upstream, Vm};
use serde_json::{Value, json};

/// A token that detectors know.
pub const TOKEN: &str = "glpat-Zq3xW8vN2kLm5RtY7uPd";
/// The call that is answered.
pub const CALL: &str =
    r#"{"jsonrpc":"2.0","id":"c-1","method":"tools/call","params":{"name":"search"}}"#;

/// A message before the answer.
pub const PROGRESS: &str =
    r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}"#;

/// A policy that blanks secrets.
#[must_use]
pub fn redacting() -> Value {
    policy("DlpPolicy", json!({ "redact": true }))
}

/// A policy that refuses what is `internal only`.
#[must_use]
pub fn refusing() -> Value {
    let rule = json!({ "type": "output", "name": "quiet", "forbid": ["internal only"], "message": "ask the owner" });
    policy("RuleSet", json!({ "rules": [rule] }))
}

fn configuration(policies: &[Value], route: Value) -> Result<Value> {
    let mut plugin = plugin(policies)?;
    for (name, value) in route.as_object().into_iter().flatten() {
        plugin["routes"][0][name] = value.clone();
    }
    Ok(plugin)
}

/// A filter with these policies, and more fields of its route.
///
/// # Errors
/// The filter is not built, or does not take them.
pub fn start_with(policies: &[Value], route: Value) -> Result<Vm> {
    worker(&Process::new(), &configuration(policies, route)?)
}

/// A filter with these policies.
///
/// # Errors
/// The filter is not built, or does not take them.
pub fn start(policies: &[Value]) -> Result<Vm> {
    start_with(policies, json!({}))
}

/// The request of [`CALL`], of a client that would take a compressed answer.
#[must_use]
pub fn call() -> Exchange {
    Exchange::post("/mcp")
        .header("mcp-protocol-version", "2025-06-18")
        .header("accept-encoding", "gzip, br")
        .body(CALL)
}

/// What becomes of the call at this server.
///
/// # Errors
/// The filter traps, does what no filter may, or refuses the call.
pub fn send(vm: &mut Vm, upstream: Upstream) -> Result<Outcome> {
    let outcome = vm.exchange(call().upstream(upstream))?;
    ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
    ensure!(outcome.forwarded.is_some(), "the call was not forwarded");
    Ok(outcome)
}

/// The answer to [`CALL`] with this text.
#[must_use]
pub fn said(text: &str) -> String {
    json!({ "jsonrpc": "2.0", "id": "c-1", "result": { "content": [{ "type": "text", "text": text }] } })
        .to_string()
}

/// What the caller got: status, headers and body, from whomever.
///
/// # Errors
/// Nothing.
pub fn got(outcome: &Outcome) -> Result<(u32, Headers, Vec<u8>)> {
    match (&outcome.reply, &outcome.response) {
        (Some(reply), _) => Ok((reply.status, reply.headers.clone(), reply.body.clone())),
        (None, Some(sent)) => {
            let status = outcome.status().context("a status")?;
            Ok((status, sent.headers.clone(), sent.body.clone()))
        }
        (None, None) => anyhow::bail!("nothing came back"),
    }
}

/// The first value of a header.
#[must_use]
pub fn header(headers: &Headers, name: &str) -> Option<String> {
    let mut found = headers
        .iter()
        .filter(|(known, _)| *known == name.as_bytes());
    found
        .next()
        .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
}

/// The refusal of the answer, which must be one with this reason.
///
/// # Errors
/// It is another one, or none.
pub fn refused(outcome: &Outcome, code: &str) -> Result<Value> {
    let (status, headers, body) = got(outcome)?;
    let body: Value = serde_json::from_slice(&body).context("a JSON body")?;
    ensure!(status == 200 && body["id"] == "c-1", "{status} {body}");
    ensure!(body["error"]["code"] == 40301, "{body}");
    ensure!(body["error"]["data"]["reasons"][0] == code, "{body}");
    ensure!(
        header(&headers, "x-callgate-decision").as_deref() == Some("DENY"),
        "{headers:?}"
    );
    ensure!(
        header(&headers, "x-callgate-release").as_deref() == Some("3"),
        "{headers:?}"
    );
    Ok(body)
}

/// A server that answers with events, in these pieces.
#[must_use]
pub fn events(pieces: &[&str]) -> Upstream {
    let chunks = pieces.iter().map(|piece| piece.as_bytes().to_vec());
    Upstream::status(200)
        .header("content-type", "text/event-stream")
        .chunks(chunks.collect())
}

/// The text of an answer that went on.
///
/// # Errors
/// It was refused, or is no text.
pub fn text_of(outcome: &Outcome) -> Result<String> {
    ensure!(outcome.reply.is_none(), "answered: {:?}", outcome.reply);
    Ok(String::from_utf8(got(outcome)?.2)?)
}
