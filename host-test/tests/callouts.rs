//! Callouts, ticks, queues of time: what happens outside a stream's own callbacks.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod probe;

use std::collections::BTreeSet;
use std::time::Duration;

use callgate_host_test::{CalloutAnswer, End, Exchange, Headers, Options, Outcome, Vm};
use probe::{probe, trace};

fn start(clusters: &[&str]) -> Vm {
    let options = Options {
        clusters: clusters
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<BTreeSet<_>>(),
        ..Options::default()
    };
    let module = probe(include_str!("probes/callouts.wat"));
    Vm::start(&module, "", options).expect("starts")
}

fn answer(status: &str) -> CalloutAnswer {
    CalloutAnswer::Response {
        headers: Headers::new().with(":status", status),
        body: b"yes".to_vec(),
        trailers: Headers::new(),
    }
}

fn asked(vm: &mut Vm, answer: Option<CalloutAnswer>) -> Outcome {
    let exchange = Exchange::post("/").body("{}");
    let exchange = match answer {
        Some(answer) => exchange.callout(answer),
        None => exchange,
    };
    vm.exchange(exchange).expect("no trap")
}

#[test]
fn an_answered_callout_resumes_the_stream() {
    let mut vm = start(&["policy"]);
    let outcome = asked(&mut vm, Some(answer("200")));
    assert_eq!(outcome.forwarded.expect("forwarded").body, b"{}");
    let callout = outcome.callouts.first().expect("called out");
    assert_eq!(
        (callout.cluster.as_str(), callout.timeout_ms),
        ("policy", 500)
    );
    assert_eq!(callout.body, b"po");
    assert_eq!(callout.headers.text(":path").as_deref(), Some("/"));
    assert!(
        vm.root_logs()
            .iter()
            .any(|line| line.message.starts_with("answer 00000001 00000003"))
    );
}

#[test]
fn a_refusing_or_failed_callout_denies() {
    for answer in [answer("503"), CalloutAnswer::Failed] {
        let outcome = asked(&mut start(&["policy"]), Some(answer));
        assert!(outcome.forwarded.is_none());
        assert_eq!(outcome.status(), Some(403));
    }
}

#[test]
fn a_callout_without_an_answer_holds_the_stream_until_it_times_out() {
    let mut vm = start(&["policy"]);
    let open = vm.open(Exchange::get("/")).expect("no trap");
    while vm.advance(&open).expect("no trap") {}
    assert_eq!(vm.open_callouts().len(), 1);
    vm.process().advance(Duration::from_millis(499));
    vm.run_due().expect("no trap");
    assert_eq!(vm.open_callouts().len(), 1);
    vm.process().advance(Duration::from_millis(1));
    vm.run_due().expect("no trap");
    assert!(vm.open_callouts().is_empty());
    assert_eq!(vm.close(open).expect("no trap").status(), Some(403));

    assert_eq!(asked(&mut vm, None).end, End::Held);
}

#[test]
fn an_unknown_cluster_is_refused_at_once() {
    let outcome = asked(&mut start(&[]), None);
    assert_eq!(
        trace(&outcome).first().map(String::as_str),
        Some("call 2 0")
    );
    assert!(outcome.callouts.is_empty());
}

#[test]
fn ticks_follow_the_virtual_clock() {
    let mut vm = start(&[]);
    assert_eq!(vm.tick_period_ms(), 1000);
    vm.process().advance(Duration::from_millis(999));
    vm.run_due().expect("no trap");
    assert!(vm.root_logs().is_empty());
    vm.process().advance(Duration::from_millis(2001));
    vm.run_due().expect("no trap");
    let ticks = vm
        .root_logs()
        .iter()
        .filter(|line| line.message.starts_with("tick"));
    assert_eq!(ticks.count(), 3);
}
