//! Conditions are shared where they are the same, decided once, and cost what they cost alone.

use callgate_json::{Document, Limits as JsonLimits};
use callgate_model::Limits;

use super::{Memo, share};
use crate::program::Fused;
use crate::{Activation, Arena, Environment, ErrorCode, Gas, Program, Type, Value, compile_source};

fn compile(sources: &[&str]) -> Vec<Program> {
    let environment = Environment::builder()
        .leaf("name", Type::String)
        .leaf("args", Type::Dyn)
        .build();
    let compile = |source: &&str| compile_source(source, &environment, &Limits::default());
    sources.iter().map(compile).map(Result::unwrap).collect()
}

/// The places shared conditions of a program have, in order of its operations.
fn places(program: &Program) -> Vec<u32> {
    let place = |fused: &Fused| match fused {
        Fused::Shared(place) => Some(*place),
        _ => None,
    };
    program.fused.iter().filter_map(place).collect()
}

fn with_call(test: impl Fn(&Activation<'_>)) {
    let call = r#"{"name":"pay","args":{"q":"drop  table","l":["a","b"],"n":5}}"#;
    let document = Document::parse(call.as_bytes(), &JsonLimits::default()).unwrap();
    let value = |key| Value::from_json(document.root().pointer(key)?).ok();
    test(&[value("/name"), value("/args")]);
}

#[test]
fn the_same_condition_has_one_place() {
    for (sources, shared) in [
        // Spelt differently, computed alike.
        (
            [
                "args.l.all(x, x != 'c')",
                "name == 'x' || (args . l.all(y, y != \"c\"))",
            ],
            1,
        ),
        (
            [
                "size(args.q) > 3 && name == 'a'",
                "size(args.q) > 3 && name == 'b'",
            ],
            1,
        ),
        (
            ["!args.l.exists(x, x == 'a')", "args.l.exists(x, x == 'a')"],
            1,
        ),
        (
            ["args.q.upperAscii() == 'X'", "args.q.upperAscii() == 'Y'"],
            0,
        ),
        (["args.l.all(x, x != 'c')", "args.l.exists(x, x != 'c')"], 0),
        (["args.l.all(x, x != 1)", "args.l.all(x, x != 1u)"], 0),
        (["args.l.all(x, x != 1)", "args.l.all(x, x != 1.0)"], 0),
        (
            [
                "args.l.all(x, x == args.n)",
                "args.l.all(x, args.l.all(y, x == args.n))",
            ],
            0,
        ),
        // Too little to be worth it.
        (
            ["has(args.n) && name == 'a'", "has(args.n) && name == 'b'"],
            0,
        ),
    ] {
        let mut programs = compile(&sources);
        assert_eq!(share(&mut programs), shared, "{sources:?}");
        let of_each: Vec<_> = programs.iter().map(places).collect();
        assert_eq!(of_each, vec![vec![0; shared]; 2], "{sources:?}");
    }
}

#[test]
fn neighbours_change_neither_truth_nor_gas() {
    let sources = [
        "args.l.all(x, x != 'c') && args.n > 3",
        "args.l.all(x, x != 'c') && args.n > 7",
        "args.l.all(x, x != 'c') && args.n > 3",
        "args.missing.all(x, x != 'c') || name == 'pay'",
        "args.missing.all(x, x != 'c') || name == 'ask'",
        "size(args.q) > 3 ? name == 'pay' : name == 'ask'",
        "size(args.q) > 3 ? name == 'ask' : name == 'pay'",
    ];
    let alone = compile(&sources);
    let mut together = compile(&sources);
    let count = share(&mut together);
    assert_eq!(count, 4);
    with_call(|activation| {
        for limit in (0..80).chain([100_000]) {
            let mut memo = Memo::default();
            memo.begin(count);
            for (alone, shared) in alone.iter().zip(&together) {
                let arena = Arena::new(4_096);
                let (mut gas, mut shared_gas) = (Gas::new(limit), Gas::new(limit));
                let expected = alone.test(activation, &arena, &mut gas);
                let truth = shared.test_with(activation, &arena, &mut shared_gas, &mut memo);
                assert_eq!((truth, shared_gas), (expected, gas), "{limit} gas");
            }
        }
    });
}

#[test]
fn what_was_decided_is_not_decided_again_before_the_next_round() {
    let mut programs = compile(&["args.l.all(x, x != 'c')", "args.l.all(x, x != 'c') || true"]);
    let count = share(&mut programs);
    let mut memo = Memo::default();
    memo.begin(count);
    let decide = |activation: &Activation<'_>, memo: &mut Memo| {
        let (arena, mut gas) = (Arena::new(4_096), Gas::new(1_000));
        programs[0].test_with(activation, &arena, &mut gas, memo)
    };
    let nothing = [None, None];
    let failed = decide(&nothing, &mut memo).unwrap_err();
    assert_eq!(failed.code, ErrorCode::NoSuchKey, "errors are not kept");
    with_call(|activation| {
        let mut memo = memo.clone();
        assert_eq!(decide(activation, &mut memo), Ok(true));
        assert_eq!(
            decide(&nothing, &mut memo),
            Ok(true),
            "kept, whatever is asked now"
        );
        memo.begin(count);
        assert!(decide(&nothing, &mut memo).is_err(), "forgotten");
    });
}

#[test]
fn rounds_never_meet_again() {
    let mut memo = Memo::default();
    memo.begin(1);
    memo.put(0, true, 1);
    memo.round = u32::MAX;
    memo.begin(1);
    assert_eq!(memo.get(0), None);
}
