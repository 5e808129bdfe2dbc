//! The bypass corpus through the filter in wasmtime, in every shape a request can arrive in.
use anyhow::Result;
use callgate_host_test::{Exchange, Headers, Upstream, per_byte};
use callgate_tests::bypass::{Case, Expect, cases};
use callgate_tests::filter::{MEMORY_CEILING, exchange, fail_host, got, start};

/// Bodies up to this length are also sent byte by byte.
const PER_BYTE_LIMIT: usize = 4096;

#[test]
fn every_case_ends_as_it_must() -> Result<()> {
    let mut failures = Vec::new();
    for case in cases()? {
        for (shape, exchange) in shapes(&case) {
            if let Err(problem) = play(&case, exchange) {
                failures.push(format!("{} {shape}: {problem:#}", case.id));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}

/// The case's own pieces; HTTP/1.1's empty last piece; HTTP/2's trailers; one byte at a time.
fn shapes(case: &Case) -> Vec<(&'static str, Exchange)> {
    let own = exchange(&case.request);
    let mut shapes = vec![("as written", own.clone())];
    let Some(body) = &case.request.body else {
        return shapes;
    };
    if body.len() <= PER_BYTE_LIMIT && !body.is_empty() {
        shapes.push(("byte by byte", own.clone().chunks(per_byte(body))));
    }
    if case.request.trailers.is_none() {
        shapes.push(("with an empty last piece", own.clone().empty_last_chunk()));
        shapes.push(("with trailers", own.trailers(Headers::new())));
    }
    shapes
}

fn play(case: &Case, exchange: Exchange) -> Result<()> {
    let mut vm = start(&case.config)?;
    fail_host(&mut vm, case)?;
    let outcome = vm.exchange(exchange)?;
    // A request that comes with trailers it did not have goes on with them.
    let mut request = case.request.clone();
    let sent = outcome.forwarded.as_ref();
    if request.trailers.is_none() && sent.is_some_and(|sent| sent.trailers.is_some()) {
        request.trailers = Some(Vec::new());
    }
    let got = got(&outcome, &request)?;
    anyhow::ensure!(
        got == case.expect,
        "expected {:?}, got {got:?}",
        case.expect
    );
    anyhow::ensure!(
        vm.memory_bytes() < MEMORY_CEILING,
        "memory: {}",
        vm.memory_bytes()
    );
    Ok(())
}

#[test]
fn one_vm_answers_the_whole_corpus_in_bounded_memory() -> Result<()> {
    let all = cases()?;
    let Some(first) = all.first() else {
        anyhow::bail!("the corpus is empty");
    };
    let shared: Vec<&Case> = all
        .iter()
        .filter(|case| case.config == first.config && case.host_failures.is_empty())
        .collect();
    assert!(shared.len() > 100, "{} cases share a gateway", shared.len());
    let mut vm = start(&first.config)?;
    let mut peak = 0;
    for round in 0..3 {
        for case in &shared {
            let outcome = vm.exchange(exchange(&case.request))?;
            assert_eq!(got(&outcome, &case.request)?, case.expect, "{}", case.id);
        }
        if round == 0 {
            peak = vm.memory_bytes();
        }
    }
    assert_eq!(vm.memory_bytes(), peak, "memory grew after the first round");
    assert!(peak < MEMORY_CEILING, "{peak}");
    Ok(())
}

#[test]
fn every_decided_response_names_decision_and_release() -> Result<()> {
    for case in cases()? {
        if !case.host_failures.is_empty() {
            continue;
        }
        let mut vm = start(&case.config)?;
        let outcome = vm.exchange(exchange(&case.request).upstream(forger()))?;
        let Some(response) = &outcome.response else {
            anyhow::bail!("{}: no response", case.id);
        };
        let passed = case.passes_by_configuration();
        let decision = response.headers.text("x-callgate-decision");
        match case.expect {
            Expect::Forwarded if passed => assert_eq!(decision, None, "{}", case.id),
            Expect::Forwarded => assert_eq!(decision.as_deref(), Some("ALLOW"), "{}", case.id),
            Expect::Refused { .. } | Expect::Withheld => {
                assert_eq!(decision.as_deref(), Some("DENY"), "{}", case.id);
            }
        }
        if !passed {
            assert!(
                response.headers.text("x-callgate-release").is_some(),
                "{}",
                case.id
            );
        }
    }
    Ok(())
}

/// A server that speaks for the filter.
fn forger() -> Upstream {
    Upstream::json("{}")
        .header("x-callgate-decision", "FORGED")
        .header("X-Callgate-Release", "999")
}

#[test]
fn where_denials_hide_no_response_names_a_decision() -> Result<()> {
    for mut case in cases()? {
        for route in case.config.gateway["routes"]
            .as_array_mut()
            .into_iter()
            .flatten()
        {
            if route["kind"] == "mcp" {
                route["denial"] = "stealth".into();
            }
        }
        let no_route = matches!(&case.expect, Expect::Refused { code, .. } if code == "NO_ROUTE");
        if no_route || !case.host_failures.is_empty() {
            continue;
        }
        let asked = exchange(&case.request).upstream(forger());
        let outcome = start(&case.config)?.exchange(asked)?;
        let Some(response) = &outcome.response else {
            anyhow::bail!("{}: no response", case.id);
        };
        let headers = &response.headers;
        assert_eq!(headers.text("x-callgate-decision"), None, "{}", case.id);
        assert_eq!(headers.text("x-callgate-release"), None, "{}", case.id);
    }
    Ok(())
}
