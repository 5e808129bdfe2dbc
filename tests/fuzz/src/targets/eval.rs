//! `cel_eval`: evaluation ends within its gas and its worst case, comes to the same whenever it is
//! repeated, costs exactly what it says, and does not tell a JSON value from one that was built.

use std::sync::LazyLock;

use callgate_cel::{Arena, Environment, ErrorCode, compile_source};
use callgate_model::Limits;

use super::{GAS, MEMORY, Outcome, Target, evaluate, is_real, places_are_real};
use crate::choices::Choices;
use crate::grammar::FULL;
use crate::{Finding, Label, world};

pub const TARGET: Target = Target {
    name: "cel_eval",
    run,
    must_meet: &["refused", "a value", "an error", "cut off"],
};

static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(world::environment);
static LIMITS: LazyLock<Limits> = LazyLock::new(Limits::default);

fn run(data: &[u8]) -> Result<Label, Finding> {
    let mut choices = Choices::new(data);
    let (lying, built) = world::twins(&mut choices);
    let letter = choices.pick(b"bbxx").copied().unwrap_or(b'b');
    let tight = choices.one_in(16);
    let source = FULL.expression(letter, 3, &mut choices);
    let program = match compile_source(&source, &ENVIRONMENT, &LIMITS) {
        Ok(program) => program,
        Err(found) => {
            places_are_real(&source, &found)?;
            return Ok("refused");
        }
    };
    let wrong = |problem: String| Err(Finding::new(&source, problem));
    let limit = if tight { 20 } else { GAS };
    let mut arena = Arena::new(MEMORY);
    let first = evaluate(&program, &lying, &arena, limit);
    let (outcome, gas, memory) = &first;
    if let Outcome::Error(error) = outcome
        && !is_real(&source, error.span)
    {
        return wrong(format!("{outcome} is no place"));
    }
    if *gas > limit || *memory > MEMORY as usize {
        return wrong(format!("{gas} gas and {memory} bytes are too much"));
    }
    let bound = program.worst_case(&ENVIRONMENT, &LIMITS).gas();
    if *gas > bound {
        return wrong(format!("{gas} gas, and at most {bound} were foretold"));
    }
    arena.reset();
    let second = evaluate(&program, &lying, &arena, limit);
    if second != first {
        return wrong(format!("once {first:?}, then {second:?}"));
    }
    if outcome.is_cut_off() {
        return Ok("cut off");
    }
    arena.reset();
    let (short, ..) = evaluate(&program, &lying, &arena, gas.saturating_sub(1));
    if !matches!(&short, Outcome::Error(error) if error.code == ErrorCode::GasExhausted) {
        return wrong(format!("{outcome} for {gas} gas, and {short} for one less"));
    }
    if let Some(built) = built {
        arena.reset();
        let (other, ..) = evaluate(&program, &built, &arena, GAS);
        if other != *outcome && !other.is_cut_off() {
            return wrong(format!(
                "{outcome} from JSON, and {other} from built values: {lying:?}"
            ));
        }
    }
    Ok(if outcome.is_error() {
        "an error"
    } else {
        "a value"
    })
}
