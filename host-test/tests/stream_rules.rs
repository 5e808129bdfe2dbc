//! The stream rules, one lesson a test; that Envoy keeps the same ones is tested in the workspace's `tests`.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod probe;

use callgate_host_test::{
    End, Exchange, Headers, Module, Options, Origin, Outcome, Upstream, Vm, per_byte,
    split_every_way,
};
use probe::{probe, trace};

fn recorder() -> Module {
    probe(include_str!("probes/recorder.wat"))
}

fn request(mode: &str) -> Exchange {
    Exchange::new("POST", "/x").header("x-mode", mode)
}

fn play_with(options: Options, exchange: Exchange) -> Outcome {
    let mut vm = Vm::start(&recorder(), "", options).expect("starts");
    vm.exchange(exchange).expect("no trap")
}

fn play(exchange: Exchange) -> Outcome {
    play_with(Options::default(), exchange)
}

fn two_pieces(mode: &str) -> Exchange {
    let pieces = vec![b"hello".to_vec(), b"world".to_vec()];
    request(mode).chunks(pieces).empty_last_chunk()
}

fn body(outcome: &Outcome) -> Option<&[u8]> {
    outcome.forwarded.as_ref().map(|sent| sent.body.as_slice())
}

#[test]
fn body_callbacks_report_the_total_that_is_buffered() {
    let outcome = play(two_pieces("p").upstream(Upstream::json("{}")));
    let expected = [
        "request_headers 5 0",
        "request_body 5 0",
        "header-status 0 0",
        "body-read 0 5",
        "request_body 10 0",
        "header-status 0 0",
        "body-read 0 10",
        "request_body 10 1",
        "header-status 0 0",
        "body-read 0 10",
        "response_headers 2 0",
        "response_body 2 1",
        "log 0 0",
        "done 0 0",
        "delete 0 0",
    ];
    assert_eq!(trace(&outcome), expected);
    assert_eq!(body(&outcome), Some(b"helloworld".as_slice()));
    assert_eq!(outcome.end, End::Answered);
}

#[test]
fn a_denial_at_headers_forwards_nothing_and_runs_the_response_callbacks() {
    let outcome = play(two_pieces("d"));
    let expected = [
        "request_headers 5 0",
        "response_headers 3 0",
        "response_body 6 1",
        "log 0 0",
        "done 0 0",
        "delete 0 0",
    ];
    assert_eq!(trace(&outcome), expected);
    assert!(outcome.forwarded.is_none());
    assert_eq!(outcome.status(), Some(403));
    let reply = outcome.reply.expect("replied");
    assert_eq!((reply.status, reply.body), (403, b"denied".to_vec()));
    assert_eq!(
        (reply.details, reply.origin),
        (b"denied".to_vec(), Origin::Filter)
    );
}

#[test]
fn a_denial_wins_over_the_continue_that_follows_it() {
    let outcome = play(two_pieces("e"));
    assert!(outcome.forwarded.is_none());
    assert_eq!(outcome.status(), Some(403));
}

#[test]
fn no_request_callback_follows_a_local_reply() {
    let outcome = play(two_pieces("b"));
    let bodies = outcome
        .callbacks
        .iter()
        .filter(|name| **name == "proxy_on_request_body");
    assert_eq!(bodies.count(), 1);
    assert!(outcome.forwarded.is_none());
}

#[test]
fn a_reply_without_a_body_ends_with_its_headers() {
    let outcome = play(request("n"));
    assert!(trace(&outcome).contains(&"response_headers 1 1".to_owned()));
    let response = outcome.response.expect("answered");
    assert_eq!(response.headers, Headers::new().with(":status", "204"));
    assert!(response.complete);
}

#[test]
fn resuming_and_then_pausing_at_the_end_forwards() {
    let outcome = play(two_pieces("f"));
    assert_eq!(body(&outcome), Some(b"helloworld".as_slice()));
    assert!(outcome.misuse.is_empty());
}

#[test]
fn request_headers_are_gone_after_continue_and_back_in_the_log() {
    let outcome = play(two_pieces("c"));
    let trace = trace(&outcome);
    assert!(trace.contains(&"header-status 2 0".to_owned()), "{trace:?}");
    assert!(trace.contains(&"log 0 0".to_owned()), "{trace:?}");
    assert_eq!(body(&outcome), Some(b"helloworld".as_slice()));
}

#[test]
fn with_trailers_no_body_callback_ends_the_stream() {
    let trailers = Headers::new().with("x-checksum", "1");
    let exchange = request("p").body("hello").trailers(trailers.clone());
    let outcome = play(exchange);
    let trace = trace(&outcome);
    assert!(trace.contains(&"request_body 5 0".to_owned()), "{trace:?}");
    assert!(
        trace.contains(&"request_trailers 1 0".to_owned()),
        "{trace:?}"
    );
    let sent = outcome.forwarded.expect("forwarded");
    assert_eq!(
        (sent.body.as_slice(), sent.trailers),
        (b"hello".as_slice(), Some(trailers))
    );
}

