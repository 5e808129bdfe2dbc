//! A real Envoy decides: allowed calls pass unchanged, denied ones are answered, nobody borrows a name.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use callgate_tests::envoy::{Rig, request};
use serde_json::{Value, json};
use xtask::layout::Layout;

/// `agent` may not call `tool`; the upstream must not hear of it.
async fn assert_denied(
    rig: &Rig,
    agent: &str,
    tool: &str,
    arguments: Value,
    policy: &str,
    code: &str,
) -> Result<()> {
    let before = rig.upstream.seen().len();
    let answer = rig
        .http1()
        .await?
        .send(rig.call(agent, 7, tool, &arguments)?)
        .await?;
    let body = answer.json();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("x-callgate-decision"), "DENY");
    assert_eq!(body["id"], 7);
    assert_eq!(body["error"]["code"], 40301, "{body}");
    assert_eq!(body["error"]["data"]["policy"], policy, "{body}");
    assert_eq!(body["error"]["data"]["reasons"][0], code, "{body}");
    assert_eq!(
        rig.upstream.seen().len(),
        before,
        "a denied call reached the upstream"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allowed_call_passes_byte_for_byte() -> Result<()> {
    let rig = Rig::start().await?;
    let bytes = request::call(1, "echo", &json!({ "message": "spaces  and ünïcode\n" }));
    let sent = request::post(Some(rig.key("support-bot")?), request::whole(bytes.clone()))?;
    let answer = rig.http1().await?.send(sent).await?;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("x-callgate-decision"), "ALLOW");
    assert!(!answer.header("x-callgate-release").is_empty());
    assert_eq!(answer.json()["id"], 1);
    let seen = rig.upstream.seen();
    let [seen] = seen.as_slice() else {
        anyhow::bail!("the upstream saw {seen:?}")
    };
    assert_eq!(seen.body.as_deref(), Some(bytes.as_slice()));
    for header in ["x-api-key", "x-callgate-identity", "x-callgate-task"] {
        assert!(
            !seen.headers.contains_key(header),
            "`{header}` reached the upstream"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_call_is_answered_by_the_gateway() -> Result<()> {
    let rig = Rig::start().await?;
    assert_denied(
        &rig,
        "build-bot",
        "get-env",
        json!({}),
        "block-dangerous-tools",
        "CEL_DENY_MATCHED",
    )
    .await?;
    assert_denied(
        &rig,
        "support-bot",
        "get-sum",
        json!({ "a": 1, "b": 1001 }),
        "block-large-sums",
        "CEL_DENY_MATCHED",
    )
    .await?;
    assert_denied(
        &rig,
        "support-bot",
        "get-sum",
        json!({ "a": 1 }),
        "block-large-sums",
        "CEL_ERROR",
    )
    .await?;
    assert_denied(
        &rig,
        "support-bot",
        "get-tiny-image",
        json!({}),
        "allow-team-tools",
        "CEL_ALLOW_NOT_MET",
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_speaks_under_another_name() -> Result<()> {
    let rig = Rig::start().await?;
    let image = || request::call(3, "get-tiny-image", &json!({}));
    let mut client = rig.http1().await?;

    // With a key of one's own, the claimed name is dropped and the key's name decides.
    for claim in [
        "build-bot",
        r#"{"name":"build-bot","labels":{"team":"engineering"},"groups":[]}"#,
    ] {
        let mut sent = request::post(Some(rig.key("support-bot")?), request::whole(image()))?;
        sent.headers_mut()
            .append("x-callgate-identity", claim.parse()?);
        sent.headers_mut()
            .append("X-Callgate-Identity", claim.parse()?);
        let answer = client.send(sent).await?;
        assert_eq!(
            answer.json()["error"]["data"]["policy"],
            "allow-team-tools",
            "{answer:?}"
        );
    }
    // Without a key, a name alone opens nothing.
    let mut sent = request::post(None, request::whole(image()))?;
    sent.headers_mut()
        .append("x-callgate-identity", "build-bot".parse()?);
    // Envoy answers before it has read the body, and closes an HTTP/1.1 connection for that.
    assert_eq!(rig.http1().await?.send(sent).await?.status, 401);
    // A task that no token vouches for does not count.
    let record = request::call(
        4,
        "get-structured-content",
        &json!({ "location": "Chicago" }),
    );
    let mut sent = request::post(Some(rig.key("support-bot")?), request::whole(record))?;
    let task = r#"{"name":"ticket-1","labels":{},"context":{"location":"Chicago"}}"#;
    sent.headers_mut().append("x-callgate-task", task.parse()?);
    let answer = client.send(sent).await?;
    assert_eq!(
        answer.json()["error"]["data"]["policy"],
        "scope-to-customer",
        "{answer:?}"
    );
    assert!(rig.upstream.seen().is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_stripping_a_second_identity_header_is_refused() -> Result<()> {
    let rig = Rig::adapted(|bootstrap| bootstrap.strips_client_headers = false).await?;
    let image = request::call(5, "get-tiny-image", &json!({}));
    let mut sent = request::post(Some(rig.key("support-bot")?), request::whole(image))?;
    sent.headers_mut()
        .append("x-callgate-identity", "build-bot".parse()?);
    let answer = rig.http1().await?.send(sent).await?;
    assert!(
        answer.status != 200 || answer.json()["error"]["code"] == 40301,
        "{answer:?}"
    );
    assert!(rig.upstream.seen().is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_counted() -> Result<()> {
    let rig = Rig::start().await?;
    let mut client = rig.http1().await?;
    for id in 0..5 {
        let tool = if id < 3 { "echo" } else { "get-env" };
        client
            .send(rig.call("support-bot", id, tool, &json!({ "message": "x" }))?)
            .await?;
    }
    let samples = rig.envoy().metric("callgate_decisions_total")?;
    let count = |decision: &str| {
        let label = format!("decision=\"{decision}\"");
        samples
            .iter()
            .find(|(labels, _)| labels.contains(&label))
            .map(|(_, value)| *value)
    };
    assert_eq!(count("ALLOW"), Some(3.0), "{samples:?}");
    assert_eq!(count("DENY"), Some(2.0), "{samples:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_asks_for_series_that_there_are() -> Result<()> {
    let rig = Rig::start().await?;
    let call = rig.call("support-bot", 1, "echo", &json!({ "message": "x" }))?;
    rig.http1().await?.send(call).await?;
    let dashboard = Layout::of_this_tree().root.join("docs/deploy/grafana.json");
    let dashboard: Value = serde_json::from_slice(&std::fs::read(dashboard)?)?;
    let panels = dashboard["panels"].as_array().into_iter().flatten();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let mut series = BTreeSet::new();
    for target in targets {
        let expression = target["expr"].as_str().context("an expression")?;
        for (before, _) in expression
            .match_indices('{')
            .map(|(at, _)| expression.split_at(at))
        {
            let name = before
                .rsplit(|c: char| !c.is_ascii_lowercase() && c != '_')
                .next();
            series.insert(name.unwrap_or_default().to_owned());
        }
    }
    // Counted when a control plane gives something wrong; `filter_releases.rs` has it do so.
    assert!(series.remove("callgate_release_poll_failures_total"));
    assert!(series.len() >= 2, "{series:?}");
    for name in series {
        assert!(!rig.envoy().metric(&name)?.is_empty(), "no series `{name}`");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tampered_release_denies_everything_and_says_why() -> Result<()> {
    let rig = Rig::adapted(|bootstrap| {
        bootstrap.plugin["release"]["policies"][0]["spec"]["expression"] = json!("1 +")
    })
    .await?;
    let answer = rig
        .http1()
        .await?
        .send(rig.call("support-bot", 1, "echo", &json!({ "message": "x" }))?)
        .await?;
    assert_eq!(answer.header("x-callgate-decision"), "DENY", "{answer:?}");
    assert!(rig.upstream.seen().is_empty());
    let log = rig.envoy().log();
    assert!(log.contains("callgate: denying every request"), "{log}");
    assert!(
        log.contains("digest"),
        "the log does not name the cause: {log}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_field_of_the_configuration_denies_everything() -> Result<()> {
    let rig = Rig::adapted(|bootstrap| bootstrap.plugin["fail_open"] = json!(true)).await?;
    let answer = rig
        .http1()
        .await?
        .send(rig.call("support-bot", 1, "echo", &json!({ "message": "x" }))?)
        .await?;
    assert_eq!(answer.header("x-callgate-decision"), "DENY", "{answer:?}");
    assert!(rig.upstream.seen().is_empty());
    assert!(
        rig.envoy().log().contains("fail_open"),
        "the log does not name the field"
    );
    Ok(())
}
