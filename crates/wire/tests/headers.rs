//! Headers as policies see them.
use callgate_wire::Headers;

#[test]
fn no_header_that_is_there_is_missing_from_what_is_judged() {
    let lines: &[(&[u8], &[u8])] = &[
        (b":path", b"/mcp"),
        (b"x-b", b"2"),
        (b"x-a", b"1"),
        (b"X-B", b"3"),
        (b"x-b", b"2"),
        (b"x-raw", b"a\xffb"),
        (b"x-hidden", b"1"),
    ];
    let judged = Headers::new(lines).judged(|name| name == b"x-hidden");
    let judged: Vec<_> = judged
        .iter()
        .map(|(n, v)| (n.as_ref(), v.as_ref()))
        .collect();
    let expected = [("x-a", "1"), ("x-b", "2, 3, 2"), ("x-raw", "a\u{fffd}b")];
    assert_eq!(judged, expected);
}
