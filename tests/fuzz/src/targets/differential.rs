//! `cel_differential`: this engine, `cel` and `cel-core` come to the same, or the table of
//! disagreements names the class of the case.

use std::sync::LazyLock;

use callgate_cel::{Arena, Environment, Gas, Undeclared, compile_source};
use callgate_model::Limits;

use super::{GAS, MEMORY, Target};
use crate::choices::Choices;
use crate::grammar::SHARED;
use crate::{Finding, Label};

mod classes;
mod peers;

use callgate_cel::ErrorCode::{GasExhausted, MemoryExhausted};
use classes::{Case, class};
use peers::Parser;

pub const TARGET: Target = Target {
    name: "cel_differential",
    run,
    must_meet: &["all agree on a value", "all agree on an error"],
};

/// A value as text, or that there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Result {
    Value(String),
    Error,
}

/// One source in so many is read by the slow parser of `cel`.
const SLOW: usize = 64;

static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(|| {
    Environment::builder()
        .undeclared(Undeclared::FailWhenRead)
        .build()
});
static LIMITS: LazyLock<Limits> = LazyLock::new(Limits::default);

fn run(data: &[u8]) -> core::result::Result<Label, Finding> {
    let mut choices = Choices::new(data);
    let letter = choices.pick(b"bbbbiudtylsm").copied().unwrap_or(b'b');
    let parser = if choices.one_in(SLOW) {
        Parser::Slow
    } else {
        Parser::Quick
    };
    let depth = [1, 2, 2, 3][choices.below(4)];
    let source = match choices.below(4) {
        0 => SHARED.expression(letter, depth, &mut choices),
        _ => SHARED.fitting(letter, depth, &mut choices),
    };
    judge(&source, parser, None)
}

/// What the engines come to with an expression; `only` one of the others, or all.
fn judge(source: &str, parser: Parser, only: Option<&str>) -> core::result::Result<Label, Finding> {
    let Ok(program) = compile_source(source, &ENVIRONMENT, &LIMITS) else {
        return Ok("refused");
    };
    let arena = Arena::new(MEMORY);
    let result = program.eval(&[], &arena, &mut Gas::new(GAS));
    let ours = match result {
        Ok(value) => Result::Value(peers::shown(value)),
        Err(error) if matches!(error.code, GasExhausted | MemoryExhausted) => return Ok("refused"),
        Err(_) => Result::Error,
    };
    let mut label = if ours == Result::Error {
        "all agree on an error"
    } else {
        "all agree on a value"
    };
    for (peer, theirs) in [
        ("cel", peers::cel(source, parser)),
        ("cel-core", peers::cel_core(source)),
    ] {
        if theirs == ours || only.is_some_and(|only| only != peer) {
            continue;
        }
        let case = Case {
            source,
            peer,
            ours: &ours,
            error: result.err(),
            theirs: &theirs,
        };
        let Some(found) = class(&case) else {
            let problem = format!("{ours:?}, and {theirs:?} by {peer}");
            return Err(Finding::new(source, problem));
        };
        label = found;
    }
    Ok(label)
}
