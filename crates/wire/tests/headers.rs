//! Headers as policies see them.
use callgate_wire::http::LISTS;
use callgate_wire::{Head, Headers, WireError};

type Lines<'a> = &'a [(&'a [u8], &'a [u8])];

fn judged(lines: Lines<'_>) -> Vec<(String, String)> {
    let judged = Headers::new(lines).judged(|name| name == b"x-hidden");
    judged
        .into_iter()
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn no_header_that_is_there_is_missing_from_what_is_judged() {
    let lines: Lines<'_> = &[
        (b":path", b"/mcp"),
        (b"via", b"2"),
        (b"x-a", b"1"),
        (b"Via", b"3"),
        (b"via", b"2"),
        (b"x-raw", b"a\xffb"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"x-hidden", b"1"),
    ];
    let expected = [
        pair("cookie", "a=1; b=2"),
        pair("via", "2, 3, 2"),
        pair("x-a", "1"),
        pair("x-raw", "a\u{fffd}b"),
    ];
    assert_eq!(judged(lines), expected);
}

#[test]
fn names_stand_in_the_order_that_maps_are_searched_in() {
    let lines: Lines<'_> = &[(b"x-\xff", b"1"), ("x-\u{1f512}".as_bytes(), b"2")];
    let expected = [pair("x-\u{1f512}", "2"), pair("x-\u{fffd}", "1")];
    assert_eq!(judged(lines), expected);
}

/// What a request that may pass otherwise becomes with two more headers.
fn with(first: (&str, &str), second: (&str, &str)) -> Result<(), WireError> {
    let lines: Lines<'_> = &[
        (b"content-type", b"application/json"),
        (first.0.as_bytes(), first.1.as_bytes()),
        (second.0.as_bytes(), second.1.as_bytes()),
    ];
    Head::read(b"POST", Headers::new(lines)).map(drop)
}

#[test]
fn a_header_that_is_no_list_has_one_line() {
    for (first, second) in [
        ("x-env", "x-env"),
        ("x-env", "X-Env"),
        ("user-agent", "user-agent"),
        ("authorization", "authorization"),
        ("x-forwarded-host", "x-forwarded-host"),
    ] {
        for values in [("prod", "prod"), ("prod", "dev"), ("", "prod")] {
            let got = with((first, values.0), (second, values.1));
            assert_eq!(got.map_err(WireError::code), Err("HEADER_REPEATED"));
        }
    }
    assert_eq!(with(("x-env", "prod"), ("x-envy", "prod")), Ok(()));
}

#[test]
fn no_name_is_spelt_with_an_underscore() {
    for (name, code) in [
        ("x_env", "HEADER_NAME"),
        ("x.env", "HEADER_NAME"),
        ("x-\u{e9}", "HEADER_NAME"),
        ("_", "HEADER_NAME"),
        ("", "HEADER_NAME"),
        ("Content_Type", "HEADER_LOOK_ALIKE"),
        ("mcp_session_id", "HEADER_LOOK_ALIKE"),
    ] {
        let got = with((name, "a"), ("x-other", "b"));
        assert_eq!(got.map_err(WireError::code), Err(code), "{name:?}");
    }
    assert_eq!(with((":authority", "a"), ("X-2", "b")), Ok(()));
}

#[test]
fn no_value_has_white_space_around_it() {
    for value in [" a", "a ", "\ta", "a\t", " ", "\t"] {
        let got = with(("x-env", value), ("x-other", "b"));
        assert_eq!(
            got.map_err(WireError::code),
            Err("HEADER_PADDED"),
            "{value:?}"
        );
    }
    assert_eq!(with(("x-env", ""), ("x-other", "a b\tc")), Ok(()));
}

#[test]
fn there_are_only_so_many_lines() {
    let names: Vec<String> = (0..300).map(|number| format!("x-{number}")).collect();
    let more = names.iter().map(|name| (name.as_bytes(), &b"1"[..]));
    let first = [(&b"content-type"[..], &b"application/json"[..])];
    let lines: Vec<_> = first.into_iter().chain(more).collect();
    let read = |count: usize| Head::read(b"POST", Headers::new(&lines[..count])).map(drop);
    assert_eq!(read(256), Ok(()));
    let refused = read(257).expect_err("one more than anybody sends");
    assert_eq!(
        (refused.code(), refused.status()),
        ("TOO_MANY_HEADERS", 431)
    );
}

#[test]
fn a_list_may_have_several_lines() {
    for name in LISTS {
        assert_eq!(with((name, "a"), (&name.to_ascii_uppercase(), "b")), Ok(()));
    }
}
