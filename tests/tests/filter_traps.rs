//! Nothing traps the filter: broken configurations, bytes in headers, a host that fails.
use anyhow::{Context, Result, bail, ensure};
use callgate_host_test::{
    End, Exchange, Fault, Module, Options, Outcome, Random, Status, Vm, When,
};
use callgate_tests::bypass::{Case, Expect, Request, cases};
use callgate_tests::filter::{MEMORY_CEILING, exchange, got, start, start_with, unavailable};

fn case(id: &str) -> Result<Case> {
    let found = cases()?.into_iter().find(|case| case.id == id);
    found.with_context(|| format!("no case {id}"))
}

fn allowed() -> Result<Case> {
    let allowed = case("W08-known-length-passes")?;
    ensure!(
        allowed.expect == Expect::Forwarded,
        "`{}` is denied",
        allowed.id
    );
    Ok(allowed)
}

fn denied() -> Result<Case> {
    case("W08-exactly-at-the-limit-is-judged").map(|mut case| {
        let text =
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_issue"}}"#;
        case.request.body = Some(text.as_bytes().to_vec());
        case
    })
}

/// Starts, denies, and has said why: what every broken configuration must do.
fn denies_everything(configuration: &str, request: &Request) -> Result<()> {
    let mut vm = start_with(configuration)?;
    let why = "callgate: denying every request";
    let said = vm
        .root_logs()
        .iter()
        .any(|line| line.message.starts_with(why));
    ensure!(said, "it did not say why: {:?}", vm.root_logs());
    unavailable(&mut vm, request)
}

#[test]
fn a_broken_configuration_denies_everything_and_says_why() -> Result<()> {
    let allowed = allowed()?;
    let good = allowed.config.plugin_configuration()?;
    let mut broken: Vec<String> = [
        "",
        "{",
        "null",
        "[]",
        "{}",
        "\u{feff}{}",
        "{\"routes\":[]}",
        "{\"surprise\":1}",
    ]
    .map(str::to_owned)
    .to_vec();
    broken.push("[".repeat(100_000));
    broken.push(good.replace("\"routes\"", "\"Routes\""));
    broken.push(good.replace("callgate-release/1", "callgate-release/2"));
    broken.push(good.replace("delete_issue", "delete_issuf"));
    broken.push(good.replace("x-callgate-identity", "x callgate identity"));
    broken.retain(|text| *text != good);
    for configuration in broken {
        let start: String = configuration.chars().take(60).collect();
        denies_everything(&configuration, &allowed.request).with_context(|| start)?;
    }
    Ok(())
}

#[test]
fn a_configuration_cut_anywhere_denies_everything() -> Result<()> {
    let allowed = allowed()?;
    let good = allowed.config.plugin_configuration()?;
    for length in 0..good.len() {
        if let Some(cut) = good.get(..length) {
            denies_everything(cut, &allowed.request)
                .with_context(|| format!("cut to {length} bytes"))?;
        }
    }
    Ok(())
}

#[test]
fn a_damaged_configuration_never_traps() -> Result<()> {
    let denied = denied()?;
    let good = denied.config.plugin_configuration()?.into_bytes();
    let mut random = Random::seeded(1);
    for round in 0..500 {
        let mut bytes = good.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.draw().to_le_bytes()[0];
            }
        }
        let options = Options::default();
        let mut vm = Vm::start(Module::filter()?, bytes, options)
            .with_context(|| format!("round {round}"))?;
        let outcome = vm.exchange(exchange(&denied.request))?;
        ensure!(outcome.forwarded.is_none(), "round {round}: forwarded");
    }
    Ok(())
}

#[test]
fn a_header_of_any_bytes_never_traps() -> Result<()> {
    let allowed = allowed()?;
    let mut vm = start(&allowed.config)?;
    let values: [&[u8]; 6] = [b"\xff", b"", b"\x80abc", b"a\xc3", b"\xed\xa0\x80", b"\0"];
    let read = [
        "x-callgate-identity",
        "x-callgate-task",
        "content-type",
        "content-encoding",
        "content-length",
        "mcp-method",
        "mcp-name",
        "mcp-protocol-version",
    ];
    for value in values {
        for name in read {
            let mut request = allowed.request.clone();
            request.headers.retain(|(old, _)| old != name.as_bytes());
            request.headers.push((name.into(), value.to_vec()));
            let outcome = vm.exchange(exchange(&request))?;
            let got = got(&outcome, &request)?;
            if value == b"\xff" {
                ensure!(got != Expect::Forwarded, "`{name}` with {value:?} passed");
            }
        }
        let mut request = allowed.request.clone();
        request.headers.push((b"x-any".to_vec(), value.to_vec()));
        let outcome = vm.exchange(exchange(&request))?;
        ensure!(
            got(&outcome, &request)? == Expect::Forwarded,
            "{value:?} in a header of others"
        );
        request.headers.push((b"x-\xff".to_vec(), value.to_vec()));
        let outcome = vm.exchange(exchange(&request))?;
        ensure!(
            got(&outcome, &request)? != Expect::Forwarded,
            "a name that is no text passed"
        );
    }
    Ok(())
}

/// The failures of a fault sweep, and the lie: Ok without a result.
fn statuses() -> impl Iterator<Item = Status> {
    Status::FAILURES.into_iter().chain([Status::Ok])
}

