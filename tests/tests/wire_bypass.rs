//! The bypass corpus through the wire and the engine, natively.
use anyhow::Result;
use callgate_engine::{Active, CompiledRelease, Explain, Scratch, decide};
use callgate_json::{Buffers, Document};
use callgate_model::{Call, Code, Limits, State, Timestamp};
use callgate_release::Release;
use callgate_tests::bypass::{Case, Expect, cases};
use callgate_wire::identity::{NoFacts, TaskSession, Unknown};
use callgate_wire::{Head, Headers, Message, Refusal, RefusalKind, Reply, Target, mcp};
use std::collections::BTreeMap;

#[test]
fn every_case_ends_as_it_must() -> Result<()> {
    let mut failures = Vec::new();
    // A failing host is the filter's to survive; there is none here.
    for case in cases()?.iter().filter(|case| case.host_failures.is_empty()) {
        let got = judge(case)?;
        if got != case.expect {
            failures.push(format!(
                "{}: expected {:?}, got {got:?}",
                case.id, case.expect
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}

#[test]
fn every_class_has_attacks_and_a_harmless_twin() -> Result<()> {
    let mut classes: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for case in cases()? {
        let (attacks, twins) = classes.entry(case.class).or_default();
        match case.expect {
            Expect::Forwarded => *twins += 1,
            Expect::Refused { .. } | Expect::Withheld => *attacks += 1,
        }
    }
    let wire = (1..=12).chain(17..=22).map(|n| format!("W{n:02}"));
    for class in wire {
        let (attacks, twins) = classes.get(&class).copied().unwrap_or_default();
        assert!(attacks >= 5, "{class} has {attacks} attacks");
        // What W08's and W17's limits let through is judged, so a denied twin counts as well.
        assert!(twins >= 1, "{class} has no harmless twin");
    }
    Ok(())
}

/// The gateway's straight line, without a host: head, message, decision, reply.
fn judge(case: &Case) -> Result<Expect> {
    let gateway = case.config.gateway()?;
    let lines = case.request.headers.iter();
    let lines: Vec<_> = lines.map(|(n, v)| (n.as_slice(), v.as_slice())).collect();
    let headers = Headers::new(&lines);
    let route = match gateway.routes.find(&case.request.path) {
        Some(Target::Judged(route)) => route,
        Some(Target::Passed(_)) => return Ok(Expect::Forwarded),
        None => return unread(RefusalKind::Denied, "NO_ROUTE", 404),
    };
    let refuse = |error, id| {
        let reply = Reply::to_error(error, id);
        Expect::of_reply(reply.status, &reply.body)
    };
    let head = match Head::read(&case.request.method, headers) {
        Ok(head) => head,
        Err(error) => return refuse(error, None),
    };
    if let Err(error) = head.check_announced(route.limits().bytes) {
        return refuse(error, None);
    }
    let principal = match gateway
        .identity
        .establish(headers, &NoFacts, &gateway.limits)
    {
        Ok(principal) => principal,
        Err(Unknown::Wire(error)) => return refuse(error, None),
        Err(Unknown::Unauthenticated | Unknown::Host) => {
            return unread(RefusalKind::Unauthenticated, "UNAUTHENTICATED", 401);
        }
    };
    let task = match gateway
        .task
        .as_ref()
        .map(|t| t.read(headers, &NoFacts, &principal, &gateway.limits))
    {
        Some(Err(Unknown::Wire(error))) => return refuse(error, None),
        Some(Err(Unknown::Unauthenticated | Unknown::Host)) => {
            return unread(RefusalKind::Unauthenticated, "UNAUTHENTICATED", 401);
        }
        Some(Ok(task)) => task,
        None => None,
    };
    let body = case.request.body.as_deref().unwrap_or_default();
    if body.len() <= route.limits().bytes as usize
        && let Err(error) = head.check_body(body.len())
    {
        return refuse(error, None);
    }
    let document = match body {
        [] => None,
        body => match mcp::read_document(body, route.limits(), Buffers::default()) {
            Ok(document) => Some(document),
            Err(error) => return refuse(error, None),
        },
    };
    let message = match head.message(document.as_ref(), route) {
        Ok(message) => message,
        Err(error) => return refuse(error, document.as_ref().and_then(mcp::request_id)),
    };
    let root = document.as_ref().map(Document::root);
    let judged = headers.judged(|name| gateway.strips(name));
    let judged: Vec<_> = judged
        .iter()
        .map(|(n, v)| (n.as_ref(), v.as_ref()))
        .collect();
    let call = Call {
        identity: Some(principal.identity()),
        task: task.as_ref().and_then(TaskSession::task),
        request: callgate_wire::call::request(&message, root, route.path(), &judged),
        session: head.session(),
        ..Call::default()
    };
    decided(case, &call, &message, route.denial())
}

fn decided(
    case: &Case,
    call: &Call<'_>,
    message: &Message<'_>,
    denial: callgate_wire::Denial,
) -> Result<Expect> {
    let limits = Limits::default();
    let release = Release::read(case.config.release()?.as_bytes(), &limits);
    let release = release.map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
    let compiled = CompiledRelease::compile(release, &limits);
    let compiled = compiled.map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
    let mut scratch = Scratch::new(&limits);
    let now = Timestamp::parse_rfc3339("2026-01-01T00:00:00Z").unwrap_or_default();
    let active = Active::Release(&compiled);
    let mut decision = decide(active, call, &State::EMPTY, now, &mut scratch, Explain::No);
    if decision.permit().is_some() {
        return Ok(Expect::Forwarded);
    }
    let code = decision
        .record
        .deciding
        .map_or("", |deciding| Code::as_str(deciding.code));
    let reply = Reply::to_refusal(
        &refusal(RefusalKind::Denied, code, &[code]),
        message,
        denial,
    );
    Expect::of_reply(reply.status, &reply.body)
}

fn unread(kind: RefusalKind, code: &str, status: u16) -> Result<Expect> {
    let reply = Reply::to_unread(&refusal(kind, code, &[code]), status);
    Expect::of_reply(reply.status, &reply.body)
}

fn refusal<'a>(kind: RefusalKind, code: &'a str, reasons: &'a [&'a str]) -> Refusal<'a> {
    Refusal {
        kind,
        code,
        reasons,
        policy: None,
        message: None,
        decision_id: "exe_test",
        remediation: None,
        approval: None,
    }
}
