//! The formatter: what it writes, and that it changes neither meaning nor comments, nor its own output.

#![expect(clippy::expect_used, reason = "a test ends where its data is missing")]

use callgate_cel::parse;
use callgate_cel::syntax::lex;
use callgate_cel::tooling::{WIDTH, format, format_to};
use callgate_model::Limits;

#[path = "check_suites/cases.rs"]
mod cases;
#[path = "check_suites/debug.rs"]
mod debug;

use cases::{Cases, text};

/// A source after `> `, with `\n` for new lines, and its canonical form.
const CASES: &str = include_str!("data/format.txt");

#[test]
fn sources_take_their_canonical_form() {
    let sources = CASES.lines().filter_map(|line| line.strip_prefix("> "));
    let found: Vec<String> = sources
        .map(|source| {
            let written = format(&source.replace("\\n", "\n"), &limits()).expect("it can be read");
            format!("> {source}\n{written}\n")
        })
        .collect();
    assert_eq!(found.join("\n"), CASES);
}

#[test]
fn lines_end_at_the_width_where_they_can() {
    for line in CASES.lines().filter(|line| !line.starts_with("> ")) {
        assert!(line.chars().count() <= WIDTH, "{line}");
    }
}

#[test]
fn the_suites_keep_their_meaning() {
    let mut formatted = 0;
    for script in ["cel-spec-to-json.mjs", "cel-go-suites-to-json.mjs"] {
        for case in Cases::of(script).iter() {
            for (number, width) in [WIDTH, 40, 10].into_iter().enumerate() {
                for source in [
                    text(case, "expr").to_owned(),
                    commented(text(case, "expr"), number),
                ] {
                    formatted += usize::from(keeps_its_meaning(&source, width));
                }
            }
        }
    }
    assert!(formatted > 10_000, "{formatted} sources");
}

/// Whether the source could be read; if so, all that a formatter promises is asserted.
fn keeps_its_meaning(source: &str, width: usize) -> bool {
    let Ok(before) = parse(source, &limits()) else {
        return false;
    };
    let once = format_to(source, width, &limits()).expect("it was read before");
    let after = parse(&once, &limits()).expect("what is written can be read");
    assert_eq!(
        debug::shown(&before),
        debug::shown(&after),
        "{source}\n---\n{once}"
    );
    assert_eq!(comments(source), comments(&once), "{source}\n---\n{once}");
    let twice = format_to(&once, width, &limits()).expect("what is written can be read");
    assert_eq!(once, twice, "{source}");
    let blank_ends = once.lines().any(|line| line.ends_with(' ')) && !once.contains(['"', '\'']);
    assert!(!blank_ends, "{once}");
    true
}

fn comments(source: &str) -> Vec<String> {
    let found = lex(source, &mut Vec::new()).comments;
    let text = |span: callgate_model::Span| &source[span.start as usize..span.end as usize];
    found
        .into_iter()
        .map(|span| text(span).trim_end().to_owned())
        .collect()
}

/// The source with comments between some of its tokens, on their own lines and behind others.
fn commented(source: &str, seed: usize) -> String {
    let mut out = String::new();
    let mut at = 0;
    for (place, token) in lex(source, &mut Vec::new()).tokens.iter().enumerate() {
        let (start, end) = (token.span.start as usize, token.span.end as usize);
        match (place * 7 + seed * 3) % 11 {
            0 => out += " // behind\n",
            1 => out += "\n  // alone  \n",
            2 => out += "\n// one\n\n// two\n",
            _ => out += &source[at..start],
        }
        out += &source[start..end];
        at = end;
    }
    out
}

fn limits() -> Limits {
    Limits {
        expression_bytes: 100_000,
        ..Limits::default()
    }
}
