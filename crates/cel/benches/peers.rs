//! The same expressions in this engine and in its peers, in one process and one sitting.
//!
//! Run with `cargo bench -p callgate-cel`. The context is an already parsed request; gas is on.
#![expect(clippy::expect_used, reason = "a bench ends where its data is wrong")]

use std::hint::black_box;

use callgate_cel::{
    Activation, Arena, Environment, Gas, Program, ProgramIndex, SlotId, compile_source,
};
use callgate_json::Document;
use callgate_model::Limits;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

use cases::{CASES, activation, environment, guarded, request};

mod cases;

fn ours(program: &Program, activation: &Activation<'_>, arena: &mut Arena) -> bool {
    let truth = program.test(black_box(activation), arena, &mut Gas::new(1_000_000));
    let truth = truth.expect("the expression has a value");
    arena.reset();
    truth
}

fn expressions(criterion: &mut Criterion) {
    for (name, source, recipients) in CASES {
        let source = &source();
        let text = request(recipients);
        let document =
            Document::parse(text.as_bytes(), &callgate_json::Limits::default()).expect("JSON");
        let activation = activation(&document);
        let program = compile_source(source, &environment(), &Limits::default()).expect("compiles");
        let mut arena = Arena::new(Limits::default().arena_bytes);
        let mut group = criterion.benchmark_group(name);
        group.bench_function("callgate", |b| {
            b.iter(|| ours(&program, &activation, &mut arena))
        });

        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let members = json.as_object().expect("an object");
        let mut context = cel::Context::default();
        for (name, value) in members {
            context
                .add_variable(name.as_str(), value)
                .expect("converts");
        }
        let program = cel::Program::compile(source).expect("compiles");
        group.bench_function("cel 0.15", |b| {
            b.iter(|| program.execute(black_box(&context)))
        });

        let mut context = cel_interpreter::Context::default();
        for (name, value) in members {
            context
                .add_variable(name.as_str(), value)
                .expect("converts");
        }
        let program = cel_interpreter::Program::compile(source).expect("compiles");
        group.bench_function("cel-interpreter 0.10", |b| {
            b.iter(|| program.execute(black_box(&context)))
        });
        group.finish();
    }
}

fn load(count: usize, environment: &Environment, slot: SlotId) -> (Vec<Program>, ProgramIndex) {
    let compile = |number| compile_source(&guarded(number), environment, &Limits::default());
    let programs: Vec<Program> = (0..count).map(|n| compile(n).expect("compiles")).collect();
    let index = ProgramIndex::new(programs.iter().map(|program| (program, true)), slot);
    (programs, index)
}

fn policies(criterion: &mut Criterion) {
    let text = request(10).replace("get_issue", "tool_7");
    let document =
        Document::parse(text.as_bytes(), &callgate_json::Limits::default()).expect("JSON");
    let activation = activation(&document);
    let environment = environment();
    let slot = environment.slot("request.tool.name").expect("declared");
    let mut group = criterion.benchmark_group("policies");
    for count in [10, 100, 1_000, 10_000] {
        let load = || load(count, &environment, slot);
        if count == 10_000 {
            group.sample_size(10);
            group.bench_function("load 10000", |b| b.iter(load));
        }
        let (programs, index) = load();
        let mut arena = Arena::new(Limits::default().arena_bytes);
        group.bench_function(BenchmarkId::new("callgate", count), |b| {
            b.iter(|| {
                let mut gas = Gas::new(1_000_000);
                let name = activation.get(slot.index()).copied().flatten();
                let hold = index.relevant(name).all(|number| {
                    let program = programs.get(number).expect("indexed");
                    program.test(&activation, &arena, &mut gas) == Ok(true)
                });
                arena.reset();
                hold
            });
        });
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let mut context = cel::Context::default();
        for (name, value) in json.as_object().expect("an object") {
            context
                .add_variable(name.as_str(), value)
                .expect("converts");
        }
        if count > 100 {
            continue;
        }
        let programs: Vec<cel::Program> = (0..count)
            .map(|number| cel::Program::compile(&guarded(number)).expect("compiles"))
            .collect();
        group.bench_function(BenchmarkId::new("cel 0.15", count), |b| {
            b.iter(|| {
                programs
                    .iter()
                    .all(|program| program.execute(&context) == Ok(cel::Value::Bool(true)))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, expressions, policies);
criterion_main!(benches);
