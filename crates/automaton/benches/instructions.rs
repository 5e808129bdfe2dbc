//! Work whose instructions are counted: `instructions NAME TIMES` does one case so often. What is named
//! `regex-…` is the same with the `regex` crate.
//!
//! `cargo xtask bench counts` runs this under callgrind. Without a name it prints the names.
#![expect(clippy::expect_used, reason = "a bench ends where its data is wrong")]
#![expect(clippy::print_stdout, reason = "its result")]

use std::hint::black_box;

use callgate_automaton::{Automaton, Builder, Look};

const EMAIL: &str = r"[a-z]+@[a-z]+\.com";
const DROP: &str = r"[Dd][Rr][Oo][Pp][ \t\n]+[Tt][Aa][Bb][Ll][Ee]";

/// Words that a policy may look for.
const WORDS: [&str; 24] = [
    "password",
    "secret",
    "token",
    "credential",
    "private",
    "confidential",
    "salary",
    "invoice",
    "account",
    "routing",
    "passport",
    "license",
    "diagnosis",
    "patient",
    "merger",
    "acquisition",
    "layoff",
    "lawsuit",
    "settlement",
    "bonus",
    "equity",
    "vesting",
    "forecast",
    "earnings",
];

fn email() -> Automaton {
    let mut builder = Builder::new(1_000);
    let letters = |builder: &mut Builder| {
        builder.class(&[('a', 'z')]);
        builder.repeat(1, None, true);
    };
    letters(&mut builder);
    builder.literal('@');
    letters(&mut builder);
    ".com".chars().for_each(|c| builder.literal(c));
    builder.finish().expect("small")
}

fn drop_table() -> Automaton {
    let mut builder = Builder::new(1_000);
    let fold = |builder: &mut Builder, word: &str| {
        for c in word.chars() {
            let upper = c.to_ascii_uppercase();
            builder.class(&[(upper, upper), (c, c)]);
        }
    };
    fold(&mut builder, "drop");
    builder.class(&[('\t', '\n'), (' ', ' ')]);
    builder.repeat(1, None, true);
    fold(&mut builder, "table");
    builder.finish().expect("small")
}

fn words() -> Automaton {
    let mut builder = Builder::new(10_000);
    builder.look(Look::WordBoundary);
    builder.open(true);
    for (place, word) in WORDS.iter().enumerate() {
        if place > 0 {
            builder.alternative();
        }
        word.chars().for_each(|c| builder.literal(c));
    }
    builder.close();
    builder.look(Look::WordBoundary);
    builder.finish().expect("small")
}

fn words_source() -> String {
    format!(r"(?-u:\b)({})(?-u:\b)", WORDS.join("|"))
}

/// 4 KB of prose without a match, and then one.
fn text() -> String {
    let sentence =
        "The customer confirmed that the export works again; nothing else was asked for. ";
    sentence.repeat(51) + "Write to ada@example.com about the DROP \t TABLE and the lawsuit."
}

const CASES: &[&str] = &[
    "short-drop",
    "regex-short-drop",
    "match-email",
    "regex-match-email",
    "match-words",
    "regex-match-words",
    "find-email",
    "regex-find-email",
    "find-words",
    "regex-find-words",
    "compile-email",
    "regex-compile-email",
    "compile-drop",
    "regex-compile-drop",
    "compile-words",
    "regex-compile-words",
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, times] = arguments.as_slice() else {
        println!("{}", CASES.join("\n"));
        return;
    };
    let times: u32 = times.parse().expect("TIMES is a number");
    let text = text();
    let text = black_box(text.as_str());
    let regex = |source: &str| regex::Regex::new(source).expect("a pattern");
    let (ours, theirs) = match name.rsplit('-').next() {
        Some("email") => (email(), regex(EMAIL)),
        Some("drop") => (drop_table(), regex(DROP)),
        _ => (words(), regex(&words_source())),
    };
    let source = words_source();
    let short = black_box("please drop the tables, drop  table too");
    for _ in 0..times {
        match name.as_str() {
            "short-drop" => assert!(ours.is_match_at(short, 0)),
            "regex-short-drop" => assert!(theirs.is_match(short)),
            "match-email" | "match-words" => assert!(ours.is_match_at(text, 0)),
            "regex-match-email" | "regex-match-words" => assert!(theirs.is_match(text)),
            "find-email" | "find-words" => assert!(black_box(ours.find_at(text, 0)).is_some()),
            "regex-find-email" | "regex-find-words" => {
                assert!(black_box(theirs.find(text)).is_some())
            }
            "compile-email" => drop(black_box(email())),
            "compile-drop" => drop(black_box(drop_table())),
            "compile-words" => drop(black_box(words())),
            "regex-compile-email" => drop(black_box(regex(EMAIL))),
            "regex-compile-drop" => drop(black_box(regex(DROP))),
            "regex-compile-words" => drop(black_box(regex(&source))),
            other => println!("there is no case `{other}`"),
        }
    }
}
