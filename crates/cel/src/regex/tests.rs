//! RE2's answers, one lesson a line.

use super::compile;
use crate::gas::Gas;

fn matches(pattern: &str, text: &str) -> Result<bool, String> {
    let pattern = compile(pattern, 262_144).map_err(|error| error.to_string())?;
    Ok(pattern.matches(text, &mut Gas::new(1_000_000)).unwrap())
}

#[test]
fn patterns_mean_what_they_mean_in_re2() {
    let cases = [
        (r"(?i)drop\s+table", "DROP \t Table x", true),
        (r"(?i)drop\s+table", "droptable", false),
        (r"^\d+$", "12345", true),
        (r"^\d+$", "١٢٣", false),
        (r"^\w+$", "naïve", false),
        (r"\bcat\b", "a cat.", true),
        (r"\bcat\b", "concat", false),
        (r"a\Bb", "ab", true),
        (r"^.$", "é", true),
        (r"^.$", "\n", false),
        (r"(?s)^.$", "\n", true),
        (r"^[^a]$", "\n", true),
        (r"^[^a]$", "日", true),
        (r"(?m)^b$", "a\nb\nc", true),
        (r"^b$", "a\nb\nc", false),
        (r"[[:alpha:]]+[[:digit:]]", "x1", true),
        (r"[[:^alpha:]]", "x", false),
        (r"[]a]", "]", true),
        (r"[a-]", "-", true),
        (r"[[a]", "[", true),
        (r"[a&&b]", "&", true),
        (r"\Qa.b\E+", "a.bbb", true),
        (r"\Qa.b", "axb", false),
        (r"\x41\x{1F600}\101\0", "A😀A\0", true),
        (r"a{2}", "aa", true),
        (r"a{,2}", "a{,2}", true),
        (r"a{x", "a{x", true),
        (r"(?i)k", "\u{212a}", true),
        (r"(?i)ς", "Σ", true),
        (r"(?i)[^k]", "K", false),
        (r"(?i:a)b", "Ab", true),
        (r"(?i:a)b", "AB", false),
        (r"a(?i)b|c", "C", true),
        (r"(?P<year>\d{4})-(?<month>\d\d)", "2026-11", true),
        (r"a(|b)c", "ac", true),
        (r"", "", true),
        (r"ab?c", "xac", true),
        (r"ab{0}c", "xac", true),
        (r"ab*", "xa", true),
        (r"abc|d", "d", true),
        (r"(abc|d)", "d", true),
        (r"ab{,2}", "ab{,2}", true),
        (r"a(?i)b", "aB", true),
        (r"(?i)task", "TA\u{17f}K", true),
        (r"b\b", "ab b", true),
        (r"\bb", "ab b", true),
        (r"a[?)]b", "a?b", true),
        (r"[?i)]b", "?b", true),
        (r"[)?]b", "?b", true),
        (r"bc", "aébc", true),
        (r"xy\z", "xyxy", true),
    ];
    for (pattern, text, expected) in cases {
        assert_eq!(
            matches(pattern, text),
            Ok(expected),
            "{pattern} on {text:?}"
        );
    }
}

#[test]
fn what_re2_refuses_is_refused() {
    let cases = [
        r"(?=a)",
        r"(?!a)",
        r"(?<=a)b",
        r"(?<!a)b",
        r"(a)\1",
        r"a**",
        r"a+*",
        r"a{2}{3}",
        r"*a",
        r"(*a)",
        r"a|*",
        r"(",
        r")",
        r"[",
        r"[a",
        r"[b-a]",
        r"\",
        r"\y",
        r"\Z",
        r"\C",
        r"(?x)a",
        r"(?P<1>a)",
        r"(?P<a",
        r"[[:nope:]]",
        r"a{1001}",
        r"a{2,1}",
        r"\x{110000}",
        r"\xZZ",
        r"\pL",
    ];
    for pattern in cases {
        assert!(matches(pattern, "").is_err(), "{pattern}");
    }
}

#[test]
fn what_decides_about_size_is_the_same_on_every_host() {
    // Each pattern with a repetition, as often as it fits: the automaton must fit whenever the count does.
    let atoms = [
        "[^a]",
        ".",
        "(?s:.)",
        "a",
        "é",
        "日",
        "(a|b|c|dd)",
        "(?i:k)",
        "(|a)",
        "()",
        "^",
        "\\b",
        "(a?)",
        "(a*)",
        "(a{0,2})",
        "[a-c\u{e0}-\u{ff}]",
        "\\D",
        "(?i:[a-zé-ſ])",
        "[\\x{100}-\\x{10fff}]",
    ];
    let limit = 16_384;
    for atom in atoms {
        let pattern = |times: u32| format!("{atom}{{{times}}}");
        let counted = |times: u32| super::measure(&pattern(times), limit).is_ok();
        let fits = |times: u32| compile(&pattern(times), limit).is_ok();
        let most = (1..=1_000).rev().find(|times| counted(*times)).unwrap();
        for times in [1, most / 2, most] {
            assert!(fits(times), "{atom} {times}");
        }
        assert!(most == 1_000 || !fits(most + 1), "{atom} {most}");
    }
    for nested in [
        "((((a*)*)*)*)*",
        "(((a{0,}){0,}){0,}){0,}",
        "(?:(?:|)*|(?:|)*)*",
        "((a?)?)?",
    ] {
        let bytes = super::measure(nested, limit).unwrap().bytes;
        assert!(
            compile(nested, u32::try_from(bytes).unwrap()).is_ok(),
            "{nested}"
        );
    }
}

