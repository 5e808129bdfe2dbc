//! Partial evaluation and the index built on it never change what an expression comes to.

mod dice;

use callgate_cel::{
    Arena, Environment, EvalError, Gas, Known, Program, ProgramIndex, Reduced, Type, Value,
    compile_source,
};
use callgate_model::Limits;
use dice::Dice;

/// Cases of a run; `CALLGATE_PARTIAL_CASES` asks for more of them.
const CASES: u32 = 20_000;

const NAMES: [&str; 4] = ["tool", "team", "amount", "flag"];

fn environment() -> Environment {
    Environment::builder()
        .leaf("call.tool", Type::String)
        .leaf("call.team", Type::String)
        .leaf("call.amount", Type::Int)
        .leaf("call.flag", Type::Bool)
        .build()
}

fn condition(dice: &mut Dice, depth: u32) -> String {
    let text = |dice: &mut Dice| dice.pick(&["\"a\"", "\"b\"", "\"ab\""]).to_owned();
    if depth == 0 {
        let attribute = dice.pick(&["call.tool", "call.tool", "call.team"]);
        return match dice.roll(12) {
            0 | 1 => format!("{attribute} == {}", text(dice)),
            2 => format!("{attribute} != {}", text(dice)),
            3 => format!("{} == {attribute}", text(dice)),
            4 => format!("{attribute} in [{}, {}]", text(dice), text(dice)),
            5 => format!("{attribute}.startsWith({})", text(dice)),
            6 => format!(
                "call.amount {} {}",
                dice.pick(&["<", ">=", "=="]),
                dice.roll(3)
            ),
            7 => format!("has(call.{})", dice.pick(&NAMES)),
            8 => "call.flag".to_owned(),
            9 => format!("{attribute}.matches(\"^a\")"),
            10 => format!("10 / call.amount > {}", dice.roll(9)),
            _ => dice
                .pick(&["true", "false", "1 / 0 == 1", "call.tool == call.team"])
                .to_owned(),
        };
    }
    let part = |dice: &mut Dice| condition(dice, depth - 1);
    match dice.roll(7) {
        0 | 1 => format!("({} && {})", part(dice), part(dice)),
        2 | 3 => format!("({} || {})", part(dice), part(dice)),
        4 => format!("!({})", part(dice)),
        5 => format!("({} ? {} : {})", part(dice), part(dice), part(dice)),
        _ => format!(
            "[1, 2].{}(x, x > 1 || {})",
            dice.pick(&["all", "exists"]),
            part(dice)
        ),
    }
}

fn some_value<'a>(dice: &mut Dice, slot: usize) -> Option<Value<'a>> {
    if dice.roll(4) == 0 {
        return None;
    }
    Some(match slot {
        0 | 1 => Value::String(dice.pick(&["a", "b", "ab", "c"])),
        2 => Value::Int(i64::try_from(dice.roll(3)).unwrap_or(0)),
        _ => Value::Bool(dice.roll(2) == 0),
    })
}

/// What an evaluation gives, with no regard to which of several errors it is.
fn result(program: &Program, activation: &[Option<Value<'_>>]) -> Result<bool, ()> {
    let arena = Arena::new(100_000);
    program
        .test(activation, &arena, &mut Gas::new(100_000))
        .map_err(|_: EvalError| ())
}

#[test]
fn a_reduced_expression_gives_what_the_original_gives() {
    let environment = environment();
    let mut dice = Dice(0x5eed_0001);
    let (mut settled, mut residual) = (0, 0);
    let wanted = std::env::var("CALLGATE_PARTIAL_CASES").ok();
    let cases = wanted.map_or(CASES, |wanted| wanted.parse().expect("a number of cases"));
    for _ in 0..cases {
        let source = condition(&mut dice, 3);
        let Ok(program) = compile_source(&source, &environment, &Limits::default()) else {
            panic!("{source}")
        };
        let mut activation: Vec<_> = (0..4).map(|slot| some_value(&mut dice, slot)).collect();
        let unknown: Vec<bool> = (0..4).map(|_| dice.roll(2) == 0).collect();
        let known: Vec<Known<'_>> = activation
            .iter()
            .zip(&unknown)
            .map(|(value, unknown)| match (unknown, value) {
                (true, _) => Known::Unknown,
                (false, None) => Known::Absent,
                (false, Some(value)) => Known::Value(*value),
            })
            .collect();
        let reduced = program.reduce(&known);
        for _ in 0..4 {
            let expected = result(&program, &activation);
            match &reduced {
                Reduced::Always(truth) => assert_eq!(expected, Ok(*truth), "{source}"),
                Reduced::Fails(_) => assert_eq!(expected, Err(()), "{source}"),
                Reduced::Residual(program) => {
                    assert_eq!(expected, result(program, &activation), "{source}");
                }
            }
            match &reduced {
                Reduced::Residual(_) => residual += 1,
                Reduced::Always(_) | Reduced::Fails(_) => settled += 1,
            }
            for (slot, unknown) in unknown.iter().enumerate() {
                if *unknown {
                    activation[slot] = some_value(&mut dice, slot);
                }
            }
        }
    }
    assert!(
        settled > cases && residual > cases,
        "{settled} settled, {residual} residual"
    );
}

#[test]
fn an_index_leaves_out_only_what_cannot_matter() {
    let environment = environment();
    let slot = environment.slot("call.tool").unwrap_or_default();
    let mut dice = Dice(0x5eed_0002);
    let mut left_out = 0;
    for round in 0..500 {
        let neutral = round % 2 == 0;
        let sources: Vec<String> = (0..10)
            .map(|_| match dice.roll(3) {
                0 => condition(&mut dice, 2),
                1 => format!(
                    "call.tool == {} && {}",
                    dice.pick(&["\"a\"", "\"b\""]),
                    condition(&mut dice, 1)
                ),
                _ => format!(
                    "call.tool != {} || {}",
                    dice.pick(&["\"a\"", "\"b\""]),
                    condition(&mut dice, 1)
                ),
            })
            .collect();
        let programs: Vec<Program> = sources
            .iter()
            .filter_map(|source| compile_source(source, &environment, &Limits::default()).ok())
            .collect();
        assert_eq!(programs.len(), 10);
        let index = ProgramIndex::new(programs.iter().map(|program| (program, neutral)), slot);
        for _ in 0..20 {
            let activation: Vec<_> = (0..4).map(|slot| some_value(&mut dice, slot)).collect();
            let relevant: Vec<usize> = index.relevant(activation[0]).collect();
            assert!(relevant.is_sorted_by(|a, b| a < b));
            for (number, program) in programs.iter().enumerate() {
                if !relevant.contains(&number) {
                    left_out += 1;
                    assert_eq!(
                        result(program, &activation),
                        Ok(neutral),
                        "{}",
                        sources[number]
                    );
                }
            }
        }
    }
    assert!(left_out > 10_000, "{left_out}");
}
