//! What the official suite leaves open about formats; the suite itself runs in `tests/suite.rs`.

use super::*;

fn accepts(format: &str, text: &str) -> bool {
    let format = Format::named(format).unwrap();
    format.accepts(text, &mut Budget::new(10_000)).unwrap()
}

#[test]
fn every_name_leads_to_its_format_and_back() {
    for name in Format::names() {
        assert_eq!(Format::named(name).map(Format::name), Some(name));
    }
    assert_eq!(Format::named("iri"), None);
}

#[test]
fn edges_the_standards_decide() {
    for (format, text, expected) in [
        ("date", "1900-02-29", false),
        ("date", "2000-02-29", true),
        ("date", "2024-02-29", true),
        ("time", "00:29:60+00:30", true),
        ("time", "23:59:60Z", true),
        ("time", "23:58:60Z", false),
        ("time", "12:00:00", false),
        ("date-time", "2020-01-01 00:00:00Z", false),
        ("duration", "P1YT", false),
        ("duration", "P", false),
        ("duration", "PT1H2S", false),
        ("duration", "P1W2D", false),
        ("duration", "P4W", true),
        ("email", "\"a b\"@example.org", true),
        ("email", "\"a\"b\"@example.org", false),
        ("email", "a@[IPv6:::1]", true),
        ("email", "a..b@example.org", false),
        ("hostname", "xn--bcher-kva.example", true),
        ("hostname", "xn--0", false),
        ("hostname", "ab--c.example", false),
        ("hostname", "a.", false),
        ("uri", "urn:a:b", true),
        ("uri", "http://[::1]:80/", true),
        ("uri", "http://[::1/", false),
        ("uri", "http://a:b/", false),
        ("uri", "//a", false),
        ("uri-reference", "1:2", false),
        ("uri-reference", "./1:2", true),
        ("uri-reference", "a%2", false),
        ("json-pointer", "/a~2", false),
        ("json-pointer", "/a~", false),
        ("regex", "(?=a)", false),
    ] {
        assert_eq!(accepts(format, text), expected, "{format}: {text}");
    }
}
