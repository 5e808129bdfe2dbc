//! Plain HTTP: which request stands for which tool, with which arguments, and which for none.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]
use callgate_json::{Buffers, Limits, canonical};
use callgate_wire::api::Template;
use callgate_wire::{Asked, Entry, Headers, Route, Routes, Target};

fn template(method: &str, path: &str, tool: &str) -> Template {
    Template::new(method, path, tool).unwrap()
}

fn routes() -> Routes {
    let closed = template("PUT", "/v1/refunds/{id}", "change_refund");
    let route = Route::http(vec![
        template("POST", "/v1/refunds/{id}", "refund"),
        template("GET", "/v1/refunds/{id}", "show_refund"),
        closed.with_arguments(vec!["amount".to_owned(), "dry".to_owned()]),
        template("POST", "/v1/refunds/bulk", "refund_all"),
        template("GET", "/v1/orders/{order_id}/lines/{line}", "line"),
        template("DELETE", "/v1/refunds/{id}", "drop_refund"),
    ]);
    let limits = Limits {
        bytes: 256,
        ..Limits::default()
    };
    let billing = route.with_limits(limits).with_server("billing").unwrap();
    Routes::new(vec![billing], vec!["/health".to_owned()])
}

/// The tool and its arguments, or the code of the refusal.
fn read(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> String {
    let routes = routes();
    let route = match routes.find(target.as_bytes()) {
        Some(Target::Judged(route)) => route,
        Some(Target::Passed(_)) => return "passed".to_owned(),
        None => return "NO_ROUTE".to_owned(),
    };
    let lines: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
        .collect();
    let entry = Entry::read(route, method.as_bytes(), target, Headers::new(&lines));
    let asked = entry.and_then(|entry| {
        let document = entry.document(route, target, body, Buffers::default())?;
        match entry.asked(route, target, document.as_ref())? {
            Asked::Api(call) => {
                let args = canonical::to_string(call.args.value());
                Ok(format!("{} {} {args}", call.name, call.path))
            }
            other => Ok(format!("{other:?}")),
        }
    });
    asked.unwrap_or_else(|error| error.code().to_owned())
}

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

#[test]
fn a_request_is_a_call_of_the_tool_of_its_template() {
    let cases: [(&str, &str, &str, &str); 9] = [
        (
            "POST",
            "/v1/refunds/re_1",
            r#"{"amount":5}"#,
            r#"billing__refund /v1/refunds/re_1 {"amount":5,"id":"re_1"}"#,
        ),
        (
            "POST",
            "/v1/refunds/re_1",
            "  { }\n",
            r#"billing__refund /v1/refunds/re_1 {"id":"re_1"}"#,
        ),
        (
            "POST",
            "/v1/refunds/re_1",
            "",
            r#"billing__refund /v1/refunds/re_1 {"id":"re_1"}"#,
        ),
        (
            "POST",
            "/v1/refunds/bulk",
            r#" {"ids":["a"]}"#,
            r#"billing__refund_all /v1/refunds/bulk {"ids":["a"]}"#,
        ),
        (
            "POST",
            "/v1/refunds/bulk?dry=1",
            "{}",
            r#"billing__refund_all /v1/refunds/bulk {"dry":"1"}"#,
        ),
        (
            "GET",
            "/v1/refunds/re_1?expand=a.b&at=2026-01-01T00:00:00Z",
            "",
            r#"billing__show_refund /v1/refunds/re_1 {"at":"2026-01-01T00:00:00Z","expand":"a.b","id":"re_1"}"#,
        ),
        (
            "GET",
            "/v1/orders/o-1/lines/2",
            "",
            r#"billing__line /v1/orders/o-1/lines/2 {"line":"2","order_id":"o-1"}"#,
        ),
        (
            "PUT",
            "/v1/refunds/1?dry=no",
            r#"{"amount":{"id":1}}"#,
            r#"billing__change_refund /v1/refunds/1 {"amount":{"id":1},"dry":"no","id":"1"}"#,
        ),
        (
            "DELETE",
            "/v1/refunds/1",
            "",
            r#"billing__drop_refund /v1/refunds/1 {"id":"1"}"#,
        ),
    ];
    for (method, target, body, expected) in cases {
        let headers = if body.is_empty() { &[] } else { JSON };
        assert_eq!(
            read(method, target, headers, body.as_bytes()),
            expected,
            "{method} {target}"
        );
    }
}

#[test]
fn a_path_that_servers_read_in_two_ways_is_nobodys() {
    for target in [
        "/v1/refunds",
        "/v1/refunds/",
        "/v1/refunds/1/",
        "/v1//refunds/1",
        "/v1/refunds//1",
        "//v1/refunds/1",
        "/v1/refunds/1;a=b",
        "/v1/refunds/%31",
        "/v1/refunds/a%2Fb",
        "/v1/refunds/..",
        "/v1/refunds/.",
        "/v1/./refunds/1",
        "/v1/x/../refunds/1",
        "/v1/refunds/1/2",
        "/V1/refunds/1",
        "/v1/Refunds/1",
        "/v1/refunds/BULK",
        "/v1/refunds/Bulk",
        "/v1/refunds/a:cancel",
        "/v1/refunds/a b",
        "/v1/refunds/a\\b",
        "/v1/refunds/é",
        "v1/refunds/1",
        "",
        "*",
        "/v1/refunds/1#a",
        "https://gateway.test/v1/refunds/1",
    ] {
        assert_eq!(read("GET", target, &[], b""), "NO_ROUTE", "{target}");
    }
    assert_eq!(read("GET", "/health/live", &[], b""), "passed");
}

/// Method, target, headers, body, and the code of the refusal.
type Case<'c> = (&'c str, &'c str, &'c [(&'c str, &'c str)], &'c str, &'c str);

