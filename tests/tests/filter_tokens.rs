//! Signed tokens of agents and tasks: what holds is believed, anything else is nobody.

use anyhow::{Result, ensure};
use callgate_host_test::{Exchange, Module, Options, Outcome, Process, Vm};
use callgate_release::TokenKind;
use callgate_release::signed::PrivateKey;
use callgate_tests::filter::{plugin, policy, worker};
use serde_json::{Value, json};
use std::time::Duration;

/// When the tests' processes begin, in seconds since 1970.
const NOW: u64 = 1_800_000_000;

fn key(number: u8) -> PrivateKey {
    PrivateKey::from_seed(&[number; 32])
}

fn agent(change: impl FnOnce(&mut Value)) -> String {
    signed(
        TokenKind::Agent,
        json!({ "labels": { "team": "support" }, "groups": ["a"] }),
        change,
    )
}

fn task(agent: &str, change: impl FnOnce(&mut Value)) -> String {
    let claims =
        json!({ "sub": agent, "task": { "name": "refund", "context": { "order": "A-7" } } });
    signed(TokenKind::Task, claims, change)
}

fn signed(kind: TokenKind, own: Value, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = json!({ "aud": "prod", "exp": NOW + 60, "sub": "ann" });
    for (name, value) in own.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    change(&mut claims);
    key(1).token(kind, &claims.to_string())
}

fn start(process: &Process) -> Result<Vm> {
    let expression = "identity.name == 'ann' && identity.labels.team == 'support' \
        && (!has(task.context) || task.context.order == 'A-7')";
    let allow = json!({ "effect": "allow", "expression": expression });
    let mut plugin = plugin(&[policy("CelPolicy", allow)])?;
    plugin["identity"] =
        json!({ "source": "token", "header": "authorization", "scheme": "Bearer" });
    plugin["task"] = json!({ "source": "token", "header": "x-task" });
    let keys = [key(2), key(1)].map(|key| key.public().to_pem());
    plugin["tokens"] = json!({ "keys": keys, "audience": "prod" });
    process.set_now(NOW * 1_000_000_000);
    worker(process, &plugin)
}

fn send(vm: &mut Vm, token: Option<&str>, task: Option<&str>) -> Result<Outcome> {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search"}}"#;
    let mut exchange = Exchange::post("/mcp")
        .header("mcp-protocol-version", "2025-06-18")
        .body(body);
    if let Some(token) = token {
        exchange = exchange.header("authorization", format!("bearer {token}"));
    }
    if let Some(task) = task {
        exchange = exchange.header("x-task", task);
    }
    let outcome = vm.exchange(exchange)?;
    ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
    Ok(outcome)
}

fn status(vm: &mut Vm, token: Option<&str>, task: Option<&str>) -> Result<Option<u32>> {
    let outcome = send(vm, token, task)?;
    Ok(match outcome.forwarded {
        Some(_) => None,
        None => outcome.status(),
    })
}

#[test]
fn a_token_that_holds_says_who_calls_and_never_goes_on() -> Result<()> {
    let mut vm = start(&Process::new())?;
    let (token, task) = (agent(|_| {}), task("ann", |_| {}));
    let outcome = send(&mut vm, Some(&token), Some(&task))?;
    let sent = outcome.forwarded.expect("the call goes on");
    for name in ["authorization", "x-task"] {
        assert!(sent.headers.first(name).is_none(), "{name} went on");
    }
    assert_eq!(status(&mut vm, Some(&token), None)?, None);
    assert_eq!(status(&mut vm, None, None)?, Some(401));
    Ok(())
}

#[test]
fn a_token_ends_by_the_clock_of_the_host() -> Result<()> {
    let process = Process::new();
    let mut vm = start(&process)?;
    let token = agent(|_| {});
    process.advance(Duration::from_secs(59));
    assert_eq!(status(&mut vm, Some(&token), None)?, None);
    process.advance(Duration::from_secs(1));
    assert_eq!(status(&mut vm, Some(&token), None)?, Some(401));
    Ok(())
}

