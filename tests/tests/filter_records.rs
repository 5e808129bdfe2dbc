//! Every exchange leaves one record and one line for the access log, whether it could be read or not.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{Exchange, Told, Upstream};
use callgate_tests::filter::{plugin, policy, start_with};
use serde_json::{Value, json};

/// A call of a tool, as a client writes it.
fn call(tool: &str) -> Exchange {
    let message =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": tool } });
    Exchange::post("/mcp").body(message.to_string())
}

/// The record and the summary that an exchange leaves.
fn told(exchange: Exchange) -> Result<(Value, Value)> {
    let expression = r#"request.tool.name == "delete""#;
    let denying = policy(
        "CelPolicy",
        json!({ "effect": "deny", "expression": expression }),
    );
    let mut plugin = plugin(&[denying])?;
    plugin["audit"] = json!({ "log": true, "access_log": true });
    let mut vm = start_with(&plugin.to_string())?;
    let outcome = vm.exchange(exchange.upstream(Upstream::json("{}")))?;
    let lines = outcome.logs.iter().map(|line| line.message.as_str());
    let records: Vec<Told> = lines.filter_map(Told::read).collect();
    let [told] = records.as_slice() else {
        anyhow::bail!("one record: {:?}", outcome.logs);
    };
    let summary = outcome.filter_state.get(b"callgate".as_slice());
    let summary = summary.context("a line for the access log")?;
    Ok((
        serde_json::from_str(&told.record)?,
        serde_json::from_slice(summary)?,
    ))
}

fn keys(value: &Value) -> BTreeSet<&str> {
    let object = value.as_object().into_iter().flatten();
    object.map(|(key, _)| key.as_str()).collect()
}

#[test]
fn each_exchange_is_told_once_and_alike() -> Result<()> {
    let exchanges = [
        ("ALLOW", None, None, call("read")),
        (
            "DENY",
            Some("CEL_DENY_MATCHED"),
            Some("CelPolicy"),
            call("delete"),
        ),
        (
            "DENY",
            Some("JSON_UNEXPECTED_END"),
            None,
            Exchange::post("/mcp").body("{"),
        ),
        (
            "DENY",
            Some("NO_ROUTE"),
            None,
            Exchange::post("/other").body("{}"),
        ),
        (
            "DENY",
            Some("HEADER_REPEATED"),
            None,
            call("read").header("content-type", "text/plain"),
        ),
    ];
    let mut shape: Option<Value> = None;
    for (decision, code, policy, exchange) in exchanges {
        let (record, summary) = told(exchange)?;
        assert_eq!(record["decision"], decision, "{record}");
        assert_eq!(record["deciding"]["code"].as_str(), code, "{record}");
        assert_eq!(record["deciding"]["policy"].as_str(), policy, "{record}");
        assert_eq!(record["release"]["number"], 3, "{record}");
        assert_eq!(summary["decision"], decision, "{summary}");
        assert_eq!(summary["code"].as_str(), code, "{summary}");
        assert_eq!(summary["policy"].as_str(), policy, "{summary}");
        assert_eq!(summary["release"], 3, "{summary}");
        let id = summary["id"].as_str().context("an id")?;
        ensure!(id.starts_with("exe_"), "{summary}");
        // Who reads records need not know how far an exchange came.
        let known = shape.get_or_insert_with(|| record.clone());
        assert_eq!(keys(&record), keys(known));
    }
    Ok(())
}
