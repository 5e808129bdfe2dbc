//! What is rejected, with which code, and where.

use callgate_json::{Document, ErrorCode, Limits};

fn check(bytes: &[u8], limits: &Limits, code: ErrorCode, offset: u32) {
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
    let error = Document::parse(bytes, limits).err();
    let found = error.map(|error| (error.code, error.offset));
    assert_eq!(found, Some((code, offset)), "{shown}");
}

#[test]
fn each_fault_has_its_code_and_offset() {
    use ErrorCode::*;
    let cases: &[(&[u8], ErrorCode, u32)] = &[
        (b"", UnexpectedEnd, 0),
        (b"  ", UnexpectedEnd, 2),
        (b"\xEF\xBB\xBF{}", Bom, 0),
        (b"{\"a\":\"\xFF\"}", InvalidUtf8, 6),
        (b"[\"\xED\xA0\x80\"]", InvalidUtf8, 2),
        (b"{} {}", TrailingData, 3),
        (b"1 x", TrailingData, 2),
        (b"{\"a\":1,\"a\":2}", DuplicateKey, 7),
        (b"{\"a\":1,\"\\u0061\":2}", DuplicateKey, 7),
        (b"{\"x\":{\"a\":1,\"b\":2,\"a\":3}}", DuplicateKey, 18),
        (b"{\"\":1,\"\":2}", DuplicateKey, 6),
        (b"[\"\\ud800\"]", LoneSurrogate, 2),
        (b"[\"\\udc00\"]", LoneSurrogate, 2),
        (b"[\"\\ud800\\u0041\"]", LoneSurrogate, 2),
        (b"[\"\\x41\"]", InvalidEscape, 2),
        (b"[\"\\u00g0\"]", InvalidEscape, 2),
        (b"[\"a\nb\"]", ControlCharacter, 3),
        (b"[\"1234567890\x001\"]", ControlCharacter, 12),
        (b"[01]", InvalidNumber, 2),
        (b"[1.]", InvalidNumber, 3),
        (b"[-]", InvalidNumber, 2),
        (b"[1e]", InvalidNumber, 3),
        (b"[+1]", UnexpectedByte, 1),
        (b"[1,]", UnexpectedByte, 3),
        (b"{\"a\"}", UnexpectedByte, 4),
        (b"{a:1}", UnexpectedByte, 1),
        (b"[tru]", UnexpectedByte, 4),
        (b"[nul", UnexpectedEnd, 4),
        (b"{\"a\":1]", UnexpectedByte, 6),
        (b"[\"abc", UnexpectedEnd, 5),
        (b"[/**/1]", UnexpectedByte, 1),
        (b"['a']", UnexpectedByte, 1),
        (b"\x0c[]", UnexpectedByte, 0),
    ];
    for (bytes, code, offset) in cases {
        check(bytes, &Limits::default(), *code, *offset);
    }
}

#[test]
fn every_limit_is_hit_at_its_first_excess() {
    let limits = Limits {
        bytes: 100,
        depth: 3,
        keys: 2,
        nodes: 5,
        number_bytes: 4,
    };
    let accepted: &[&[u8]] = &[
        b"[[[]]]",
        b"{\"a\":1,\"b\":2}",
        b"[1,2,3,4]",
        b"[1234]",
        b"[-1.5]",
    ];
    for bytes in accepted {
        Document::parse(bytes, &limits).unwrap();
    }
    check(b"[[[[]]]]", &limits, ErrorCode::TooDeep, 3);
    check(
        b"{\"a\":1,\"b\":2,\"c\":3}",
        &limits,
        ErrorCode::TooManyKeys,
        13,
    );
    check(b"[1,2,3,4,5]", &limits, ErrorCode::TooManyNodes, 9);
    check(b"[12345]", &limits, ErrorCode::NumberTooLong, 1);
    check(&[b' '; 101], &limits, ErrorCode::TooLarge, 100);
}

#[test]
fn duplicates_are_found_in_objects_of_any_size() {
    for size in [2, 7, 8, 9, 10, 100, 1_023] {
        for twin in [0, size / 2, size - 1] {
            let mut text = String::from("{");
            for number in 0..size {
                text.push_str(&format!("\"key{number}\":{number},"));
            }
            let offset = text.len();
            text.push_str(&format!("\"k\\u0065y{twin}\":0}}"));
            check(
                text.as_bytes(),
                &Limits::default(),
                ErrorCode::DuplicateKey,
                offset as u32,
            );
        }
    }
}

/// Keys are told apart by hashes of their words first: none of these may hide a key that comes twice.
#[test]
fn duplicates_are_found_whatever_their_length_and_place() {
    for length in 0..100 {
        let key = "k".repeat(length);
        let escaped = format!("\\u{:04x}", u32::from('k')) + key.get(1..).unwrap_or_default();
        for space in ["", " ", "         "] {
            let head = format!("{{\"{key}\":0,\"x\":[{{}}],");
            let tail = format!("\":1{space}}}");
            let offset = u32::try_from(head.len()).unwrap();
            let text = format!("{head}\"{key}{tail}");
            check(
                text.as_bytes(),
                &Limits::default(),
                ErrorCode::DuplicateKey,
                offset,
            );
            let other = format!("{head}\"{key}!{tail}");
            assert!(
                Document::parse(other.as_bytes(), &Limits::default()).is_ok(),
                "{other}"
            );
            if length > 0 {
                let text = format!("{head}\"{escaped}{tail}");
                check(
                    text.as_bytes(),
                    &Limits::default(),
                    ErrorCode::DuplicateKey,
                    offset,
                );
            }
        }
    }
}

#[test]
fn hostile_depth_costs_no_stack() {
    let deep = vec![b'['; 1_000_000];
    check(&deep, &Limits::default(), ErrorCode::TooDeep, 64);
    let limits = Limits {
        depth: u32::MAX,
        nodes: u32::MAX,
        ..Limits::default()
    };
    check(&deep, &limits, ErrorCode::UnexpectedEnd, 1_000_000);
}
