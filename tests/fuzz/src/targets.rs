//! The targets: what is made of the bytes, and what must hold.

use callgate_cel::{Arena, ErrorCode, EvalError, Gas, Program, Value, value::tagged};
use callgate_json::Writer;
use callgate_model::{Diagnostic, Span};

use crate::{Finding, Label};

mod check;
mod differential;
mod eval;
mod parse;
mod partial;
mod regex;

/// A target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name it is run by.
    pub name: &'static str,
    /// Judges the case that some bytes stand for.
    pub run: fn(&[u8]) -> Result<Label, Finding>,
    /// What a run must have met, or else it proves little.
    pub must_meet: &'static [Label],
}

/// Every target.
pub const TARGETS: &[Target] = &[
    parse::TARGET,
    check::TARGET,
    eval::TARGET,
    partial::TARGET,
    differential::TARGET,
    regex::TARGET,
];

/// The target with this name.
pub fn named(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// What an evaluation came to, in a form that can be compared and outlives its arena.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Truth(bool),
    Value(Vec<u8>),
    /// It has a value, with a number in it that fits no type.
    Unrepresentable,
    Error(EvalError),
}

impl Outcome {
    fn of(result: Result<Value<'_>, EvalError>) -> Self {
        match result {
            Ok(Value::Bool(truth)) => Self::Truth(truth),
            Ok(value) => {
                let mut out = Vec::new();
                match tagged::write(value, &mut Writer::new(&mut out)) {
                    Ok(()) => Self::Value(out),
                    Err(_) => Self::Unrepresentable,
                }
            }
            Err(error) => Self::Error(error),
        }
    }

    /// Whether a budget ended the evaluation.
    fn is_cut_off(&self) -> bool {
        let fatal = [ErrorCode::GasExhausted, ErrorCode::MemoryExhausted];
        matches!(self, Self::Error(error) if fatal.contains(&error.code))
    }

    fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }
}

impl core::fmt::Display for Outcome {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Truth(truth) => write!(f, "{truth}"),
            Self::Value(value) => f.write_str(&String::from_utf8_lossy(value)),
            Self::Unrepresentable => f.write_str("a value with an unrepresentable number"),
            Self::Error(error) => {
                write!(
                    f,
                    "{} at {}..{}",
                    error.code.as_str(),
                    error.span.start,
                    error.span.end
                )
            }
        }
    }
}

/// Bytes an evaluation of a target may build, and gas it may spend: enough for what the grammar makes.
const MEMORY: u32 = 65_536;
const GAS: u64 = 20_000;

/// Evaluates with some gas; what it came to, and the gas and memory it took.
fn evaluate(
    program: &Program,
    slots: &[Option<Value<'static>>],
    arena: &Arena,
    limit: u64,
) -> (Outcome, u64, usize) {
    let mut gas = Gas::new(limit);
    let outcome = Outcome::of(program.eval(slots, arena, &mut gas));
    (outcome, gas.used(), arena.used())
}

/// Whether every diagnostic stands in the source, between whole characters.
fn places_are_real(source: &str, diagnostics: &[Diagnostic]) -> Result<(), Finding> {
    for diagnostic in diagnostics {
        if let Some(span) = diagnostic.span
            && !is_real(source, span)
        {
            let problem = format!(
                "{} at {}..{} is no place",
                diagnostic.code, span.start, span.end
            );
            return Err(Finding::new(source, problem));
        }
    }
    Ok(())
}

fn is_real(source: &str, span: Span) -> bool {
    source.get(span.start as usize..span.end as usize).is_some()
}
