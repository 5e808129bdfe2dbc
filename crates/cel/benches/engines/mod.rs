//! This engine and the crates `cel` and `cel-interpreter`, asked alike.

use std::hint::black_box;

use serde_json::{Map, Value};

use crate::ours::Ours;
use crate::questions::Question;

/// An engine that has compiled a question and read its request.
pub trait Engine {
    /// Answers `times` over, and returns the last answer or why there is none.
    fn ask(&mut self, times: u32) -> Result<bool, String>;
}

type Prepare = fn(&Question) -> Result<Box<dyn Engine>, String>;

/// Each engine's name and how it gets ready for a question.
pub const ENGINES: [(&str, Prepare); 3] = [
    ("callgate", |question| Ok(Box::new(Ours::prepare(question)))),
    ("cel 0.15", |question| Cel::prepare(question)),
    ("cel-interpreter 0.10", |question| {
        CelInterpreter::prepare(question)
    }),
];

impl Engine for Ours {
    fn ask(&mut self, times: u32) -> Result<bool, String> {
        Ok(Self::ask(self, times))
    }
}

struct Cel {
    programs: Vec<cel::Program>,
    context: cel::Context<'static, 'static>,
}

impl Cel {
    fn prepare(question: &Question) -> Result<Box<dyn Engine>, String> {
        let mut context = cel::Context::default();
        for (name, value) in members(question)? {
            let added = context.add_variable(name.as_str(), value);
            added.map_err(|error| error.to_string())?;
        }
        let compile = |source: &String| cel::Program::compile(source);
        let programs: Result<_, _> = question.sources.iter().map(compile).collect();
        let programs = programs.map_err(|errors| errors.to_string())?;
        Ok(Box::new(Self { programs, context }))
    }
}

impl Engine for Cel {
    fn ask(&mut self, times: u32) -> Result<bool, String> {
        every_time(times, || {
            all(&self.programs, |program| {
                match program.execute(black_box(&self.context)) {
                    Ok(cel::Value::Bool(holds)) => Ok(holds),
                    Ok(other) => Err(format!("the value is no bool: {other:?}")),
                    Err(error) => Err(error.to_string()),
                }
            })
        })
    }
}

struct CelInterpreter {
    programs: Vec<cel_interpreter::Program>,
    context: cel_interpreter::Context<'static>,
}

impl CelInterpreter {
    fn prepare(question: &Question) -> Result<Box<dyn Engine>, String> {
        let mut context = cel_interpreter::Context::default();
        for (name, value) in members(question)? {
            let added = context.add_variable(name.as_str(), value);
            added.map_err(|error| error.to_string())?;
        }
        let compile = |source: &String| cel_interpreter::Program::compile(source);
        let programs: Result<_, _> = question.sources.iter().map(compile).collect();
        let programs = programs.map_err(|errors| errors.to_string())?;
        Ok(Box::new(Self { programs, context }))
    }
}

impl Engine for CelInterpreter {
    fn ask(&mut self, times: u32) -> Result<bool, String> {
        every_time(times, || {
            all(&self.programs, |program| {
                match program.execute(black_box(&self.context)) {
                    Ok(cel_interpreter::Value::Bool(holds)) => Ok(holds),
                    Ok(other) => Err(format!("the value is no bool: {other:?}")),
                    Err(error) => Err(error.to_string()),
                }
            })
        })
    }
}

fn members(question: &Question) -> Result<Map<String, Value>, String> {
    serde_json::from_str(&question.request).map_err(|error| error.to_string())
}

/// Whether all hold, in order, ending at the first that does not.
fn all<P>(programs: &[P], test: impl Fn(&P) -> Result<bool, String>) -> Result<bool, String> {
    for program in programs {
        if !test(program)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn every_time(times: u32, once: impl Fn() -> Result<bool, String>) -> Result<bool, String> {
    let mut answer = Err("never asked".to_owned());
    for _ in 0..times {
        answer = once();
    }
    answer
}