#[test]
fn what_no_template_has_or_two_readers_differ_in_is_refused() {
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(300));
    let cases: &[Case<'_>] = &[
        ("PATCH", "/v1/refunds/1", JSON, "{}", "NO_TEMPLATE"),
        ("post", "/v1/refunds/1", JSON, "{}", "NO_TEMPLATE"),
        ("HEAD", "/v1/refunds/1", &[], "", "NO_TEMPLATE"),
        // The path of another template: a server that knows `bulk` would not take it for an id.
        ("GET", "/v1/refunds/bulk", &[], "", "NO_TEMPLATE"),
        ("GET", "/v1/refunds/1?", &[], "", "QUERY"),
        ("GET", "/v1/refunds/1?a", &[], "", "QUERY"),
        ("GET", "/v1/refunds/1?a=1&&b=2", &[], "", "QUERY"),
        ("GET", "/v1/refunds/1?a=1;b=2", &[], "", "QUERY"),
        ("GET", "/v1/refunds/1?a=%31", &[], "", "QUERY"),
        ("GET", "/v1/refunds/1?a=1+2", &[], "", "QUERY"),
        ("GET", "/v1/refunds/1?a[]=1", &[], "", "QUERY"),
        ("GET", "/v1/refunds/1?a=b=c", &[], "", "QUERY"),
        ("GET", "/v1/refunds/1?a=\"", &[], "", "QUERY"),
        (
            "GET",
            "/v1/refunds/1?a=1&a=2",
            &[],
            "",
            "JSON_DUPLICATE_KEY",
        ),
        ("GET", "/v1/refunds/1?a=1&A=2", &[], "", "KEY_LOOK_ALIKE"),
        ("GET", "/v1/refunds/1?id=2", &[], "", "JSON_DUPLICATE_KEY"),
        ("GET", "/v1/refunds/1?ID=2", &[], "", "KEY_LOOK_ALIKE"),
        (
            "GET",
            "/v1/orders/1/lines/2?orderId=3",
            &[],
            "",
            "KEY_LOOK_ALIKE",
        ),
        ("GET", "/v1/refunds/1", &[], "{}", "BODY_UNEXPECTED"),
        ("DELETE", "/v1/refunds/1", JSON, "{}", "BODY_UNEXPECTED"),
        (
            "GET",
            "/v1/refunds/1",
            &[("content-type", "text/plain")],
            "",
            "MEDIA_TYPE",
        ),
        ("POST", "/v1/refunds/1", &[], "{}", "MEDIA_TYPE"),
        (
            "POST",
            "/v1/refunds/1",
            &[("content-type", "application/x-www-form-urlencoded")],
            "amount=5",
            "MEDIA_TYPE",
        ),
        (
            "POST",
            "/v1/refunds/1",
            &[("content-type", "application/merge-patch+json")],
            "{}",
            "MEDIA_TYPE",
        ),
        (
            "POST",
            "/v1/refunds/1",
            &[
                ("content-type", "application/json"),
                ("content-encoding", "gzip"),
            ],
            "{}",
            "CONTENT_ENCODING",
        ),
        (
            "GET",
            "/v1/refunds/1",
            &[("content-encoding", "gzip")],
            "",
            "CONTENT_ENCODING",
        ),
        (
            "GET",
            "/v1/refunds/1",
            &[("upgrade", "websocket")],
            "",
            "HEADER_INVALID",
        ),
        (
            "POST",
            "/v1/refunds/1",
            &[
                ("content-type", "application/json"),
                ("content-length", "3"),
            ],
            "{}",
            "LENGTH_MISMATCH",
        ),
        (
            "POST",
            "/v1/refunds/1",
            JSON,
            r#"{"id":"2"}"#,
            "JSON_DUPLICATE_KEY",
        ),
        (
            "POST",
            "/v1/refunds/1",
            JSON,
            r#"{"\u0069d":"2"}"#,
            "JSON_DUPLICATE_KEY",
        ),
        (
            "POST",
            "/v1/refunds/1",
            JSON,
            r#"{"Id":"2"}"#,
            "KEY_LOOK_ALIKE",
        ),
        (
            "POST",
            "/v1/refunds/1",
            JSON,
            r#"{"id\u0000":"2"}"#,
            "KEY_LOOK_ALIKE",
        ),
        (
            "POST",
            "/v1/refunds/1",
            JSON,
            r#"{"amount":1,"amount":2}"#,
            "JSON_DUPLICATE_KEY",
        ),
        (
            "POST",
            "/v1/refunds/1",
            JSON,
            r#"{"amount":1,"Amount":2}"#,
            "KEY_LOOK_ALIKE",
        ),
        (
            "POST",
            "/v1/refunds/1",
            JSON,
            r#"{"user_id":1,"userId":2}"#,
            "KEY_LOOK_ALIKE",
        ),
        (
            "POST",
            "/v1/refunds/1",
            JSON,
            r#"{"sum":1,"ſum":2}"#,
            "KEY_LOOK_ALIKE",
        ),
        (
            "PUT",
            "/v1/refunds/1",
            JSON,
            r#"{"amount":1,"force":true}"#,
            "KEY_UNKNOWN",
        ),
        ("PUT", "/v1/refunds/1?force=1", JSON, "{}", "KEY_UNKNOWN"),
        ("POST", "/v1/refunds/1", JSON, "[]", "ARGUMENTS"),
        ("POST", "/v1/refunds/1", JSON, "\"amount\":1}", "ARGUMENTS"),
        ("POST", "/v1/refunds/1", JSON, "\u{feff}{}", "ARGUMENTS"),
        ("POST", "/v1/refunds/1", JSON, "\u{c}{}", "ARGUMENTS"),
        ("POST", "/v1/refunds/1", JSON, "   ", "ARGUMENTS"),
        ("POST", "/v1/refunds/1", JSON, &long, "BODY_TOO_LARGE"),
        (
            "POST",
            "/v1/refunds/1",
            &[
                ("content-type", "application/json"),
                ("content-type", "application/json"),
            ],
            "{}",
            "HEADER_REPEATED",
        ),
    ];
    for (method, target, headers, body, code) in cases {
        let got = read(method, target, headers, body.as_bytes());
        assert_eq!(got, *code, "{method} {target} {headers:?} {body}");
    }
}

