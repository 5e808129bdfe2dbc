//! What views show: look-ups, numbers, pointers, canonical form.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use callgate_json::{Document, Limits, NumberClass, canonical};

fn parse(text: &str) -> Document<'_> {
    Document::parse(text.as_bytes(), &Limits::default()).unwrap()
}

#[test]
fn numbers_are_classed_by_their_literal() {
    use NumberClass::*;
    let cases = [
        ("0", Int(0)),
        ("-0", Int(0)),
        ("9223372036854775807", Int(i64::MAX)),
        ("-9223372036854775808", Int(i64::MIN)),
        ("9223372036854775808", Uint(9_223_372_036_854_775_808)),
        ("18446744073709551615", Uint(u64::MAX)),
        ("18446744073709551616", Unrepresentable),
        ("-9223372036854775809", Unrepresentable),
        ("1.0", Double(1.0)),
        ("1e2", Double(100.0)),
        ("-0.0", Double(-0.0)),
        ("1e400", Unrepresentable),
        ("1e-400", Double(0.0)),
    ];
    for (text, class) in cases {
        assert_eq!(
            parse(text).root().as_number().unwrap().class(),
            class,
            "{text}"
        );
    }
}

#[test]
fn pointers_follow_rfc_6901() {
    let document = parse(
        r#"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#,
    );
    let cases = [
        ("/foo/0", Some("\"bar\"")),
        ("/", Some("0")),
        ("/a~1b", Some("1")),
        ("/c%d", Some("2")),
        ("/e^f", Some("3")),
        ("/g|h", Some("4")),
        ("/i\\j", Some("5")),
        ("/k\"l", Some("6")),
        ("/ ", Some("7")),
        ("/m~0n", Some("8")),
        ("/foo/00", None),
        ("/foo/-", None),
        ("/foo/2", None),
        ("/m~n", None),
        ("/m~", None),
        ("foo", None),
        ("/foo/0/x", None),
    ];
    for (pointer, expected) in cases {
        let found = document.root().pointer(pointer).map(|value| value.raw());
        assert_eq!(found, expected, "{pointer}");
    }
    assert_eq!(
        document.root().pointer("").unwrap().raw(),
        document.source()
    );
}

#[test]
fn canonical_form_is_that_of_rfc_8785() {
    let cases = [
        // Section 3.2.2, and the number samples of its appendix B.
        (
            r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#,
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}",
        ),
        (
            "[5e-324,1.7976931348623157e308,9007199254740992.0,295147905179352825856.0]",
            "[5e-324,1.7976931348623157e+308,9007199254740992,295147905179352830000]",
        ),
        (
            "[9.999999999999997e22,1e23,1.0000000000000001e23]",
            "[9.999999999999997e+22,1e+23,1.0000000000000001e+23]",
        ),
        (
            "[999999999999999700000.0,999999999999999900000.0,1e21]",
            "[999999999999999700000,999999999999999900000,1e+21]",
        ),
        (
            "[9.999999999999997e-7,0.000001,-0.0,-1.5]",
            "[9.999999999999997e-7,0.000001,0,-1.5]",
        ),
        // Integers keep their digits.
        (
            "[9007199254740993,18446744073709551615,-0]",
            "[9007199254740993,18446744073709551615,0]",
        ),
        (
            "{\"b\":1,\"a\":{\"d\":2,\"c\":[]},\"\":{}}",
            "{\"\":{},\"a\":{\"c\":[],\"d\":2},\"b\":1}",
        ),
        ("\"\\u007f\\u2028\"", "\"\u{7f}\u{2028}\""),
    ];
    for (text, expected) in cases {
        assert_eq!(canonical::to_string(parse(text).root()), expected, "{text}");
    }
}

#[test]
fn large_objects_are_found_and_sorted() {
    let text: String = (0..500)
        .map(|n| format!(",\"k{}\":{n}", (n * 7919) % 500))
        .collect();
    let text = format!("{{{}}}", &text[1..]);
    let document = parse(&text);
    let object = document.root().as_object().unwrap();
    for number in 0..500_i64 {
        let key = format!("k{}", (number * 7919) % 500);
        let class = object.get(&key).unwrap().as_number().unwrap().class();
        assert_eq!(class, NumberClass::Int(number));
    }
    assert!(object.get("k500").is_none());
    let keys: Vec<&str> = object.sorted().map(|(key, _)| key).collect();
    assert_eq!(keys.len(), 500);
    assert!(keys.is_sorted());
}

#[test]
fn buffers_are_reused_without_remembering() {
    let first = parse(r#"{"a":"\n","b":[1,2,3]}"#);
    let buffers = first.into_buffers();
    let second = Document::parse_in(b"[\"\\t\"]", &Limits::default(), buffers).unwrap();
    assert_eq!(second.root().pointer("/0").unwrap().as_str(), Some("\t"));
    assert_eq!(second.root().as_array().unwrap().len(), 1);
}