#[test]
fn size_is_bounded() {
    for pattern in [r"((a{100}){100}){100}", r"[\x{1}-\x{10FFFF}]{1000}"] {
        assert_eq!(
            matches(pattern, ""),
            Err("the pattern compiles to more than the limit".to_owned())
        );
    }
    assert!(matches(&"(".repeat(5_000), "").is_err());
}

/// Numbers below what is asked, the same on every machine.
fn dice(mut seed: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % below
    }
}

/// A pattern in a group means the same, and no prefix of it is looked for first.
#[test]
fn looking_for_a_prefix_first_changes_no_answer() {
    let pieces = [
        "a", "b", "?", "*", "+", "|", "(", ")", "(?i)", "(?:", "[", "]", "[?)]", "[^a]", "-", "^",
        "$", ".", "{", "}", "{2}", "\\", "\\.", "\\b", "\\Q", "\\E", "i", ":", "K", "é",
    ];
    let texts = [
        "", "a", "b", "ab", "aab", "?b", "a?b", ")b", "k", "K", "é", "a.b", "b{2}", "i)",
    ];
    let mut next = dice(1);
    let mut compared = 0;
    for _ in 0..60_000 {
        let length = 1 + next(6);
        let pattern: String = (0..length).map(|_| pieces[next(pieces.len())]).collect();
        let grouped = format!("(?:{pattern})");
        let (Ok(plain), Ok(grouped)) = (compile(&pattern, 65_536), compile(&grouped, 65_536))
        else {
            continue;
        };
        for text in texts {
            let answer = |p: &super::Pattern| p.matches(text, &mut Gas::new(100_000)).unwrap();
            assert_eq!(answer(&plain), answer(&grouped), "{pattern:?} in {text:?}");
            compared += 1;
        }
    }
    assert!(compared > 100_000, "only {compared} comparisons");
}

/// Where the `regex` crate reads the same syntax, both find the same.
#[test]
fn patterns_mean_what_they_mean_to_the_regex_crate() {
    let pieces = [
        "a",
        "b",
        "c",
        "é",
        "?",
        "*",
        "+",
        "??",
        "*?",
        "+?",
        "{2}",
        "{1,2}",
        "{0}",
        "{1,}?",
        "|",
        "(",
        "(",
        ")",
        ")",
        ")",
        "(?:",
        "(?P<n>",
        "(?m)",
        "(?s:",
        "(?U)",
        "(?-s:",
        "(?m-U:",
        "[ab]",
        "[^a]",
        r"[^\n]",
        "[b-é]",
        "^",
        "$",
        ".",
        r"\.",
        r"\A",
        r"\z",
        r"\n",
        r"\x{e9}",
        r"\x61",
        "[[:alpha:]]",
    ];
    let letters = ['a', 'b', 'c', 'é', '\n', '.', 'a'];
    let mut next = dice(9);
    let mut compared = 0;
    for _ in 0..100_000 {
        let length = 1 + next(9);
        let pattern: String = (0..length).map(|_| pieces[next(pieces.len())]).collect();
        let (Ok(ours), Ok(theirs)) = (compile(&pattern, 65_536), regex::Regex::new(&pattern))
        else {
            continue;
        };
        let length = next(8);
        let text: String = (0..length).map(|_| letters[next(letters.len())]).collect();
        let places = |found: regex::Captures<'_>| -> Vec<_> {
            let groups = found.iter().take(10);
            groups
                .map(|group| group.map(|group| (group.start(), group.end())))
                .collect()
        };
        let expected: Vec<_> = theirs.captures_iter(&text).map(places).collect();
        let found = ours.automaton.captures(&text);
        let found: Vec<Vec<_>> = found
            .map(|found| {
                (0..theirs.captures_len().min(10))
                    .map(|group| found.group(group))
                    .collect()
            })
            .collect();
        assert_eq!(found, expected, "{pattern:?} in {text:?}");
        let matched = ours.matches(&text, &mut Gas::new(100_000)).unwrap();
        assert_eq!(matched, !expected.is_empty(), "{pattern:?} in {text:?}");
        compared += 1;
    }
    assert!(compared > 10_000, "only {compared} comparisons");
}
