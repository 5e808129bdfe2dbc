//! The filter looks through requests as the engine does: a secret ends at the gateway, and its reply is silent about it.
use anyhow::{Context, Result, ensure};
use callgate_tests::bypass::{Case, Expect, cases};
use callgate_tests::filter::{exchange, got, start};
use serde_json::json;

const TOKEN: &str = "glpat-Zq3xW8vN2kLm5RtY7uPd";

/// A tool call with this text for an argument, under a DLP policy.
fn call(text: &str) -> Result<Case> {
    let id = "W08-exactly-at-the-limit-is-judged";
    let found = cases()?.into_iter().find(|case| case.id == id);
    let mut case = found.with_context(|| format!("no case {id}"))?;
    case.config.policies = json!([{
        "apiVersion": "callgate/v1", "kind": "DlpPolicy", "metadata": {"name": "leaks"},
        "spec": {"patterns": [{"name": "ticket", "regex": "TCK-[0-9]{6}", "severity": "CRITICAL"}]},
    }]);
    let body = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "post_comment", "arguments": {"text": text}},
    });
    case.request.body = Some(body.to_string().into_bytes());
    Ok(case)
}

#[test]
fn a_secret_ends_at_the_gateway() -> Result<()> {
    let encoded = "Z2xwYXQtWnEzeFc4dk4ya0xtNVJ0WTd1UGQ=";
    for text in [TOKEN, encoded, "see TCK-123456", "card 4532 8190 7364 5204"] {
        let case = call(text)?;
        let mut vm = start(&case.config)?;
        let outcome = vm.exchange(exchange(&case.request))?;
        match got(&outcome, &case.request)? {
            Expect::Refused { code, .. } => ensure!(code == "DLP_BLOCKED", "{text}: {code}"),
            other => anyhow::bail!("{text}: {other:?}"),
        }
        let reply = outcome.reply.context("a reply")?;
        let told = String::from_utf8_lossy(&reply.body).into_owned();
        ensure!(!told.contains(text), "the reply shows it: {told}");
    }
    Ok(())
}

#[test]
fn what_is_flagged_or_harmless_goes_on() -> Result<()> {
    for text in [
        "hello",
        "pay to DE06 2004 1133 0083 6274 11",
        "joan.doyle@brightwater-labs.io",
    ] {
        let case = call(text)?;
        let mut vm = start(&case.config)?;
        let outcome = vm.exchange(exchange(&case.request))?;
        let became = got(&outcome, &case.request)?;
        ensure!(became == Expect::Forwarded, "{text}: {became:?}");
    }
    Ok(())
}

#[test]
fn no_record_shows_a_name_that_is_a_secret() -> Result<()> {
    let mut case = call("hello")?;
    let body = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": TOKEN, "arguments": {}},
    });
    case.request.body = Some(body.to_string().into_bytes());
    let mut plugin: serde_json::Value = serde_json::from_str(&case.config.plugin_configuration()?)?;
    plugin["audit"] = json!({ "log": true });
    let mut vm = callgate_tests::filter::start_with(&plugin.to_string())?;
    let outcome = vm.exchange(exchange(&case.request))?;
    ensure!(outcome.forwarded.is_none(), "it went on");
    let lines = outcome.logs.iter().map(|line| line.message.as_str());
    let lines: Vec<&str> = lines.filter(|line| line.contains("\"record\"")).collect();
    ensure!(lines.len() == 1 && !lines[0].contains(TOKEN), "{lines:?}");
    Ok(())
}
