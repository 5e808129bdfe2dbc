//! What is done in one step comes to the same, costs the same and fails alike as step by step.

use callgate_json::{Document, Limits as JsonLimits};
use callgate_model::Limits;

use crate::{Arena, Environment, Gas, Program, Type, Value, compile_source};

const CALLS: [&str; 6] = [
    r#"{"name":"pay","args":{"to":"ann@example.com","from":"ann@example.com","n":5,"deep":{"er":"x"}}}"#,
    r#"{"name":"ask","args":{"to":"esc\u0061ped@example.com","from":"bob","n":-12,"deep":{"er":7}}}"#,
    r#"{"name":"","args":{"to":7,"from":7,"n":"5","deep":["x"]}}"#,
    r#"{"name":"pay","args":{"to":null,"from":true,"n":5.5,"deep":{"er":18446744073709551616}}}"#,
    r#"{"name":"pay","args":{"to":123456789012345678901234567890,"n":9223372036854775807}}"#,
    r#"{"args":{"to":"a much longer text than sixteen bytes, so that it costs","from":"a much longer text than sixteen bytes, so that it costs","n":0}}"#,
];

const EXPRESSIONS: [&str; 24] = [
    "name == 'pay'",
    "name != 'pay'",
    "name in ['pay', 'ask']",
    "args.to == 'ann@example.com'",
    "args.to != 'a much longer text than sixteen bytes, so that it costs'",
    "args.to in ['bob', 'ann@example.com']",
    "args.to in ['bob', 7]",
    "args.to == args.from",
    "args.to != args.from",
    "args.n > 4",
    "4 <= args.n",
    "args.n < 9223372036854775807",
    "args.n >= 5u",
    "args.deep.er == 'x'",
    "args.deep.er < 8",
    "args.to.startsWith('ann')",
    "args.to.endsWith('@example.com')",
    "args.to.contains('example')",
    "args.to.matches('^[a-z]+@')",
    "args.to.matches('(?i)EXAMPLE')",
    "args.to == 'x' || args.to == 'y' || args.to != 'z'",
    "args.n > 1 && args.n > 2 && args.n > 3 && args.to != 'z' && args.to != 'y'",
    "!(args.missing == 'x') || args.n == 5",
    "args.missing == 'x' ? args.to == 'x' : args.from == 'y'",
];

fn environment() -> Environment {
    Environment::builder()
        .leaf("name", Type::String)
        .leaf("args", Type::Dyn)
        .build()
}

#[test]
fn one_step_is_as_good_as_many() {
    let limits = Limits::default();
    for source in EXPRESSIONS {
        let fused = compile_source(source, &environment(), &limits).unwrap();
        let mut plain = fused.clone();
        plain.fused.clear();
        for call in CALLS {
            let document = Document::parse(call.as_bytes(), &JsonLimits::default()).unwrap();
            let value = |key| Value::from_json(document.root().pointer(key)?).ok();
            let activation = [value("/name"), value("/args")];
            for gas in (0..64).chain([10_000]) {
                let run = |program: &Program| {
                    let (arena, mut gas) = (Arena::new(4_096), Gas::new(gas));
                    let truth = program.test(&activation, &arena, &mut gas);
                    (truth, gas.used())
                };
                assert_eq!(
                    run(&fused),
                    run(&plain),
                    "{source} for {call} with {gas} gas"
                );
            }
        }
    }
}

#[test]
fn every_kind_is_found() {
    let limits = Limits::default();
    let fused = |source: &str| {
        let program = compile_source(source, &environment(), &limits).unwrap();
        format!("{:?}", program.fused)
    };
    for (kind, source) in [
        ("SlotText", EXPRESSIONS[0]),
        ("SlotSet", EXPRESSIONS[2]),
        ("PathText", EXPRESSIONS[3]),
        ("PathSet", EXPRESSIONS[5]),
        ("Paths", EXPRESSIONS[7]),
        ("PathInt", EXPRESSIONS[9]),
        ("PathInt", EXPRESSIONS[10]),
        ("PathTest", EXPRESSIONS[15]),
        ("PathMatches", EXPRESSIONS[18]),
    ] {
        assert!(fused(source).contains(kind), "{source} has no {kind}");
    }
}
