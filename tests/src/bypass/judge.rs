//! What must hold of every exchange, and what a case asks of one.
use crate::bypass::{Answer, Expect, Request, Send, Sent};
use crate::filter::{self, check_forwarded};
use anyhow::{Context, Result, ensure};
use callgate_host_test::{End as Ended, Headers, Message, Outcome};
use serde_json::Value;
use std::collections::BTreeMap;

/// What an exchange came to is what a case asks for.
pub(crate) fn check(outcome: &Outcome, send: &Send, request: &Request) -> Result<()> {
    let end = &send.expect;
    ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
    verdict(outcome, send, request)?;
    if let Some(forwarded) = &outcome.forwarded {
        sent(forwarded, &end.sent)?;
    }
    if let Some(wanted) = &end.answer {
        let got = outcome
            .response
            .as_ref()
            .context("the client got nothing")?;
        answer(got, wanted)?;
    }
    logs(outcome, &end.log_lacks)?;
    match &end.records {
        None => Ok(()),
        Some(wanted) => {
            let records = records(outcome)?;
            ensure!(
                records == *wanted,
                "records: {records:?}, expected {wanted:?}"
            );
            Ok(())
        }
    }
}

fn verdict(outcome: &Outcome, send: &Send, request: &Request) -> Result<()> {
    let wanted = send.expect.verdict()?;
    if wanted == Some(Expect::Forwarded) {
        ensure!(outcome.forwarded.is_some(), "refused: {:?}", outcome.reply);
        let stays = |name: &[u8]| {
            let gone = |(known, value): (&String, &Option<String>)| {
                value.is_none() && known.as_bytes() == name
            };
            !send.expect.sent.headers.iter().any(gone)
        };
        check_forwarded(outcome, request, stays)?;
    } else {
        ensure!(
            outcome.forwarded.is_none(),
            "forwarded, instead of {wanted:?}"
        );
        if let Some(wanted) = &wanted {
            let got = filter::got(outcome, request)?;
            ensure!(got == *wanted, "expected {wanted:?}, got {got:?}");
        }
    }
    // A host that fails may not be able to say how it ends.
    let ends = outcome.end == Ended::Answered;
    ensure!(
        ends || !send.host_failures.is_empty() || wanted == Some(Expect::Withheld),
        "it ends {:?}",
        outcome.end
    );
    Ok(())
}

fn sent(forwarded: &Message, wanted: &Sent) -> Result<()> {
    has_headers(&forwarded.headers, &wanted.headers).context("what went on")?;
    for text in &wanted.lacks {
        let found = mentions(&forwarded.headers, text);
        ensure!(!found, "`{text}` went on in the head");
    }
    Ok(())
}

fn answer(got: &Message, wanted: &Answer) -> Result<()> {
    let status: Option<u32> = got
        .headers
        .text(":status")
        .and_then(|text| text.parse().ok());
    ensure!(
        wanted.status.is_none() || wanted.status == status,
        "the client got status {status:?}"
    );
    has_headers(&got.headers, &wanted.headers).context("what the client got")?;
    let body = String::from_utf8_lossy(&got.body);
    if let Some(wanted) = &wanted.body {
        ensure!(body == *wanted, "the client got {body}");
    }
    for text in &wanted.has {
        ensure!(body.contains(text), "no `{text}` in {body}");
    }
    for text in &wanted.lacks {
        let found = body.contains(text) || mentions(&got.headers, text);
        ensure!(!found, "`{text}` in {:?} {body}", got.headers);
    }
    if wanted.jsonrpc_code.is_some() || wanted.code.is_some() {
        let message: Value = serde_json::from_str(&body).with_context(|| body.to_string())?;
        let code = message["error"]["code"].as_i64();
        let reason = message["error"]["data"]["reasons"][0].as_str();
        ensure!(
            (code, reason) == (wanted.jsonrpc_code, wanted.code.as_deref()),
            "the client got {body}"
        );
    }
    Ok(())
}

fn has_headers(headers: &Headers, wanted: &BTreeMap<String, Option<String>>) -> Result<()> {
    for (name, value) in wanted {
        let got = headers.text(name);
        ensure!(got == *value, "`{name}` is {got:?}, not {value:?}");
    }
    Ok(())
}

fn mentions(headers: &Headers, text: &str) -> bool {
    let has = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(text);
    headers.iter().any(|(name, value)| has(name) || has(value))
}

/// Nothing that a client sent begins a line of the log, or moves a terminal's cursor.
fn logs(outcome: &Outcome, lacks: &[String]) -> Result<()> {
    for line in &outcome.logs {
        let message = &line.message;
        let control = message.chars().any(char::is_control);
        ensure!(!control, "control characters in the log: {message:?}");
        let found = lacks.iter().find(|text| message.contains(*text));
        ensure!(found.is_none(), "`{found:?}` in the log: {message}");
    }
    Ok(())
}

/// The audit log of an exchange, each record as `DECISION` or `DECISION CODE`.
fn records(outcome: &Outcome) -> Result<Vec<String>> {
    let lines = outcome.logs.iter().map(|line| line.message.as_str());
    let lines = lines.filter_map(|line| line.strip_prefix("callgate: {"));
    let record = |line: &str| {
        let line: Value = serde_json::from_str(&format!("{{{line}"))?;
        let record = &line["record"];
        let decision = record["decision"].as_str().context("`decision`")?;
        Ok(match record["deciding"]["code"].as_str() {
            None => decision.to_owned(),
            Some(code) => format!("{decision} {code}"),
        })
    };
    lines.map(record).collect()
}
