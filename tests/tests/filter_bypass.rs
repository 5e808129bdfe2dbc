//! The bypass corpus through the filter in wasmtime, in every shape a request can arrive in.
use anyhow::{Context as _, Result};
use callgate_host_test::Upstream;
use callgate_tests::bypass::{
    Case, Expect, Shape, cases, corpus, play, scripts, shared as gateway,
};
use callgate_tests::filter::{MEMORY_CEILING, exchange, got, start};
use std::collections::BTreeMap;
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

/// Classes of the control plane's own, which no request to the filter can show.
const ELSEWHERE: [&str; 4] = ["A02", "C01", "C02", "L01"];
/// Cases of each class, harmless twins among them.
const EACH: usize = 15;
/// Twins of each class: a gateway that refuses everything is no gateway.
const TWINS: usize = 2;

#[test]
fn every_class_has_cases_and_twins_and_no_two_are_alike() -> Result<()> {
    let (mut classes, mut seen) = (BTreeMap::<String, (usize, usize)>::new(), BTreeMap::new());
    for script in scripts()? {
        let (cases, twins) = classes.entry(script.class.clone()).or_default();
        *cases += 1;
        *twins += usize::from(script.is_twin());
        let same = seen.insert(format!("{:?}", script.content()), script.id.clone());
        assert_eq!(same, None, "{} is the same", script.id);
    }
    for (class, (cases, twins)) in &classes {
        assert!(*cases >= EACH, "{class} has {cases} cases");
        assert!(*twins >= TWINS, "{class} has {twins} twins");
        assert!(!ELSEWHERE.contains(&class.as_str()), "{class}");
    }
    assert_eq!(classes.len() + ELSEWHERE.len(), 48, "{:?}", classes.keys());
    let readme = std::fs::read_to_string(corpus().join("README.md"))?;
    let rows = classes.iter().map(|(class, (cases, twins))| {
        let known = readme
            .lines()
            .find(|line| line.starts_with(&format!("| {class} |")));
        let what = known.and_then(|line| line.split(" | ").nth(3));
        format!(
            "| {class} | {cases} | {twins} | {}\n",
            what.unwrap_or("? |")
        )
    });
    let rows: String = rows.collect();
    assert!(
        readme.contains(&rows),
        "the table of README.md is to be:\n{rows}"
    );
    let cases: usize = classes.values().map(|(cases, _)| cases).sum();
    let total = format!("{cases} cases in {} classes", classes.len());
    assert!(readme.contains(&total), "README.md has to say `{total}`");
    Ok(())
}

#[test]
fn one_vm_answers_the_whole_corpus_in_bounded_memory() -> Result<()> {
    let (all, gateway) = (cases()?, gateway()?);
    let shared: Vec<&Case> = all
        .iter()
        .filter(|case| case.config == gateway && case.host_failures.is_empty())
        .collect();
    assert!(shared.len() > 100, "{} cases share a gateway", shared.len());
    let mut vm = start(&gateway)?;
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

#[test]
fn where_responses_say_nothing_they_go_on_as_they_come_but_for_where_denials_hide() -> Result<()> {
    let cases = cases()?;
    let passes = cases
        .iter()
        .filter(|case| case.expect == Expect::Forwarded && case.host_failures.is_empty());
    for (denial, expected) in [("json_rpc", Some("FORGED")), ("stealth", None)] {
        for case in passes.clone() {
            let mut case = case.clone();
            case.config.gateway["response_headers"] = false.into();
            case.config.gateway["routes"][0]["denial"] = denial.into();
            let asked = exchange(&case.request).upstream(forger());
            let outcome = start(&case.config)?.exchange(asked)?;
            let response = outcome.response.context(case.id.clone())?;
            let path = String::from_utf8_lossy(&case.request.path).into_owned();
            // Other routes of the gateway, and those that pass, are not those whose denials hide.
            let expected = expected.or((path != "/mcp").then_some("FORGED"));
            let decision = response.headers.text("x-callgate-decision");
            assert_eq!(decision.as_deref(), expected, "{} {denial}", case.id);
        }
    }
    Ok(())
}