/// Whatever the host does, a denied request stays, and an allowed one goes on whole or not at all.
fn check(outcome: &Outcome, case: &Case, status: Status) -> Result<()> {
    let Some(sent) = &outcome.forwarded else {
        return Ok(());
    };
    ensure!(case.expect == Expect::Forwarded, "forwarded");
    ensure!(
        sent.complete && outcome.reply.is_none(),
        "forwarded in part"
    );
    ensure!(
        Some(&sent.body) == case.request.body.as_ref(),
        "the body changed"
    );
    let leaked = sent
        .headers
        .iter()
        .any(|(name, _)| name.starts_with(b"x-callgate-"));
    ensure!(!leaked || status == Status::Ok, "a header of ours went on");
    Ok(())
}

fn exchanges(case: &Case) -> [Exchange; 2] {
    let whole = exchange(&case.request);
    let body = case.request.body.clone().unwrap_or_default();
    let (head, tail) = body.split_at(body.len() / 2);
    let cut = whole.clone().chunks(vec![head.to_vec(), tail.to_vec()]);
    let trailers = callgate_host_test::Headers::new().with("x-t", "1");
    [whole, cut.trailers(trailers)]
}

#[test]
fn any_status_at_any_host_call_of_an_exchange_denies_or_changes_nothing() -> Result<()> {
    let mut refused = 0;
    for case in [allowed()?, denied()?] {
        let configuration = case.config.plugin_configuration()?;
        for exchange in exchanges(&case) {
            let calls = start(&case.config)?
                .exchange(exchange.clone())?
                .total_calls();
            ensure!(calls >= 4, "only {calls} host calls");
            for index in 0..calls {
                for status in statuses() {
                    let mut vm = start_with(&configuration)?;
                    vm.inject(Fault {
                        when: When::Index(index),
                        status,
                    });
                    let outcome = vm
                        .exchange(exchange.clone())
                        .and_then(|first| Ok((first, vm.exchange(exchange.clone())?)));
                    let at = || format!("{} call {index} {status:?}", case.id);
                    let (first, second) = outcome.with_context(at)?;
                    check(&first, &case, status).with_context(at)?;
                    refused += usize::from(first.forwarded.is_none());
                    let passes = second.forwarded.is_some();
                    ensure!(
                        passes == (case.expect == Expect::Forwarded),
                        "{}: stuck",
                        at()
                    );
                }
            }
        }
    }
    ensure!(refused > 0, "no fault was ever felt");
    Ok(())
}

#[test]
fn a_host_call_that_always_fails_never_traps_and_never_forwards_what_is_denied() -> Result<()> {
    for case in [allowed()?, denied()?] {
        let configuration = case.config.plugin_configuration()?;
        for call in callgate_host_test::HOST_CALLS {
            for status in statuses() {
                let mut vm = start_with(&configuration)?;
                vm.inject(Fault {
                    when: When::Every(call),
                    status,
                });
                for exchange in exchanges(&case) {
                    let outcome = vm.exchange(exchange)?;
                    let at = || format!("{} {call} {status:?}", case.id);
                    check(&outcome, &case, status).with_context(at)?;
                }
            }
        }
    }
    Ok(())
}

#[test]
fn a_host_that_fails_at_everything_gets_nothing_through() -> Result<()> {
    let case = allowed()?;
    for status in statuses() {
        let mut vm = start(&case.config)?;
        vm.inject(Fault {
            when: When::Always,
            status,
        });
        for exchange in exchanges(&case) {
            let outcome = vm.exchange(exchange)?;
            ensure!(outcome.forwarded.is_none(), "{status:?}: forwarded");
            ensure!(outcome.end != End::Reset, "{status:?}: reset");
        }
    }
    Ok(())
}

#[test]
fn any_status_at_any_host_call_of_the_start_never_traps() -> Result<()> {
    let case = denied()?;
    let configuration = case.config.plugin_configuration()?;
    let calls = start(&case.config)?.root_calls();
    ensure!(calls >= 2, "only {calls} host calls");
    for index in 0..calls {
        for status in statuses() {
            let fault = Fault {
                when: When::Index(index),
                status,
            };
            let options = Options {
                memory_limit: MEMORY_CEILING,
                ..Options::default()
            };
            let module = Module::filter()?;
            let mut vm = Vm::start_with(module, configuration.as_str(), options, &[fault])
                .with_context(|| format!("call {index} {status:?}"))?;
            vm.clear_faults();
            let outcome = vm.exchange(exchange(&case.request))?;
            ensure!(
                outcome.forwarded.is_none(),
                "call {index} {status:?}: forwarded"
            );
        }
    }
    Ok(())
}

#[test]
fn a_module_without_memory_left_denies() -> Result<()> {
    let case = allowed()?;
    let mut request = case.request.clone();
    let padding = "a".repeat(900_000);
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"get_issue","arguments":{{"a":"{padding}"}}}}}}"#
    );
    request
        .headers
        .retain(|(name, _)| name != b"content-length");
    request.body = Some(body.into_bytes());
    let enough = start(&case.config)?.memory_bytes();
    let configuration = case.config.plugin_configuration()?;
    let options = Options {
        memory_limit: enough,
        ..Options::default()
    };
    let mut vm = Vm::start(Module::filter()?, configuration, options)?;
    let outcome = vm.exchange(exchange(&request))?;
    if outcome.forwarded.is_some() {
        bail!("there was memory enough: the test proves nothing");
    }
    ensure!(
        vm.exchange(exchange(&case.request))?.forwarded.is_some(),
        "stuck"
    );
    Ok(())
}
