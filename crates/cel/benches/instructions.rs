//! Work whose instructions are counted: `instructions NAME TIMES` does one case so often.
//!
//! `cargo xtask bench counts` runs this under callgrind, which counts the same on a loaded machine.
//! Without a name it prints the names.
#![expect(clippy::expect_used, reason = "a bench ends where its data is wrong")]
#![expect(clippy::print_stdout, reason = "its result")]

use std::hint::black_box;

use callgate_cel::{Arena, Gas, Program, ProgramIndex, compile_source};
use callgate_json::{Buffers, Document};
use callgate_model::Limits;

use cases::{CASES, activation, environment, guarded, request};

mod cases;

/// Beside the expressions: reading the call they are evaluated for, and a decision by a hundred policies.
const READ: &str = "read";
const POLICIES: &str = "policies100";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, times] = arguments.as_slice() else {
        let names = CASES.iter().map(|(name, ..)| *name);
        let names: Vec<&str> = names.chain([READ, POLICIES]).collect();
        println!("{}", names.join("\n"));
        return;
    };
    let times: u32 = times.parse().expect("TIMES is a number");
    match name.as_str() {
        READ => read(times),
        POLICIES => policies(times),
        name => expression(name, times),
    }
}

fn parse(text: &str) -> Document<'_> {
    Document::parse(text.as_bytes(), &callgate_json::Limits::default()).expect("JSON")
}

fn compile(source: &str) -> Program {
    compile_source(source, &environment(), &Limits::default()).expect("compiles")
}

fn expression(name: &str, times: u32) {
    let case = CASES.iter().find(|(case, ..)| *case == name);
    let (_, source, recipients) = case.expect("a case is named");
    let text = request(*recipients);
    let document = parse(&text);
    let activation = activation(&document);
    let program = compile(&source());
    let mut arena = Arena::new(Limits::default().arena_bytes);
    for _ in 0..times {
        let mut gas = Gas::new(1_000_000);
        let truth = program.test(black_box(&activation), &arena, &mut gas);
        truth.expect("the expression has a value");
        arena.reset();
    }
}

fn read(times: u32) {
    let text = request(10);
    let limits = callgate_json::Limits::default();
    let mut buffers = Buffers::default();
    for _ in 0..times {
        let document = Document::parse_in(black_box(text.as_bytes()), &limits, buffers);
        buffers = document.expect("JSON").into_buffers();
    }
}

fn policies(times: u32) {
    let text = request(10).replace("get_issue", "tool_7");
    let document = parse(&text);
    let activation = activation(&document);
    let slot = environment().slot("request.tool.name").expect("declared");
    let programs: Vec<Program> = (0..100).map(|number| compile(&guarded(number))).collect();
    let index = ProgramIndex::new(programs.iter().map(|program| (program, true)), slot);
    let mut arena = Arena::new(Limits::default().arena_bytes);
    for _ in 0..times {
        let mut gas = Gas::new(1_000_000);
        let name = black_box(&activation).get(slot.index()).copied().flatten();
        let hold = index.relevant(name).all(|number| {
            let program = programs.get(number).expect("indexed");
            program.test(&activation, &arena, &mut gas) == Ok(true)
        });
        assert!(hold);
        arena.reset();
    }
}
