//! What one exchange costs, in host calls and in fuel: both are counted, not timed.
use anyhow::{Context, Result, ensure};
use callgate_host_test::Outcome;
use callgate_tests::bypass::{Expect, cases};
use callgate_tests::filter::{exchange, start};

/// A `tools/call` that the corpus' gateway allows, warmed up.
fn allowed_call() -> Result<Outcome> {
    let cases = cases()?;
    let found = cases
        .iter()
        .find(|case| case.id == "W08-known-length-passes");
    let case = found.context("no such case")?;
    ensure!(case.expect == Expect::Forwarded, "`{}` is denied", case.id);
    let mut vm = start(&case.config)?;
    vm.exchange(exchange(&case.request))?;
    Ok(vm.exchange(exchange(&case.request))?)
}

/// One read of the head, one of the body, the clock, one counter, one header stripped, two set.
const MOST_CALLS: u64 = 8;

/// A tenth above what was measured. V8 has no fuel: this stands for its time.
const MOST_FUEL: u64 = 78_000;

#[test]
fn an_allowed_call_reads_head_and_body_once_and_makes_few_host_calls() -> Result<()> {
    let outcome = allowed_call()?;
    assert_eq!(outcome.calls("proxy_get_header_map_pairs"), 1);
    assert_eq!(outcome.calls("proxy_get_header_map_value"), 0);
    assert_eq!(outcome.calls("proxy_get_buffer_bytes"), 1);
    assert!(
        outcome.total_calls() <= MOST_CALLS,
        "{:?}",
        outcome.host_calls
    );
    Ok(())
}

#[test]
fn an_allowed_call_stays_within_its_fuel() -> Result<()> {
    let fuel = allowed_call()?.fuel;
    assert!(fuel <= MOST_FUEL, "{fuel}");
    Ok(())
}
