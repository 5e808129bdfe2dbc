//! `cel_partial`: whatever the unknown attributes turn out to be, what an expression was reduced to
//! comes to the same as the expression.

use std::sync::LazyLock;

use callgate_cel::{Arena, Environment, Gas, Known, Program, Reduced, Value, compile_source};
use callgate_model::Limits;

use super::{GAS, MEMORY, Target};
use crate::choices::Choices;
use crate::grammar::FULL;
use crate::{Finding, Label, world};

pub const TARGET: Target = Target {
    name: "cel_partial",
    run,
    must_meet: &["refused", "always", "fails", "a residual"],
};

/// Completions that each reduction is tried with.
const COMPLETIONS: usize = 4;

static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(world::environment);
static LIMITS: LazyLock<Limits> = LazyLock::new(Limits::default);

fn run(data: &[u8]) -> Result<Label, Finding> {
    let mut choices = Choices::new(data);
    let mut slots = world::slots(&mut choices);
    let unknown: Vec<bool> = slots.iter().map(|_| choices.below(2) == 0).collect();
    // What follows the known part is drawn after the expression, so that bytes at the end do not change it.
    let source = FULL.expression(b'b', 4, &mut choices);
    let Ok(program) = compile_source(&source, &ENVIRONMENT, &LIMITS) else {
        return Ok("refused");
    };
    let known: Vec<Known<'_>> = slots
        .iter()
        .zip(&unknown)
        .map(|(value, unknown)| match (unknown, value) {
            (true, _) => Known::Unknown,
            (false, None) => Known::Absent,
            (false, Some(value)) => Known::Value(*value),
        })
        .collect();
    let reduced = program.reduce(&known);
    for _ in 0..COMPLETIONS {
        compare(&source, &program, &reduced, &slots)?;
        for (slot, unknown) in unknown.iter().enumerate() {
            if *unknown && let Some(place) = slots.get_mut(slot) {
                *place = world::redraw(slot, &mut choices);
            }
        }
    }
    Ok(match reduced {
        Reduced::Always(_) => "always",
        Reduced::Fails(_) => "fails",
        Reduced::Residual(_) => "a residual",
    })
}

fn compare(
    source: &str,
    program: &Program,
    reduced: &Reduced,
    slots: &[Option<Value<'static>>],
) -> Result<(), Finding> {
    // A budget that ends is no result: the residual, which has less to do, may well go on.
    let Some(expected) = result(program, slots) else {
        return Ok(());
    };
    let found = match reduced {
        Reduced::Always(truth) => Some(Some(*truth)),
        Reduced::Fails(_) => Some(None),
        Reduced::Residual(residual) => result(residual, slots),
    };
    if found == Some(expected) {
        return Ok(());
    }
    let problem =
        format!("it comes to {expected:?}, reduced to {reduced:.0?} {found:?}: {slots:?}");
    Err(Finding::new(source, problem))
}

/// The truth of a program, or that it fails; `None` when a budget ended.
fn result(program: &Program, slots: &[Option<Value<'static>>]) -> Option<Option<bool>> {
    use callgate_cel::ErrorCode::{GasExhausted, MemoryExhausted};
    let arena = Arena::new(MEMORY);
    match program.test(slots, &arena, &mut Gas::new(GAS)) {
        Ok(truth) => Some(Some(truth)),
        Err(error) if matches!(error.code, GasExhausted | MemoryExhausted) => None,
        Err(_) => Some(None),
    }
}
