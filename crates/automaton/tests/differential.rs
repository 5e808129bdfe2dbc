//! Generated patterns and texts mean here what they mean to the `regex` crate.

#![expect(clippy::unwrap_used, reason = "a test ends where its data is wrong")]

use std::fmt::Write as _;

use callgate_automaton::{Automaton, Builder, Look};

/// Cases when `CALLGATE_CASES` does not say otherwise.
const CASES: u64 = 20_000;

/// The same sequence on every machine (Steele and Vigna, SplitMix).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as usize % bound
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

const LOOKS: &[(Look, &str)] = &[
    (Look::TextStart, "\\A"),
    (Look::TextEnd, "\\z"),
    (Look::LineStart, "(?m:^)"),
    (Look::LineEnd, "(?m:$)"),
    (Look::WordBoundary, "(?-u:\\b)"),
    (Look::NotWordBoundary, "(?-u:\\B)"),
];

const CLASSES: &[&[(char, char)]] = &[
    &[('a', 'b')],
    &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
    &[('\0', '`'), ('b', char::MAX)],
    &[('\0', '\t'), ('\u{b}', char::MAX)],
    &[('\0', char::MAX)],
    &[('é', 'ü'), ('β', 'ω')],
    &[
        ('\u{80}', '\u{fff}'),
        ('\u{d000}', '\u{e100}'),
        ('\u{ffff}', '\u{1f600}'),
    ],
    &[('日', '日'), ('😀', '😀')],
    &[],
];

const BOUNDS: &[(u32, Option<u32>)] = &[
    (0, None),
    (1, None),
    (0, Some(1)),
    (0, Some(0)),
    (2, Some(2)),
    (0, Some(3)),
    (1, Some(3)),
    (2, None),
    (3, Some(7)),
    (1, Some(1)),
];

const LETTERS: &[char] = &[
    'a', 'b', 'c', 'a', 'b', '_', ' ', '\n', 'é', 'ω', '日', '😀', 'K',
];

/// The same pattern for both.
struct Twice {
    ours: Builder,
    theirs: String,
}

fn alternatives(dice: &mut Dice, depth: usize, twice: &mut Twice) {
    for branch in 0..dice.of(&[1, 1, 1, 2, 2, 3]) {
        if branch > 0 {
            twice.ours.alternative();
            twice.theirs.push('|');
        }
        for _ in 0..dice.of(&[0, 1, 1, 2, 2, 3, 4]) {
            item(dice, depth, twice);
        }
    }
}

fn item(dice: &mut Dice, depth: usize, twice: &mut Twice) {
    match dice.below(if depth == 0 { 6 } else { 9 }) {
        0..=2 => {
            let c = dice.of(LETTERS);
            twice.ours.literal(c);
            write!(twice.theirs, "\\x{{{:x}}}", u32::from(c)).unwrap();
        }
        3 | 4 => class(dice.of(CLASSES), twice),
        5 => {
            let (look, written) = dice.of(LOOKS);
            twice.ours.look(look);
            write!(twice.theirs, "(?:{written})").unwrap();
        }
        kind => {
            twice.ours.open(kind > 6);
            twice.theirs.push_str(if kind > 6 { "(" } else { "(?:" });
            alternatives(dice, depth - 1, twice);
            twice.ours.close();
            twice.theirs.push(')');
        }
    }
    if dice.below(3) == 0 {
        let (min, max) = dice.of(BOUNDS);
        let greedy = dice.below(3) > 0;
        twice.ours.repeat(min, max, greedy);
        let max = max.map_or(String::new(), |max| max.to_string());
        let lazy = if greedy { "" } else { "?" };
        write!(twice.theirs, "{{{min},{max}}}{lazy}").unwrap();
    }
}

fn class(ranges: &[(char, char)], twice: &mut Twice) {
    twice.ours.class(ranges);
    if ranges.is_empty() {
        return twice.theirs.push_str("[^\\x{0}-\\x{10FFFF}]");
    }
    twice.theirs.push('[');
    for (from, to) in ranges {
        let (from, to) = (u32::from(*from), u32::from(*to));
        write!(twice.theirs, "\\x{{{from:x}}}-\\x{{{to:x}}}").unwrap();
    }
    twice.theirs.push(']');
}

fn text(dice: &mut Dice) -> String {
    let length = dice.of(&[0, 1, 2, 3, 5, 8, 13, 20, 40]);
    (0..length).map(|_| dice.of(LETTERS)).collect()
}

/// Places of groups, each match after the other.
type Found = Vec<Vec<Option<(usize, usize)>>>;

fn ours(automaton: &Automaton, text: &str) -> Found {
    let groups = automaton.groups().min(10);
    let all = automaton.captures(text);
    all.map(|found| (0..groups).map(|group| found.group(group)).collect())
        .collect()
}

fn theirs(regex: &regex::Regex, text: &str) -> Found {
    let all = regex.captures_iter(text);
    all.map(|found| {
        let groups = found.iter().take(10);
        groups
            .map(|group| group.map(|group| (group.start(), group.end())))
            .collect()
    })
    .collect()
}

#[test]
fn generated_patterns_match_as_in_the_regex_crate() {
    let cases = std::env::var("CALLGATE_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    let (mut compared, mut matched) = (0u64, 0u64);
    let mut dice = Dice(7);
    while compared < cases.unwrap_or(CASES) {
        let mut twice = Twice {
            ours: Builder::new(100_000),
            theirs: String::new(),
        };
        let depth = dice.of(&[0, 1, 2, 3]);
        alternatives(&mut dice, depth, &mut twice);
        let pattern = twice.theirs;
        let automaton = twice.ours.finish().unwrap();
        let regex = regex::RegexBuilder::new(&pattern)
            .size_limit(1 << 26)
            .build()
            .unwrap();
        assert_eq!(automaton.groups(), regex.captures_len(), "{pattern}");
        for _ in 0..4 {
            let text = text(&mut dice);
            let found = theirs(&regex, &text);
            assert_eq!(ours(&automaton, &text), found, "{pattern:?} in {text:?}");
            let starts: Vec<usize> = text
                .char_indices()
                .map(|(at, _)| at)
                .chain([text.len()])
                .collect();
            for start in [0, dice.of(&starts)] {
                let expected = regex
                    .find_at(&text, start)
                    .map(|found| (found.start(), found.end()));
                let message = format!("{pattern:?} in {text:?} from {start}");
                assert_eq!(
                    automaton.is_match_at(&text, start),
                    expected.is_some(),
                    "{message}"
                );
                assert_eq!(automaton.find_at(&text, start), expected, "{message}");
            }
            matched += u64::from(!found.is_empty());
            compared += 1;
        }
    }
    let unmatched = compared - matched;
    assert!(
        matched > compared / 5 && unmatched > compared / 5,
        "{matched} of {compared}"
    );
}
