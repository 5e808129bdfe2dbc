//! The bypass corpus through the filter in wasmtime, in every shape a request can arrive in.
use anyhow::Result;
use callgate_host_test::Upstream;
use callgate_tests::bypass::{Case, Expect, Shape, cases, play, scripts};
use callgate_tests::filter::{MEMORY_CEILING, exchange, got, start};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn every_case_ends_as_it_must_in_every_shape() -> Result<()> {
    let all = scripts()?;
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let play_some = || {
        while let Some(script) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            for shape in Shape::ALL {
                if let Err(problem) = play(script, shape)
                    && let Ok(mut failures) = failures.lock()
                {
                    failures.push(format!("{} {shape:?}: {problem:#}", script.id));
                }
            }
        }
    };
    let threads = std::thread::available_parallelism()?;
    std::thread::scope(|scope| {
        for _ in 0..threads.get() {
            scope.spawn(play_some);
        }
    });
    let mut failures = failures.into_inner().unwrap_or_default();
    failures.sort();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
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
