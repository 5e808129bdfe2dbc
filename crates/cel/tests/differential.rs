//! This engine and the crates `cel` and `cel-interpreter`: generated expressions agree, and where
//! known ones do not, a table says what decides it.

#![expect(clippy::panic, reason = "a test fails by panicking")]

mod dice;

use callgate_cel::{Arena, Environment, Gas, Kind, Type, Undeclared, Value, compile_source};
use callgate_model::Limits;
use dice::Dice;

const CASES: u32 = 2_000;

/// Where the engines differ: expression, ours, `cel` 0.15, `cel-interpreter` 0.10, what decides it.
const DISAGREEMENTS: &str = include_str!("data/disagreements.txt");

/// A value as text, or that there is none.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    Value(String),
    Error,
}

fn int(dice: &mut Dice, depth: u32) -> String {
    if depth == 0 {
        return dice
            .pick(&[
                "0",
                "1",
                "-1",
                "2",
                "7",
                "9223372036854775807",
                "-9223372036854775808",
            ])
            .to_owned();
    }
    let d = depth - 1;
    match dice.roll(8) {
        0..=3 => {
            let operator = dice.pick(&["+", "-", "*", "/", "%"]);
            format!("({} {operator} {})", int(dice, d), int(dice, d))
        }
        4 => format!("size({})", text(dice, d)),
        5 => format!("size({})", list(dice, d)),
        6 => format!("({} ? {} : {})", truth(dice, d), int(dice, d), int(dice, d)),
        _ => format!("-({})", int(dice, d)),
    }
}

fn text(dice: &mut Dice, depth: u32) -> String {
    if depth == 0 {
        return dice
            .pick(&["\"\"", "\"a\"", "'é'", "\"abc\"", "r\"\\d\"", "\"😀b\""])
            .to_owned();
    }
    let d = depth - 1;
    match dice.roll(4) {
        0 | 1 => format!("({} + {})", text(dice, d), text(dice, d)),
        2 => format!("string({})", int(dice, d)),
        _ => format!(
            "({} ? {} : {})",
            truth(dice, d),
            text(dice, d),
            text(dice, d)
        ),
    }
}

fn list(dice: &mut Dice, depth: u32) -> String {
    let d = depth.saturating_sub(1);
    match dice.roll(if depth == 0 { 2 } else { 5 }) {
        0 => "[]".to_owned(),
        1 => format!("[{}, {}]", int(dice, 0), int(dice, 0)),
        2 => format!("({} + {})", list(dice, d), list(dice, d)),
        3 => format!("{}.filter(x, x > {})", list(dice, d), int(dice, d)),
        _ => format!("{}.map(x, x + {})", list(dice, d), int(dice, d)),
    }
}

fn truth(dice: &mut Dice, depth: u32) -> String {
    if depth == 0 {
        return dice.pick(&["true", "false"]).to_owned();
    }
    let d = depth - 1;
    match dice.roll(12) {
        0 | 1 => {
            let relation = dice.pick(&["<", "<=", ">", ">=", "==", "!="]);
            format!("({} {relation} {})", int(dice, d), int(dice, d))
        }
        2 => {
            let relation = dice.pick(&["<", ">=", "==", "!="]);
            format!("({} {relation} {})", text(dice, d), text(dice, d))
        }
        3 | 4 => format!("({} && {})", truth(dice, d), truth(dice, d)),
        5 | 6 => format!("({} || {})", truth(dice, d), truth(dice, d)),
        7 => format!("!{}", truth(dice, d)),
        8 => format!("({} in {})", int(dice, d), list(dice, d)),
        9 => {
            let test = dice.pick(&["contains", "startsWith", "endsWith"]);
            format!("{}.{test}({})", text(dice, d), text(dice, d))
        }
        10 => {
            let quantifier = dice.pick(&["all", "exists", "exists_one"]);
            format!("{}.{quantifier}(x, x > {})", list(dice, d), int(dice, d))
        }
        _ => format!("({} == {})", list(dice, d), list(dice, d)),
    }
}

fn ours(source: &str) -> Outcome {
    let environment = Environment::builder()
        .variable("unused", Type::Dyn)
        .undeclared(Undeclared::FailWhenRead)
        .build();
    let limits = Limits {
        expression_bytes: 65_536,
        ..Limits::default()
    };
    let program = compile_source(source, &environment, &limits);
    let Ok(program) = program else {
        panic!("{source}: {program:?}")
    };
    let arena = Arena::new(1_000_000);
    match program.eval(&[None], &arena, &mut Gas::new(1_000_000)) {
        Ok(value) => Outcome::Value(shown(value)),
        Err(_) => Outcome::Error,
    }
}

fn shown(value: Value<'_>) -> String {
    match value {
        Value::Int(int) => int.to_string(),
        Value::Bool(bool) => bool.to_string(),
        Value::String(text) => format!("{text:?}"),
        _ if value.kind() == Kind::List => {
            let elements = value.as_list().into_iter().flatten().flatten();
            format!("[{}]", elements.map(shown).collect::<Vec<_>>().join(", "))
        }
        other => format!("{other:?}"),
    }
}

fn theirs(source: &str) -> Outcome {
    let Ok(program) = cel::Program::compile(source) else {
        return Outcome::Error;
    };
    match program.execute(&cel::Context::default()) {
        Ok(value) => Outcome::Value(shown_theirs(&value)),
        Err(_) => Outcome::Error,
    }
}

fn shown_theirs(value: &cel::Value) -> String {
    match value {
        cel::Value::Int(int) => int.to_string(),
        cel::Value::Bool(bool) => bool.to_string(),
        cel::Value::String(text) => format!("{text:?}"),
        cel::Value::List(list) => {
            format!(
                "[{}]",
                list.iter().map(shown_theirs).collect::<Vec<_>>().join(", ")
            )
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn generated_expressions_give_what_cel_gives() {
    let mut dice = Dice(0x5eed_0003);
    let mut values = 0;
    for _ in 0..CASES {
        let source = match dice.roll(3) {
            0 => int(&mut dice, 3),
            1 => truth(&mut dice, 4),
            _ => list(&mut dice, 3),
        };
        let ours = ours(&source);
        values += u32::from(ours != Outcome::Error);
        assert_eq!(ours, theirs(&source), "{source}");
    }
    assert!(values > CASES / 2, "{values} of {CASES} have a value");
}

#[test]
fn disagreements_are_explained() {
    for line in DISAGREEMENTS
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let [source, expected, cel, interpreter, _decided_by] = parts[..] else {
            panic!("{line}")
        };
        let source = source.replace("¦", "|");
        let found =
            [ours(&source), theirs(&source), interpreter_of(&source)].map(
                |outcome| match outcome {
                    Outcome::Value(value) => value,
                    Outcome::Error => "error".to_owned(),
                },
            );
        assert_eq!(found, [expected, cel, interpreter], "{line}");
        assert!(found.iter().any(|other| *other != expected), "{line}");
    }
}

fn interpreter_of(source: &str) -> Outcome {
    let Ok(program) = cel_interpreter::Program::compile(source) else {
        return Outcome::Error;
    };
    match program.execute(&cel_interpreter::Context::default()) {
        Ok(cel_interpreter::Value::Int(int)) => Outcome::Value(int.to_string()),
        Ok(cel_interpreter::Value::Bool(bool)) => Outcome::Value(bool.to_string()),
        Ok(cel_interpreter::Value::String(text)) => Outcome::Value(format!("{text:?}")),
        Ok(other) => Outcome::Value(format!("{other:?}")),
        Err(_) => Outcome::Error,
    }
}