/// The body is spliced into the object of arguments; it cannot break out of it.
#[test]
fn no_body_makes_another_object_than_itself() {
    let pieces = [
        "{", "}", ",", "\"a\":1", "\"id\":2", " ", "[", "]", "1", "{}", "\"", "\\",
    ];
    let mut bodies = vec![String::new()];
    for _ in 0..4 {
        let longer = bodies
            .iter()
            .flat_map(|body| pieces.iter().map(move |piece| format!("{body}{piece}")));
        bodies = longer.collect();
        for body in &bodies {
            let alone = callgate_json::Document::parse(body.as_bytes(), &Limits::default());
            let members = alone.ok().and_then(|document| {
                let object = document.root().as_object()?;
                (!object.contains("id")).then(|| object.len())
            });
            for target in ["/v1/refunds/1", "/v1/refunds/bulk"] {
                let read = read("POST", target, JSON, body.as_bytes());
                let is_call = read.starts_with("billing__");
                let whole = match (target, &members) {
                    ("/v1/refunds/1", members) => members.is_some(),
                    (_, Some(_)) => true,
                    (_, None) => is_call && body.contains("\"id\":2"),
                };
                assert_eq!(is_call, whole, "{target} {body} {read}");
            }
        }
    }
}

#[test]
fn templates_are_plain() {
    for (method, path, tool) in [
        ("get", "/a", "t"),
        ("TRACE", "/a", "t"),
        ("GET", "a", "t"),
        ("GET", "/a/", "t"),
        ("GET", "/a//b", "t"),
        ("GET", "/a/{}", "t"),
        ("GET", "/a/{b", "t"),
        ("GET", "/a/x{b}", "t"),
        ("GET", "/a/{b}{c}", "t"),
        ("GET", "/a/{b}/{b}", "t"),
        ("GET", "/a/{b-c}", "t"),
        ("GET", "/a/..", "t"),
        ("GET", "/a?b=c", "t"),
        ("GET", "/a/%41", "t"),
        ("GET", "/a", "t t"),
        ("GET", "/a", ""),
        ("GET", "", "t"),
        ("GET", "/a/*", "t"),
    ] {
        assert!(
            Template::new(method, path, tool).is_none(),
            "{method} {path} {tool}"
        );
    }
    assert!(Template::new("GET", "/", "root").is_some());
}