#[test]
fn a_denial_on_trailers_forwards_nothing() {
    let trailers = Headers::new().with("x-checksum", "1");
    let outcome = play(request("e").body("hello").trailers(trailers));
    assert!(outcome.forwarded.is_none());
    assert_eq!(outcome.status(), Some(403));
}

#[test]
fn continue_at_headers_lets_the_head_out_before_the_verdict() {
    let outcome = play(two_pieces("g"));
    assert_eq!(outcome.status(), Some(403));
    let sent = outcome.forwarded.expect("the head left");
    assert!(sent.body.is_empty() && !sent.complete);
}

#[test]
fn pause_at_headers_without_the_flag_stops_the_body_too() {
    let options = Options {
        allow_on_headers_stop_iteration: false,
        ..Options::default()
    };
    let outcome = play_with(options, two_pieces("p"));
    assert_eq!(outcome.end, End::Held);
    assert!(outcome.forwarded.is_none());
    assert_eq!(outcome.callbacks.len(), 4, "{:?}", outcome.callbacks);
}

#[test]
fn a_stream_that_is_never_resumed_is_held() {
    let outcome = play(two_pieces("h"));
    assert_eq!(outcome.end, End::Held);
    assert!(outcome.forwarded.is_none() && outcome.response.is_none());
}

#[test]
fn one_byte_over_the_limit_is_413_when_it_stays_in_the_buffer() {
    let limit = Options::default().buffer_limit;
    let exact = request("p")
        .chunks(vec![vec![b'x'; limit]])
        .empty_last_chunk();
    assert_eq!(body(&play(exact)).map(<[u8]>::len), Some(limit));

    let over = request("p")
        .chunks(vec![vec![b'x'; limit + 1]])
        .empty_last_chunk();
    let outcome = play(over);
    assert!(outcome.forwarded.is_none());
    let reply = outcome.reply.expect("replied");
    assert_eq!((reply.status, reply.origin), (413, Origin::Envoy));
}

#[test]
fn a_last_piece_over_the_limit_goes_on_when_the_filter_lets_it() {
    let limit = Options::default().buffer_limit;
    let chunks = vec![vec![b'x'; limit], vec![b'y']];
    let outcome = play(request("p").chunks(chunks));
    assert_eq!(body(&outcome).map(<[u8]>::len), Some(limit + 1));
}

#[test]
fn the_body_can_be_prepended_and_appended_to() {
    let outcome = play(two_pieces("a"));
    assert_eq!(body(&outcome), Some(b"[helloworld]".as_slice()));
}

#[test]
fn a_reply_in_place_of_the_response_head_reaches_the_client_without_callbacks() {
    let outcome = play(request("r").body("hello").upstream(Upstream::json("{}")));
    assert_eq!(outcome.status(), Some(403));
    assert_eq!(
        trace(&outcome).last().map(String::as_str),
        Some("delete 0 0")
    );
    assert!(!outcome.callbacks.contains(&"proxy_on_response_body"));
}

#[test]
fn a_held_response_can_be_replaced_at_its_end() {
    let outcome = play(request("s").body("hello").upstream(Upstream::json("{}")));
    assert_eq!(outcome.status(), Some(403));
    let response = outcome.response.expect("answered");
    assert_eq!(response.body, b"denied");
}

#[test]
fn a_reply_after_the_response_head_left_resets_the_stream() {
    let outcome = play(request("t").body("hello").upstream(Upstream::json("{}")));
    assert_eq!(outcome.end, End::Reset);
    let response = outcome.response.expect("a head");
    assert!(!response.complete && response.body.is_empty());
}

#[test]
fn response_trailers_reach_the_client() {
    let trailers = Headers::new().with("x-t", "1");
    let upstream = Upstream::json("{}").trailers(trailers.clone());
    let outcome = play(request("p").upstream(upstream));
    assert_eq!(outcome.response.expect("answered").trailers, Some(trailers));
}

#[test]
fn every_chunking_of_a_body_looks_the_same_to_the_peers() {
    let module = recorder();
    let mut vm = Vm::start(&module, "", Options::default()).expect("starts");
    let whole = vm
        .exchange(request("p").body("hello world"))
        .expect("no trap");
    let halves = split_every_way(b"hello world");
    for chunks in halves.chain([per_byte(b"hello world")]) {
        let outcome = vm.exchange(request("p").chunks(chunks)).expect("no trap");
        assert_eq!(outcome.verdict(), whole.verdict());
    }
}
