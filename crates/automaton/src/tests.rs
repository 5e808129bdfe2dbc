//! Generated patterns and texts mean here what they mean to the `regex` crate.

use std::fmt::Write as _;

use crate::determine::{self, Room};
use crate::search::Search;
use crate::{Automaton, Builder, Look};

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
            // Where all alternatives begin alike, the crate takes that out of them, and `x+a|x+b` then prefers
            // `b` after more of `x` to `a` after less. Perl and RE2 do not, so they never begin alike here.
            twice
                .theirs
                .push_str(["(?-u:\\b|\\B)", "(?-u:\\B|\\b)"][branch % 2]);
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
        // The same with hardly any room for its table.
        let partial = Automaton {
            table: determine::table(
                &automaton.code,
                Room {
                    bytes: dice.below(300),
                    work: dice.below(600),
                },
            ),
            code: automaton.code.clone(),
            groups: automaton.groups,
        };
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
                assert_eq!(
                    partial.is_match_at(&text, start),
                    expected.is_some(),
                    "partly {message}"
                );
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

/// The first alternative is preferred, however both begin.
#[test]
fn alternatives_that_begin_alike_keep_their_order() {
    let automaton = build(|builder| {
        for (place, end) in ['k', 'l'].into_iter().enumerate() {
            if place > 0 {
                builder.alternative();
            }
            builder.class(&[('a', 'z')]);
            builder.repeat(1, None, true);
            builder.literal(end);
        }
    });
    assert_eq!(automaton.find_at("akbl", 0), Some((0, 2)));
    assert_eq!(automaton.find_at("akbl", 1), Some((1, 4)));
}

/// A pattern of a few pieces: classes by their ranges, and what is done with them.
fn build(pieces: impl FnOnce(&mut Builder)) -> Automaton {
    let mut builder = Builder::new(1_000_000);
    pieces(&mut builder);
    builder.finish().unwrap()
}

/// A pattern's name, its automaton, and a text of about some length.
type Hostile = (&'static str, Automaton, fn(usize) -> String);

/// Patterns on which backtracking takes exponential or quadratic time, with texts that bring it about.
fn hostile() -> Vec<Hostile> {
    let a = |length: usize| "a".repeat(length);
    vec![
        (
            "(a*)*b",
            build(|builder| {
                builder.open(true);
                builder.literal('a');
                builder.repeat(0, None, true);
                builder.close();
                builder.repeat(0, None, true);
                builder.literal('b');
            }),
            a,
        ),
        (
            "(a|a)*c",
            build(|builder| {
                builder.open(true);
                builder.literal('a');
                builder.alternative();
                builder.literal('a');
                builder.close();
                builder.repeat(0, None, true);
                builder.literal('c');
            }),
            a,
        ),
        (
            "a{0,500}a{500}",
            build(|builder| {
                builder.literal('a');
                builder.repeat(0, Some(500), true);
                builder.literal('a');
                builder.repeat(500, Some(500), true);
            }),
            |length| "a".repeat(499).repeat(length / 500) + "b",
        ),
        (
            "(x+x+)+y",
            build(|builder| {
                builder.open(true);
                builder.literal('x');
                builder.repeat(1, None, true);
                builder.literal('x');
                builder.repeat(1, None, true);
                builder.close();
                builder.repeat(1, None, true);
                builder.literal('y');
            }),
            |length| "x".repeat(length),
        ),
        (
            "[^x]{1000}",
            build(|builder| {
                builder.class(&[('\0', 'w'), ('y', char::MAX)]);
                builder.repeat(1_000, Some(1_000), true);
            }),
            |length| ("é".repeat(900) + "x").repeat(length / 1_801),
        ),
        (
            "[ab]*a[ab]{12}c",
            build(|builder| {
                builder.class(&[('a', 'b')]);
                builder.repeat(0, None, true);
                builder.literal('a');
                builder.class(&[('a', 'b')]);
                builder.repeat(12, Some(12), true);
                builder.literal('c');
            }),
            |length| "abbabaab".repeat(length / 8),
        ),
    ]
}

#[test]
fn no_text_takes_more_than_its_length_times_the_size_of_the_pattern() {
    for (name, automaton, text) in hostile() {
        let size = automaton.code.steps.len();
        for length in [2_000, 8_000] {
            let text = text(length);
            let mut search = Search::new(&automaton.code, 2);
            search.first(text.as_bytes(), 0);
            let most = (text.len() + 2) * size;
            assert!(search.taken <= most, "{name}: {} of {most}", search.taken);
        }
    }
}

#[test]
fn a_table_takes_no_more_room_than_its_instructions_give() {
    for (name, automaton, _) in hostile() {
        let Room { bytes, .. } = Room::of(&automaton.code);
        let table = &automaton.table;
        let taken = table.next.len() * size_of::<u16>() + table.sets.len() * size_of::<u64>();
        // Three rows stand for no set and are always there.
        let least = 3 * (table.stride * size_of::<u16>() + table.words * size_of::<u64>());
        assert!(taken <= bytes.max(least), "{name}: {taken} of {bytes}");
    }
}

#[test]
fn what_is_larger_than_its_bound_is_refused_without_being_built() {
    let mut builder = Builder::new(10_000);
    builder.literal('a');
    for _ in 0..20 {
        builder.open(true);
        builder.literal('b');
        builder.close();
        builder.repeat(1_000, None, true);
        builder.open(false);
        builder.literal('c');
        builder.close();
        builder.repeat(0, Some(1_000), false);
    }
    assert_eq!(builder.finish().err(), Some(crate::BuildError::TooLarge));
    let unbalanced: [fn(&mut Builder); 3] = [
        |builder| builder.open(true),
        Builder::close,
        |builder| {
            builder.close();
            builder.open(false);
        },
    ];
    for pieces in unbalanced {
        let mut builder = Builder::new(100);
        pieces(&mut builder);
        assert_eq!(builder.finish().err(), Some(crate::BuildError::Unbalanced));
    }
}

#[test]
fn characters_are_split_into_bytes_as_in_regex_syntax() {
    let mut dice = Dice(3);
    let edges = [
        0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x1_0000, 0x10_ffff,
    ];
    for _ in 0..20_000 {
        let mut end = || {
            let near = (dice.of(&edges) + dice.below(5)).saturating_sub(2);
            let value = [near, dice.below(0x11_0000), dice.below(0x1_0000)][dice.below(3)];
            char::from_u32(value as u32).unwrap_or('\0')
        };
        let (one, other) = (end(), end());
        let (from, to) = (one.min(other), one.max(other));
        let theirs = regex_syntax::utf8::Utf8Sequences::new(from, to).map(|sequence| {
            let ranges = sequence.as_slice().iter();
            ranges
                .map(|range| (range.start, range.end))
                .collect::<Vec<_>>()
        });
        let ours = crate::sequences(from, to).map(|sequence| sequence.ranges().to_vec());
        assert!(ours.eq(theirs), "{from:?} to {to:?}");
    }
}
