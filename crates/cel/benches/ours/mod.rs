//! This engine, ready to answer one question as often as it is asked.

use std::hint::black_box;

use callgate_cel::{Arena, Environment, Gas, Program, ProgramIndex, Value, compile_source};
use callgate_json::Document;
use callgate_model::Limits;

use crate::cases::{activation, environment};
use crate::questions::Question;

/// Gas of one answer: far more than any of the questions needs, and counted all the same.
const GAS: u64 = 1_000_000;

/// One expression, or many policies behind their index.
enum Work {
    Expression(Program),
    Policies(Vec<Program>, ProgramIndex),
}

/// A question compiled, and the request it is about, parsed.
pub struct Ours {
    work: Work,
    activation: Vec<Option<Value<'static>>>,
    name: usize,
    arena: Arena,
}

impl Ours {
    /// Compiles the expressions and reads the request.
    pub fn prepare(question: &Question) -> Self {
        let environment = environment();
        let name = environment.slot("request.tool.name").expect("declared");
        let compile = |source: &String| compile(source, &environment);
        let work = match question.sources.as_slice() {
            [source] => Work::Expression(compile(source)),
            sources => {
                let programs: Vec<Program> = sources.iter().map(compile).collect();
                let index = ProgramIndex::new(programs.iter().map(|one| (one, true)), name);
                Work::Policies(programs, index)
            }
        };
        // A bench has few requests, and they are wanted to its end.
        let text: &'static str = question.request.clone().leak();
        let document = Document::parse(text.as_bytes(), &callgate_json::Limits::default());
        Self {
            work,
            activation: activation(Box::leak(Box::new(document.expect("JSON")))),
            name: name.index(),
            arena: Arena::new(Limits::default().arena_bytes),
        }
    }

    /// Answers `times` over, and returns the last answer.
    pub fn ask(&mut self, times: u32) -> bool {
        let mut holds = false;
        for _ in 0..times {
            holds = match &self.work {
                Work::Expression(program) => {
                    let activation = black_box(&self.activation);
                    let truth = program.test(activation, &self.arena, &mut Gas::new(GAS));
                    truth.expect("the expression has a value")
                }
                Work::Policies(programs, index) => self.decide(programs, index),
            };
            self.arena.reset();
        }
        holds
    }

    fn decide(&self, programs: &[Program], index: &ProgramIndex) -> bool {
        let activation = black_box(&self.activation);
        let mut gas = Gas::new(GAS);
        let name = activation.get(self.name).copied().flatten();
        index.relevant(name).all(|number| {
            let program = programs.get(number).expect("indexed");
            program.test(activation, &self.arena, &mut gas) == Ok(true)
        })
    }
}

fn compile(source: &str, environment: &Environment) -> Program {
    compile_source(source, environment, &Limits::default()).expect("compiles")
}
