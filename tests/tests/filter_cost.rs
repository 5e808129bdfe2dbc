//! What one exchange costs, in host calls and in fuel: both are counted, not timed.
use anyhow::{Context, Result, ensure};
use callgate_host_test::Outcome;
use callgate_tests::bypass::{Expect, cases};
use callgate_tests::filter::{exchange, start};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A `tools/call` that the corpus' gateway allows, warmed up; `change` is made to its configuration.
fn allowed_call(change: &Value) -> Result<Outcome> {
    let cases = cases()?;
    let found = cases
        .iter()
        .find(|case| case.id == "W08-known-length-passes");
    let case = found.context("no such case")?;
    ensure!(case.expect == Expect::Forwarded, "`{}` is denied", case.id);
    let mut config = case.config.clone();
    for (pointer, value) in change.as_object().into_iter().flatten() {
        let (place, name) = pointer.rsplit_once('/').context("a pointer")?;
        let place = config.gateway.pointer_mut(place).context("its place")?;
        place[name] = value.clone();
    }
    let mut vm = start(&config)?;
    vm.exchange(exchange(&case.request))?;
    Ok(vm.exchange(exchange(&case.request))?)
}

/// A tenth above what was measured. V8 has no fuel: this stands for its time.
const MOST_FUEL: u64 = 56_500;

#[test]
fn an_allowed_call_makes_the_host_calls_of_the_readme_and_no_others() -> Result<()> {
    // Head, body, clock, counter, and the identity header that does not go on.
    let least = [
        ("proxy_get_header_map_pairs", 1),
        ("proxy_get_buffer_bytes", 1),
        ("proxy_get_current_time_nanoseconds", 1),
        ("proxy_increment_metric", 1),
        ("proxy_remove_header_map_value", 1),
    ];
    for (change, more) in [
        (json!({}), vec![]),
        (
            json!({ "/response_headers": true }),
            vec![("proxy_replace_header_map_value", 2)],
        ),
        (
            json!({ "/routes/0/denial": "stealth" }),
            vec![("proxy_remove_header_map_value", 3)],
        ),
        (
            json!({ "/audit": { "access_log": true } }),
            vec![("proxy_set_property", 1)],
        ),
        (json!({ "/audit": { "log": true } }), vec![("proxy_log", 1)]),
    ] {
        let mut whole = json!({ "/response_headers": false });
        for (pointer, value) in change.as_object().into_iter().flatten() {
            whole[pointer] = value.clone();
        }
        let expected: BTreeMap<_, _> = least.into_iter().chain(more).collect();
        assert_eq!(allowed_call(&whole)?.host_calls, expected, "{whole}");
    }
    Ok(())
}

#[test]
fn an_allowed_call_stays_within_its_fuel() -> Result<()> {
    let fuel = allowed_call(&json!({}))?.fuel;
    assert!(fuel <= MOST_FUEL, "{fuel}");
    Ok(())
}
