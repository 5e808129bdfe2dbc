//! Agreement with the `jsonschema` crate on generated schemas and values.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use callgate_json::Document;
use callgate_schema::{Budget, Formats, Options, Schema};
use common::{Seed, document, value_for};

/// Cases a run has; `CALLGATE_SCHEMA_CASES` asks for more.
const CASES: u64 = 20_000;
/// Values that are judged by each schema.
const VALUES: u64 = 8;

fn cases() -> u64 {
    let asked = std::env::var("CALLGATE_SCHEMA_CASES").ok();
    asked.and_then(|cases| cases.parse().ok()).unwrap_or(CASES)
}

fn read(text: &str) -> Document<'_> {
    Document::parse(text.as_bytes(), &callgate_json::Limits::default()).unwrap()
}

#[test]
fn generated_values_are_judged_alike() {
    let (mut valid, mut total) = (0u64, 0u64);
    for number in 0..cases().div_ceil(VALUES) {
        let mut seed = Seed::new(number);
        let schema = document(&mut seed);
        let theirs = jsonschema::draft202012::options().build(&schema);
        let theirs = theirs.unwrap_or_else(|error| panic!("{schema}: {error}"));
        let text = schema.to_string();
        let ours = Schema::compile(read(&text).root(), &Options::default());
        let ours = ours.unwrap_or_else(|problems| panic!("{schema}: {problems:#?}"));
        for _ in 0..VALUES {
            let value = value_for(&mut seed, &schema, 3);
            let text = value.to_string();
            let document = read(&text);
            let outcome = ours.validate(document.root(), &mut Budget::new(1_000_000));
            let fast = ours.is_valid(document.root(), &mut Budget::new(1_000_000));
            let expected = theirs.is_valid(&value);
            let found = outcome.as_ref().map(|outcome| outcome.valid).ok();
            assert_eq!(
                found,
                Some(expected),
                "seed {number}\n{schema}\n{value}\n{outcome:?}"
            );
            assert_eq!(fast.ok(), found, "seed {number}\n{schema}\n{value}");
            let named = outcome.is_ok_and(|outcome| outcome.valid == outcome.violations.is_empty());
            assert!(named, "seed {number}\n{schema}\n{value}");
            valid += u64::from(expected);
            total += 1;
        }
    }
    // Neither answer is rare, or the cases would say little.
    assert!(
        valid * 4 > total && valid * 4 < total * 3,
        "{valid} of {total} are valid"
    );
}

/// Strings near each format: its own examples, changed in a place or two.
const EXAMPLES: &[(&str, &[&str])] = &[
    (
        "date-time",
        &[
            "2024-02-29T12:30:00Z",
            "1998-12-31T23:59:60Z",
            "1990-01-01T00:00:00.25+01:30",
        ],
    ),
    ("date", &["2024-02-29", "1999-12-31"]),
    ("time", &["23:59:59Z", "08:30:06.283185+00:20"]),
    ("duration", &["P4DT12H30M5S", "P4W", "PT36H", "P1Y2M"]),
    (
        "email",
        &[
            "joe.bloggs@example.com",
            "te~st@example.org",
            "a@[127.0.0.1]",
        ],
    ),
    (
        "hostname",
        &["www.example.com", "a-b.c1", "xn--4gbwdl.xn--wgbh1c"],
    ),
    ("ipv4", &["192.168.0.1", "0.255.10.99"]),
    (
        "ipv6",
        &[
            "::1",
            "12:34:56:78:9a:bc:de:f0",
            "1::d6:192.168.0.1",
            "fe80::a%1",
        ],
    ),
    (
        "uri",
        &[
            "http://foo.bar/?baz=qux#quux",
            "urn:oasis:names",
            "ftp://[::1]:80/a%20b",
        ],
    ),
    (
        "uri-reference",
        &["/abc", "//foo.bar/?q=1", "a:b", "#frag/ment"],
    ),
    ("uuid", &["2eb8aa08-aa98-11ea-b4aa-73b441d16380"]),
    ("json-pointer", &["/foo/bar~0/baz~1/%a", "/foo//0", ""]),
];

/// Bytes that changes are made with.
const BYTES: &[u8] = b"0159azAZTZ:-+./@#%~[]?=\\ \"";

fn changed(seed: &mut Seed, example: &str) -> String {
    let mut bytes = example.as_bytes().to_vec();
    for _ in 0..seed.below(3) {
        let at = seed.below(bytes.len() + 1);
        match seed.below(3) {
            0 if at < bytes.len() => drop(bytes.remove(at)),
            1 if at < bytes.len() => bytes[at] = *seed.pick(BYTES),
            _ => bytes.insert(at, *seed.pick(BYTES)),
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Where the two differ, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    /// Theirs takes `+`, `-`, `.` and `/` for digits of dates and times.
    OddDigits,
    /// Theirs looks decoded host names up in the tables of IDNA; here they only have to decode.
    EncodedHost,
}

fn difference(
    format: &str,
    text: &str,
    ours: bool,
    accepts: &dyn Fn(&str) -> bool,
) -> Option<Difference> {
    match format {
        "date-time" | "date" | "time" if !ours && mended(text, 2, accepts) => {
            Some(Difference::OddDigits)
        }
        "hostname" if ours && text.to_ascii_lowercase().contains("xn--") => {
            Some(Difference::EncodedHost)
        }
        _ => None,
    }
}

/// Whether a text is accepted once `+`, `-`, `.` or `/` in up to `places` places are digits.
fn mended(text: &str, places: u32, accepts: &dyn Fn(&str) -> bool) -> bool {
    let mut odd = text
        .bytes()
        .enumerate()
        .filter(|(_, byte)| b"+-./".contains(byte));
    odd.any(|(at, _)| {
        ["0", "1"].into_iter().any(|digit| {
            let mut text = text.to_owned();
            text.replace_range(at..=at, digit);
            accepts(&text) || (places > 1 && mended(&text, places - 1, accepts))
        })
    })
}

#[test]
fn generated_formats_are_judged_alike() {
    let mut seed = Seed::new(1);
    let mut known = BTreeSet::new();
    for (format, examples) in EXAMPLES {
        let schema = serde_json::json!({ "format": format });
        let theirs = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&schema)
            .unwrap();
        let options = Options {
            formats: Formats::Assert,
            ..Options::default()
        };
        let ours = Schema::compile(read(&schema.to_string()).root(), &options).unwrap();
        let accepts = |text: &str| {
            let text = serde_json::json!(text).to_string();
            ours.is_valid(read(&text).root(), &mut Budget::new(100_000))
                .unwrap()
        };
        for _ in 0..cases() / 10 {
            let example = *seed.pick(examples);
            let text = changed(&mut seed, example);
            let found = accepts(&text);
            let expected = theirs.is_valid(&serde_json::json!(text));
            if found != expected {
                let class = difference(format, &text, found, &accepts);
                assert!(
                    class.is_some(),
                    "{format}: {text:?}: ours {found}, theirs {expected}"
                );
                known.extend(class);
            }
        }
    }
    // A class that no longer occurs would be out of date.
    let all = [Difference::OddDigits, Difference::EncodedHost];
    assert_eq!(known.into_iter().collect::<Vec<_>>(), all);
}
