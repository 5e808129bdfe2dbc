//! The same expressions in this engine and in its peers, in one process and one sitting.
//!
//! Run with `cargo bench -p callgate-cel`. The context is an already parsed request; gas is on.
#![expect(clippy::expect_used, reason = "a bench ends where its data is wrong")]

use std::hint::black_box;

use callgate_cel::{
    Activation, Arena, Environment, Gas, Program, ProgramIndex, SlotId, Type, Value, compile_source,
};
use callgate_json::Document;
use callgate_model::Limits;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

const A: &str =
    r#"identity.labels.team == "support" && request.tool.name in ["get_issue","add_comment"]"#;
const B: &str = "has(task.context) && task.context.customer_id == request.tool.args.customer_id";
const C: &str = r#"request.tool.args.recipients.all(r, r.endsWith("@example.com"))"#;
const D: &str = r#"request.tool.args.query.matches("(?i)drop\\s+table")"#;

/// Twenty comparisons, all evaluated.
fn twenty() -> String {
    let term = |number: u32| match number % 4 {
        0 => format!("identity.labels.team != \"x{number}\""),
        1 => format!("request.tool.args.amount > {number}"),
        2 => format!("request.tool.name != \"t{number}\""),
        _ => format!("request.tool.args.customer_id != \"c{number}\""),
    };
    (0..20).map(term).collect::<Vec<_>>().join(" && ")
}

fn request(recipients: usize) -> String {
    let recipients: Vec<String> = (0..recipients)
        .map(|number| format!("\"user{number}@example.com\""))
        .collect();
    format!(
        r#"{{"identity":{{"name":"ann","labels":{{"team":"support","env":"prod"}}}},
        "task":{{"context":{{"customer_id":"cus_123"}}}},
        "request":{{"tool":{{"name":"get_issue","args":{{"customer_id":"cus_123","amount":500,
        "query":"select id, name from customers where id = 5 order by name",
        "recipients":[{}]}}}}}}}}"#,
        recipients.join(",")
    )
}

fn environment() -> Environment {
    Environment::builder()
        .leaf("identity.name", Type::String)
        .leaf("identity.labels", Type::Dyn)
        .leaf("task.context", Type::Dyn)
        .leaf("request.tool.name", Type::String)
        .leaf("request.tool.args", Type::Dyn)
        .build()
}

fn activation<'a>(document: &'a Document<'a>) -> Vec<Option<Value<'a>>> {
    let paths = [
        "/identity/name",
        "/identity/labels",
        "/task/context",
        "/request/tool/name",
        "/request/tool/args",
    ];
    let read = |path| Value::from_json(document.root().pointer(path)?).ok();
    paths.into_iter().map(read).collect()
}

fn ours(program: &Program, activation: &Activation<'_>, arena: &mut Arena) -> bool {
    let truth = program.test(black_box(activation), arena, &mut Gas::new(1_000_000));
    let truth = truth.expect("the expression has a value");
    arena.reset();
    truth
}

fn expressions(criterion: &mut Criterion) {
    let twenty = twenty();
    let cases = [
        ("a", A, 10),
        ("b", B, 10),
        ("c10", C, 10),
        ("c1000", C, 1_000),
        ("d", D, 10),
        ("e", &twenty, 10),
    ];
    for (name, source, recipients) in cases {
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

/// A policy of three terms that matters for one tool.
fn guarded(number: usize) -> String {
    format!(
        "request.tool.name != \"tool_{number}\" || (identity.labels.team == \"support\" && \
         (request.tool.args.amount <= 1000 || \"approved\" in task.context))"
    )
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
