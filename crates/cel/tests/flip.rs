//! What would have to come out otherwise for an expression to come out otherwise.

#![expect(clippy::panic, reason = "a test fails by panicking")]

mod dice;

use callgate_cel::{Arena, Environment, Gas, Type, Value, compile_source};
use callgate_model::Limits;
use dice::Dice;

const CASES: usize = 5_000;
const FLAGS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// The conditions to change, each with what it has to be; `None` if nothing helps.
fn flip(source: &str, wanted: bool, values: &[(&str, Value<'_>)]) -> Option<Vec<(String, bool)>> {
    let mut environment = Environment::builder();
    for (name, value) in values {
        let kind = match value {
            Value::Bool(_) => Type::Bool,
            _ => Type::String,
        };
        environment = environment.leaf(name, kind);
    }
    // One that no call has.
    let environment = environment.leaf("absent", Type::String).build();
    let program = compile_source(source, &environment, &Limits::default());
    let program = program.unwrap_or_else(|error| panic!("{source}: {error:?}"));
    let values = values.iter().map(|(_, value)| Some(*value));
    let values: Vec<Option<Value<'_>>> = values.chain([None]).collect();
    let arena = Arena::new(10_000);
    let changes = program.flip(wanted, &values, &arena, &mut Gas::new(100_000))?;
    let text = |from: u32, to: u32| source[from as usize..to as usize].to_owned();
    let changes = changes.into_iter();
    Some(
        changes
            .map(|change| (text(change.span.start, change.span.end), change.truth))
            .collect(),
    )
}

#[test]
fn the_least_that_has_to_change_is_named() {
    let team = [
        ("team", Value::String("eng")),
        ("tool", Value::String("pay")),
    ];
    type Case<'c> = (&'c str, bool, Option<&'c [(&'c str, bool)]>);
    let cases: [Case<'_>; 11] = [
        (
            r#"team == "support" && tool == "pay""#,
            true,
            Some(&[(r#"team == "support""#, true)]),
        ),
        (
            r#"team == "support" && tool != "pay" || team == "ops""#,
            true,
            Some(&[(r#"team == "ops""#, true)]),
        ),
        (
            r#"!(tool == "pay" && team == "eng")"#,
            true,
            Some(&[(r#"tool == "pay""#, false)]),
        ),
        // What fails would have to hold.
        (
            r#"absent == "x" && team == "eng""#,
            true,
            Some(&[(r#"absent == "x""#, true)]),
        ),
        // And one decisive operand is enough beside it.
        (
            r#"absent == "x" && team == "eng""#,
            false,
            Some(&[(r#"absent == "x""#, false)]),
        ),
        (
            r#"team == "eng" ? tool == "x" : true"#,
            true,
            Some(&[(r#"tool == "x""#, true)]),
        ),
        (
            r#"team == "eng" ? false : tool == "pay""#,
            true,
            Some(&[(r#"team == "eng""#, false)]),
        ),
        // Already so.
        (r#"team == "eng""#, true, Some(&[])),
        // Nothing a call says changes it.
        ("1 == 2", true, None),
        (r#"team == "x" && 1 == 2"#, true, None),
        // One condition cannot hold and not hold.
        (r#"team == "x" && !(team == "x")"#, true, None),
    ];
    for (source, wanted, expected) in cases {
        let found = flip(source, wanted, &team);
        let expected = expected.map(|changes| {
            let owned = |(text, truth): &(&str, bool)| ((*text).to_owned(), *truth);
            changes.iter().map(owned).collect::<Vec<_>>()
        });
        assert_eq!(found, expected, "{source} to {wanted}");
    }
}

/// An expression over flags, with the meaning it has for given flags.
enum Formula {
    Flag(usize),
    Not(Box<Formula>),
    And(Box<Formula>, Box<Formula>),
    Or(Box<Formula>, Box<Formula>),
    If(Box<Formula>, Box<Formula>, Box<Formula>),
}

impl Formula {
    /// Of `flags`, each used once.
    fn of(flags: &[usize], dice: &mut Dice) -> Box<Self> {
        Box::new(match flags {
            [flag] => Self::Flag(*flag),
            flags if dice.roll(5) == 0 => Self::Not(Self::of(flags, dice)),
            [first, second, rest @ ..] if !rest.is_empty() && dice.roll(4) == 0 => Self::If(
                Self::of(&[*first], dice),
                Self::of(&[*second], dice),
                Self::of(rest, dice),
            ),
            flags => {
                let parts = flags.len() as u64 - 1;
                let (left, right) = flags.split_at(1 + dice.roll(parts) as usize);
                let (left, right) = (Self::of(left, dice), Self::of(right, dice));
                match dice.roll(2) {
                    0 => Self::And(left, right),
                    _ => Self::Or(left, right),
                }
            }
        })
    }

    fn source(&self) -> String {
        match self {
            Self::Flag(flag) => FLAGS[*flag].to_owned(),
            Self::Not(inner) => format!("!({})", inner.source()),
            Self::And(a, b) => format!("({} && {})", a.source(), b.source()),
            Self::Or(a, b) => format!("({} || {})", a.source(), b.source()),
            Self::If(a, b, c) => format!("({} ? {} : {})", a.source(), b.source(), c.source()),
        }
    }

    fn holds(&self, flags: &[bool; 6]) -> bool {
        match self {
            Self::Flag(flag) => flags[*flag],
            Self::Not(inner) => !inner.holds(flags),
            Self::And(a, b) => a.holds(flags) && b.holds(flags),
            Self::Or(a, b) => a.holds(flags) || b.holds(flags),
            Self::If(a, b, c) => match a.holds(flags) {
                true => b.holds(flags),
                false => c.holds(flags),
            },
        }
    }
}

/// How many flags differ at least where the formula comes out otherwise.
fn least(formula: &Formula, flags: &[bool; 6]) -> u32 {
    let now = formula.holds(flags);
    let masks = (0u32..64).filter(|mask| {
        let mut changed = *flags;
        for (bit, flag) in changed.iter_mut().enumerate() {
            *flag ^= mask >> bit & 1 == 1;
        }
        formula.holds(&changed) != now
    });
    masks.map(u32::count_ones).min().unwrap_or_default()
}

#[test]
fn no_smaller_change_would_do_and_this_one_does() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..CASES {
        let count = 1 + dice.roll(6) as usize;
        let order: Vec<usize> = (0..count).collect();
        let formula = Formula::of(&order, &mut dice);
        let flags = FLAGS.map(|_| dice.pick(&[false, true]));
        let values: Vec<(&str, Value<'_>)> = (FLAGS.into_iter().zip(flags))
            .map(|(name, flag)| (name, Value::Bool(flag)))
            .collect();
        let source = formula.source();
        let wanted = !formula.holds(&flags);
        let changes = flip(&source, wanted, &values).unwrap_or_else(|| panic!("{source}"));
        assert_eq!(changes.len() as u32, least(&formula, &flags), "{source}");
        let mut changed = flags;
        for (name, truth) in changes {
            let place = FLAGS.iter().position(|flag| *flag == name);
            changed[place.unwrap_or_else(|| panic!("{source}: {name} is no flag"))] = truth;
        }
        assert_eq!(formula.holds(&changed), wanted, "{source}");
    }
}