#[test]
fn what_a_token_must_not_say_makes_it_none() -> Result<()> {
    let mut vm = start(&Process::new())?;
    let changes: [(&str, Value); 13] = [
        ("aud", json!("test")),
        ("aud", json!(["prod"])),
        ("exp", json!(NOW)),
        ("exp", json!("later")),
        ("exp", json!(1.9e12)),
        ("exp", json!(null)),
        ("nbf", json!(NOW + 1)),
        ("nbf", json!(-1)),
        ("sub", json!("an n")),
        ("sub", json!(["ann"])),
        ("labels", json!("support")),
        ("groups", json!([1])),
        ("scope", json!("everything")),
    ];
    for (claim, value) in changes {
        let token = agent(|claims| claims[claim] = value.clone());
        assert_eq!(
            status(&mut vm, Some(&token), None)?,
            Some(401),
            "{claim}: {value}"
        );
    }
    let without = agent(|claims| {
        claims.as_object_mut().map(|claims| claims.remove("exp"));
    });
    assert_eq!(status(&mut vm, Some(&without), None)?, Some(401));
    let twice = format!(
        r#"{{"aud":"prod","exp":{0},"sub":"ann","sub":"ben"}}"#,
        NOW + 9
    );
    let twice = key(1).token(TokenKind::Agent, &twice);
    assert_eq!(status(&mut vm, Some(&twice), None)?, Some(401));
    Ok(())
}

#[test]
fn what_is_not_signed_as_it_stands_is_nobodys() -> Result<()> {
    let mut vm = start(&Process::new())?;
    let token = agent(|_| {});
    let stranger = key(3).token(
        TokenKind::Agent,
        &json!({ "aud": "prod", "exp": NOW + 60, "sub": "ann" }).to_string(),
    );
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        anyhow::bail!("a token has three parts");
    };
    // `{"alg":"none"}`, and the key's own text as a secret for HMAC are no signatures of Ed25519.
    let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiY2FsbGdhdGUtYWdlbnQrand0In0.{claims}.");
    let swapped = format!("{claims}.{header}.{signature}");
    let mut wrong = vec![
        stranger,
        none,
        swapped,
        task("ann", |_| {}),
        format!("{token}."),
        format!("{token}="),
        format!("{header}.{claims}"),
        format!("{header}..{signature}"),
        token.to_lowercase(),
        token.repeat(40),
    ];
    for at in (0..token.len()).step_by(7) {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        wrong.push(String::from_utf8(bytes)?);
    }
    for token in wrong {
        assert_eq!(status(&mut vm, Some(&token), None)?, Some(401), "{token}");
    }
    Ok(())
}

#[test]
fn a_task_is_the_callers_own_or_nobodys() -> Result<()> {
    let mut vm = start(&Process::new())?;
    let token = agent(|_| {});
    for wrong in [
        task("ben", |_| {}),
        agent(|_| {}),
        task("ann", |claims| claims["exp"] = json!(NOW)),
        task("ann", |claims| claims["task"] = json!("refund")),
        task("ann", |claims| claims["task"]["role"] = json!("admin")),
        task("ann", |claims| claims["labels"] = json!({})),
        "{}".to_owned(),
    ] {
        assert_eq!(
            status(&mut vm, Some(&token), Some(&wrong))?,
            Some(401),
            "{wrong}"
        );
    }
    // A task that holds is judged by what it says.
    let other = task("ann", |claims| {
        claims["task"]["context"]["order"] = json!("A-8")
    });
    assert_eq!(status(&mut vm, Some(&token), Some(&other))?, Some(200));
    Ok(())
}

#[test]
fn tokens_are_taken_only_with_keys() -> Result<()> {
    let mut plugin = plugin(&[])?;
    plugin["identity"] = json!({ "source": "token", "header": "authorization" });
    let mut vm = Vm::start(Module::filter()?, plugin.to_string(), Options::default())?;
    let logs = format!("{:?}", vm.root_logs());
    ensure!(logs.contains("needs `tokens`"), "{logs}");
    assert_eq!(status(&mut vm, Some(&agent(|_| {})), None)?, Some(503));
    Ok(())
}
