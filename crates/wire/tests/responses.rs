//! What servers send back: events however they are cut, messages of known members, values replaced.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use callgate_json::{Buffers, Limits};
use callgate_wire::response::{Body, Spoken, messages, read_document, replaced};
use callgate_wire::sse::{Event, Events};
use callgate_wire::trail::{Trail, texts};
use callgate_wire::{Headers, WireError};

fn all(pieces: &[&[u8]]) -> Vec<Event> {
    let mut events = Events::default();
    let mut found = Vec::new();
    for piece in pieces {
        events.push(piece);
        while let Some(event) = events.next_event().unwrap() {
            found.push(event);
        }
    }
    found
}

fn data(text: &str) -> Event {
    Event {
        data: Some(text.to_owned()),
        ..Event::default()
    }
}

#[test]
fn events_are_read_as_the_standard_says() {
    // Examples of WHATWG HTML §9.2.6, and what readers differ in.
    let cases: [(&str, Vec<Event>); 14] = [
        (
            "data: YHOO\ndata: +2\ndata: 10\n\n",
            vec![data("YHOO\n+2\n10")],
        ),
        ("data\n\ndata\ndata\n\ndata:", vec![data(""), data("\n")]),
        (
            "data:test\n\ndata: test\n\n",
            vec![data("test"), data("test")],
        ),
        ("data:  two\n\n", vec![data(" two")]),
        (
            "data: a\r\n\r\ndata: b\r\rdata: c\n\n",
            vec![data("a"), data("b"), data("c")],
        ),
        ("\u{feff}data: a\n\n", vec![data("a")]),
        (": only a comment\n\n", vec![Event::default()]),
        ("Data: a\ndata : b\n\n", vec![Event::default()]),
        ("data: cut", vec![]),
        ("data: cut\n", vec![]),
        (
            "retry: 10\nretry: x\nid: 1\nevent: e\n\n",
            vec![Event {
                name: Some("e".to_owned()),
                id: Some("1".to_owned()),
                retry: Some(10),
                data: None,
            }],
        ),
        ("id: a\0b\n\n", vec![Event::default()]),
        // Blank lines beyond the one that ends an event are none.
        ("\n\n\ndata: a\n\n\n\n", vec![data("a")]),
        // Some readers take U+2028 for the end of a line: nobody judges what stands behind it.
        (
            "event: a\u{2028}data: b\nid: \u{2028}\n\n",
            vec![Event::default()],
        ),
    ];
    for (text, expected) in cases {
        let bytes = text.as_bytes();
        for cut in 0..=bytes.len() {
            let (head, tail) = bytes.split_at(cut);
            assert_eq!(all(&[head, tail]), expected, "{text:?} cut at {cut}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(all(&single), expected, "{text:?} byte by byte");
    }
}

#[test]
fn what_is_written_reads_back_and_has_one_reading() {
    let event = Event {
        name: Some("message".to_owned()),
        id: Some("7".to_owned()),
        retry: Some(5),
        data: Some("a\n\n b".to_owned()),
    };
    for event in [event, data(""), data("x"), Event::default()] {
        let mut out = Vec::new();
        event.write(&mut out);
        assert_eq!(all(&[&out]), [event]);
        assert!(!out.contains(&b'\r'));
    }
    assert!(matches!(
        {
            let mut events = Events::default();
            events.push(b"data: \xff\n\n");
            events.next_event()
        },
        Err(WireError::Json(_))
    ));
}

#[test]
fn messages_have_the_members_of_json_rpc_and_no_others() {
    let limits = Limits::default();
    let found = |text: &str| {
        let document = read_document(text.as_bytes(), &limits, Buffers::default()).unwrap();
        messages(document.root(), Spoken::Rpc).map(|messages| {
            let parts = |m: &callgate_wire::response::ServerMessage<'_>| {
                [m.result.is_some(), m.error.is_some(), m.params.is_some()]
            };
            messages.iter().map(parts).collect::<Vec<_>>()
        })
    };
    assert_eq!(
        found(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#),
        Ok(vec![[true, false, false]])
    );
    assert_eq!(
        found(r#"[{"method":"m","params":[]},{"error":null}]"#),
        Ok(vec![[false, false, true], [false, true, false]])
    );
    for text in [
        "1",
        "null",
        "[1]",
        r#"{"Result":1}"#,
        r#"{"resul\u0074":1}"#,
        r#"{"results":1}"#,
        r#"{"jsonrpc":"1.0","result":1}"#,
        r#"{"jsonrpc":{"2.0":1},"result":1}"#,
        r#"{"id":["text"],"result":1}"#,
        r#"{"id":{"a":1},"result":1}"#,
        r#"{"id":1,"method":{"a":1}}"#,
    ] {
        assert_eq!(found(text), Err(WireError::Shape), "{text}");
    }
}

#[test]
fn a_message_answers_the_request_whose_id_it_has() {
    let limits = Limits::default();
    let answers = |text: &str, asked: &str| {
        let document = read_document(text.as_bytes(), &limits, Buffers::default()).unwrap();
        let messages = messages(document.root(), Spoken::Rpc).unwrap();
        messages.first().unwrap().answers(asked)
    };
    assert!(answers(r#"{"id":"a","result":1}"#, r#""a""#));
    assert!(answers(r#"{"id":"\u0061","error":1}"#, r#""a""#));
    assert!(answers(r#"{"id":7,"result":1}"#, "7"));
    assert!(!answers(r#"{"id":"7","result":1}"#, "7"));
    assert!(!answers(r#"{"id":7.0,"result":1}"#, "7"));
    assert!(!answers(r#"{"result":1}"#, "7"));
    // The server asks under a number of its own.
    assert!(!answers(r#"{"id":7,"method":"ping"}"#, "7"));
}

#[test]
fn what_messages_say_one_after_the_other_is_put_together() {
    let limits = Limits::default();
    let mut trail = Trail::default();
    let mut follow = |text: &str| {
        let document = read_document(text.as_bytes(), &limits, Buffers::default()).unwrap();
        let messages = messages(document.root(), Spoken::Rpc).unwrap();
        let views = trail.follow(&texts(messages.first().unwrap()));
        let views = views
            .into_iter()
            .map(|view| (view.name, view.text, view.cut));
        views.collect::<Vec<_>>()
    };
    let view = |name, text: &str, cut| (name, text.to_owned(), cut);
    assert_eq!(follow(r#"{"params":{"message":"one","progress":1}}"#), []);
    assert_eq!(
        follow(r#"{"params":{"message":"two"}}"#),
        [view("message", "onetwo", 3)]
    );
    assert_eq!(follow(r#"{"params":{"progress":1}}"#), []);
    assert_eq!(
        follow(r#"{"result":{"content":[{"text":"thr"},{"text":"ee"}]}}"#),
        [view("text", "onetwothree", 6)]
    );
    assert_eq!(
        follow(r#"{"params":{"message":"four"}}"#),
        [
            view("message", "onetwofour", 6),
            view("message", "onetwothreefour", 11)
        ]
    );
}

#[test]
fn replaced_values_leave_the_rest_as_it_was() {
    let source = r#"{ "a" : "one", "b":2 }"#;
    let places = [(8, 13, "\"x\""), (19, 20, "\"yy\"")];
    assert_eq!(
        replaced(source, places.into_iter()).unwrap(),
        r#"{ "a" : "x", "b":"yy" }"#
    );
    assert_eq!(replaced(source, std::iter::empty()).unwrap(), source);
    assert_eq!(replaced(source, [(9, 99, "")].into_iter()), None);
}

#[test]
fn only_plain_json_and_events_can_be_judged() {
    let announced = |lines: &[(&str, &str)]| {
        let lines: Vec<(&[u8], &[u8])> = lines
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
            .collect();
        Body::announced(Headers::new(&lines), Spoken::Rpc)
    };
    let kind = "content-type";
    assert_eq!(announced(&[(kind, "application/json")]), Ok(Body::Json));
    assert_eq!(
        announced(&[(kind, "Text/Event-Stream; charset=utf-8")]),
        Ok(Body::Events)
    );
    assert_eq!(
        announced(&[(kind, "application/json"), ("content-encoding", "identity")]),
        Ok(Body::Json)
    );
    for lines in [
        vec![],
        vec![(kind, "text/plain")],
        vec![(kind, "application/json; charset=utf-16")],
        vec![(kind, "application/json"), ("content-encoding", "br")],
        vec![(kind, "application/json"), (kind, "text/event-stream")],
    ] {
        assert!(announced(&lines).is_err(), "{lines:?}");
    }
}
