//! Who calls: by API keys, by tokens and certificates that Envoy verified; nobody else gets through.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{Exchange, Fault, Outcome, Process, Status, Vm, When, property_path};
use callgate_model::Digest;
use callgate_tests::filter::{plugin, policy, worker};
use serde_json::{Value, json};

/// Everybody passes who is `ann` of the team `support` in the group `agents`, or says nothing.
fn start(identity: Value) -> Result<Vm> {
    let expression = r#"identity.name in ["ann", "spiffe://corp/ann", "nobody"] &&
        (!has(identity.labels.team) || identity.labels.team == "support") &&
        (identity.groups == [] || "agents" in identity.groups) &&
        !("x-key" in request.headers)"#;
    let only = policy(
        "CelPolicy",
        json!({ "effect": "allow", "expression": expression }),
    );
    let mut plugin = plugin(&[only])?;
    plugin["identity"] = identity;
    worker(&Process::new(), &plugin)
}

fn call() -> Exchange {
    Exchange::post("/mcp")
        .header("mcp-protocol-version", "2025-06-18")
        .body(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search"}}"#)
}

/// What a call comes to: `Ok` if it goes on, else its status and reason.
fn send(vm: &mut Vm, exchange: Exchange) -> Result<Result<Outcome, (u32, String)>> {
    let outcome = vm.exchange(exchange)?;
    ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
    if outcome.forwarded.is_some() {
        return Ok(Ok(outcome));
    }
    let reply = outcome
        .reply
        .as_ref()
        .context("neither forwarded nor answered")?;
    let answer: Value = serde_json::from_slice(&reply.body)?;
    let reason = answer["error"]["data"]["reasons"][0].as_str();
    let reason = reason.context(answer.to_string())?.to_owned();
    Ok(Err((outcome.status().context("no status")?, reason)))
}

fn passes(vm: &mut Vm, exchange: Exchange) -> Result<Outcome> {
    send(vm, exchange)?.map_err(|refused| anyhow::anyhow!("{refused:?}"))
}

fn refused(vm: &mut Vm, exchange: Exchange) -> Result<(u32, String)> {
    match send(vm, exchange)? {
        Ok(_) => anyhow::bail!("it was forwarded"),
        Err(refused) => Ok(refused),
    }
}

fn nobody() -> (u32, String) {
    (401, "UNAUTHENTICATED".to_owned())
}

fn sha256(key: &str) -> String {
    Digest::of(key.as_bytes()).to_text().replace("sha256:", "")
}

#[test]
fn an_api_key_stands_for_whom_the_configuration_says() -> Result<()> {
    let keys = json!([
        { "sha256": sha256("k-1"), "name": "ann", "labels": { "team": "support" }, "groups": ["agents"] },
        { "sha256": sha256("k-2"), "name": "ben" },
    ]);
    let mut vm = start(json!({ "source": "api_key", "header": "x-key", "keys": keys }))?;
    let outcome = passes(&mut vm, call().header("x-key", "k-1"))?;
    let forwarded = outcome.forwarded.context("forwarded")?;
    ensure!(
        forwarded.headers.first("x-key").is_none(),
        "the key went on"
    );
    let (status, reason) = refused(&mut vm, call().header("x-key", "k-2"))?;
    assert_eq!((status, reason.as_str()), (200, "CEL_ALLOW_NOT_MET"));
    for wrong in ["k-3", "", "K-1", &sha256("k-1")] {
        assert_eq!(
            refused(&mut vm, call().header("x-key", wrong))?,
            nobody(),
            "{wrong}"
        );
    }
    assert_eq!(refused(&mut vm, call())?, nobody());
    let twice = call().header("x-key", "k-1").header("x-key", "k-1");
    assert_eq!(refused(&mut vm, twice)?.0, 400);
    Ok(())
}

#[test]
fn a_scheme_stands_before_a_key() -> Result<()> {
    let keys = json!([{ "sha256": sha256("k-1"), "name": "ann" }]);
    let identity =
        json!({ "source": "api_key", "header": "authorization", "scheme": "Bearer", "keys": keys });
    let mut vm = start(identity)?;
    for right in ["Bearer k-1", "bearer k-1"] {
        passes(&mut vm, call().header("authorization", right))?;
    }
    for wrong in ["k-1", "Basic k-1", "Bearer  k-1", "Bearerk-1", "Bearer"] {
        let answer = refused(&mut vm, call().header("authorization", wrong))?;
        assert_eq!(answer, nobody(), "{wrong}");
    }
    Ok(())
}

fn claim(steps: &[&str]) -> Vec<u8> {
    let payload = [
        "metadata",
        "filter_metadata",
        "envoy.filters.http.jwt_authn",
        "agent",
    ];
    property_path(&[&payload[..], steps].concat())
}

/// A list as Envoy writes it: pairs whose second half is empty.
fn list(items: &[&str]) -> Vec<u8> {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
    let mut bytes = number(items.len()).to_vec();
    for item in items {
        bytes.extend(number(item.len()));
        bytes.extend(number(0));
    }
    for item in items {
        bytes.extend(item.as_bytes());
        bytes.extend([0, 0]);
    }
    bytes
}

#[test]
fn claims_of_a_verified_token_become_name_labels_and_groups() -> Result<()> {
    let identity = json!({
        "source": "jwt", "payload": "agent", "labels": { "team": ["org", "team"] }, "groups": "groups",
    });
    let mut vm = start(identity)?;
    let ann = || call().property(claim(&["sub"]), "ann");
    passes(&mut vm, ann())?;
    let known = ann()
        .property(claim(&["org", "team"]), "support")
        .property(claim(&["groups"]), list(&["people", "agents"]));
    passes(&mut vm, known)?;
    for other in [
        ann().property(claim(&["org", "team"]), "sales"),
        ann().property(claim(&["groups"]), list(&["people"])),
        call().property(claim(&["sub"]), "ben"),
    ] {
        assert_eq!(refused(&mut vm, other)?.1, "CEL_ALLOW_NOT_MET");
    }
    for unreadable in [
        call(),
        call().property(claim(&["sub"]), ""),
        call().property(claim(&["sub"]), "a b"),
        call().property(claim(&["sub"]), b"\xff"),
        ann().property(claim(&["groups"]), "agents"),
        ann().property(claim(&["org", "team"]), b"\xff"),
    ] {
        assert_eq!(refused(&mut vm, unreadable)?, nobody());
    }
    Ok(())
}

#[test]
fn without_a_token_somebody_may_stand_in() -> Result<()> {
    let identity =
        json!({ "source": "jwt", "payload": "agent", "anonymous": { "name": "nobody" } });
    let mut vm = start(identity)?;
    passes(&mut vm, call())?;
    Ok(())
}

#[test]
fn a_certificate_names_its_owner() -> Result<()> {
    let uri = property_path(&["connection", "uri_san_peer_certificate"]);
    let mut vm = start(json!({ "source": "mtls" }))?;
    passes(&mut vm, call().property(uri.clone(), "spiffe://corp/ann"))?;
    assert_eq!(refused(&mut vm, call())?, nobody());
    assert_eq!(
        refused(&mut vm, call().property(uri.clone(), ""))?,
        nobody()
    );
    let directory = json!({ "spiffe://corp/ann": { "labels": { "team": "support" } } });
    let mut vm = start(json!({ "source": "mtls", "directory": directory }))?;
    passes(&mut vm, call().property(uri.clone(), "spiffe://corp/ann"))?;
    assert_eq!(refused(&mut vm, call().property(uri, "ann"))?, nobody());
    let mut vm = start(json!({ "source": "mtls", "san": "dns" }))?;
    let dns = property_path(&["connection", "dns_san_peer_certificate"]);
    passes(&mut vm, call().property(dns, "ann"))?;
    Ok(())
}

#[test]
fn a_host_that_cannot_say_lets_nobody_pass() -> Result<()> {
    let identity =
        json!({ "source": "jwt", "payload": "agent", "anonymous": { "name": "nobody" } });
    for status in [Status::InternalFailure, Status::BadArgument, Status::Ok] {
        let mut vm = start(identity.clone())?;
        vm.inject(Fault {
            when: When::Every("proxy_get_property"),
            status,
        });
        let (status, reason) = refused(&mut vm, call())?;
        assert!(matches!(status, 401 | 503), "{status} {reason}");
    }
    Ok(())
}
