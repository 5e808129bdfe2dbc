//! What hostile source and hostile data come to: an error or a value, soon, and on a small stack.

use callgate_cel::{Arena, Environment, Gas, Type, Undeclared, Value, compile_source};
use callgate_model::Limits;

/// Runs on a stack of 256 KiB, so that unbounded recursion would end the test.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(262_144).spawn(run);
    assert!(thread.is_ok_and(|thread| thread.join().is_ok()));
}

/// The codes of the diagnostics, or of the error, or `ok`.
fn outcome(source: &str, limits: &Limits) -> Vec<&'static str> {
    let environment = Environment::builder()
        .variable("text", Type::String)
        .undeclared(Undeclared::FailWhenRead)
        .build();
    let program = match compile_source(source, &environment, limits) {
        Ok(program) => program,
        Err(diagnostics) => return diagnostics.iter().map(|d| d.code).collect(),
    };
    let arena = Arena::new(limits.arena_bytes);
    let long = "ab".repeat(50_000);
    let activation = [Some(Value::String(&long))];
    match program.eval(&activation, &arena, &mut Gas::new(limits.gas)) {
        Ok(_) => vec!["ok"],
        Err(error) => vec![error.code.as_str()],
    }
}

#[test]
fn long_chains_are_refused() {
    on_a_small_stack(|| {
        let limits = Limits {
            expression_bytes: 2_000_000,
            ..Limits::default()
        };
        for (first, link) in [
            ("true", " && true"),
            ("false", " || false"),
            ("1", " + 1"),
            ("1", " * 1"),
            ("1", " == 1"),
            ("text", ".a"),
            ("text", "[0]"),
            ("text", ".f()"),
            ("true ", "? true : false"),
        ] {
            let source = format!("{first}{}", link.repeat(100_000));
            assert_eq!(outcome(&source, &limits), ["cel.nesting_limit"], "{link}");
        }
    });
}

#[test]
fn deep_nesting_is_refused() {
    on_a_small_stack(|| {
        let limits = Limits {
            expression_bytes: 2_000_000,
            ..Limits::default()
        };
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{1: ", "}"),
            ("{", ": 1}"),
            ("!", ""),
            ("-", ""),
            ("true ? 1 : ", ""),
            ("size(", ")"),
            ("[1].map(x, ", ")"),
            ("[1][", "]"),
            ("1 + (", ")"),
            ("T{f: ", "}"),
        ] {
            let source = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
            assert_eq!(outcome(&source, &limits), ["cel.nesting_limit"], "{open}");
        }
    });
}

#[test]
fn unfinished_nesting_is_refused() {
    on_a_small_stack(|| {
        let limits = Limits {
            expression_bytes: 2_000_000,
            ..Limits::default()
        };
        for open in [
            "(", "[", "{", "!", "-", "a.", "a(", "a[", "?", "? :", "{1:", "a{", "'", "b\"", "//",
        ] {
            let found = outcome(&open.repeat(10_000), &limits);
            assert!(!found.contains(&"ok"), "{open}");
            assert!(found.len() <= 200, "{open}");
        }
    });
}

#[test]
fn thirty_two_levels_are_taken() {
    on_a_small_stack(|| {
        for (open, close) in [("(", ")"), ("!", ""), ("[", "]"), ("true ? true : ", "")] {
            let source = format!("{}true{}", open.repeat(32), close.repeat(32));
            assert_eq!(outcome(&source, &Limits::default()), ["ok"], "{open}");
            let source = format!("{}true{}", open.repeat(33), close.repeat(33));
            assert_eq!(
                outcome(&source, &Limits::default()),
                ["cel.nesting_limit"],
                "{open}"
            );
        }
    });
}

#[test]
fn a_long_source_is_refused_unread() {
    let source = "1 + ".repeat(250_000);
    assert_eq!(outcome(&source, &Limits::default()), ["cel.source_limit"]);
}

#[test]
fn evaluation_ends() {
    on_a_small_stack(|| {
        let limits = Limits {
            expression_bytes: 100_000,
            ..Limits::default()
        };
        let double = |times: usize| {
            let open: String = (0..times)
                .map(|i| format!("cel.bind(x{i}, x{}, ", "_"))
                .collect();
            open.replace("x_", "text") + "text" + &")".repeat(times)
        };
        assert_eq!(outcome(&double(3), &limits), ["ok"]);
        let cases = [
            ("lists.range(1000000)", "memory_exhausted"),
            ("lists.range(100000).map(x, [x, x])", "memory_exhausted"),
            (
                "lists.range(1000).all(a, lists.range(1000).all(b, a + b >= 0))",
                "gas_exhausted",
            ),
            (
                "[text, text, text, text].map(a, [a+a, a+a].map(b, [b+b, b+b].map(c, c+c)))",
                "memory_exhausted",
            ),
            ("text.replace('', text)", "gas_exhausted"),
            ("[text, text].join(text).split('')", "memory_exhausted"),
            (
                "text.matches('(a|b)*' + 'x{900}' + '[ab]{50}')",
                "gas_exhausted",
            ),
            ("text.matches('(a|b)*' + 'x{9}' + '[ab]{5}')", "ok"),
            (
                "lists.range(200).exists(i, text.matches('x' + string(i)))",
                "gas_exhausted",
            ),
            ("'%s%s%s'.format([text, text, text]).size() == 300000", "ok"),
            ("'%.2000f'.format([1.0])", "invalid_argument"),
            ("lists.range(3000).distinct().size() > 1", "gas_exhausted"),
            ("lists.range(10000).exists(x, x / 0 == 1) || true", "ok"),
            (
                "cel.bind(r, lists.range(1000), r.all(a, r.all(b, true))) || true",
                "gas_exhausted",
            ),
            ("text.matches('((a{100}){100}){100}')", "invalid_regex"),
            ("text.matches('\\\\w{1000}')", "gas_exhausted"),
            ("text.matches('\\\\w{100}')", "ok"),
        ];
        for (source, expected) in cases {
            assert_eq!(outcome(source, &limits), [expected], "{source}");
        }
    });
}

#[test]
fn gas_is_the_same_every_time() {
    let environment = Environment::builder()
        .variable("text", Type::String)
        .build();
    let cases = [
        ("1 + 1 == 2", 1),
        ("text == \"a\"", 2),
        ("text in [\"a\", \"b\"]", 2),
        ("[1, 2, 3].all(x, x > 0)", 17),
        ("text.size() > 3 && text.startsWith(\"ab\")", 8),
    ];
    for (source, expected) in cases {
        let program = compile_source(source, &environment, &Limits::default());
        let program = program.unwrap_or_else(|found| panic!("{source}: {found:?}"));
        let mut gas = Gas::new(1_000);
        let activation = [Some(Value::String("abcd"))];
        let arena = Arena::new(1_000);
        assert!(
            program.eval(&activation, &arena, &mut gas).is_ok(),
            "{source}"
        );
        assert_eq!(gas.used(), expected, "{source}");
    }
}
