//! What evaluation costs with hostile arguments: all that is touched is paid for, and nothing panics.

use callgate_cel::{Arena, Environment, ErrorCode, Gas, Type, Undeclared, Value, compile_source};
use callgate_json::{Document, Limits as JsonLimits};
use callgate_model::Limits;

/// Bytes of a long text: a document holds several of them.
const LONG: usize = 150_000;

/// The outcome of an expression over `args`, and the gas it took.
fn run(source: &str, args: &str, gas: u64) -> Option<(Result<String, ErrorCode>, u64)> {
    let environment = Environment::builder()
        .variable("args", Type::Dyn)
        .undeclared(Undeclared::FailWhenRead)
        .build();
    let program = compile_source(source, &environment, &Limits::default()).ok()?;
    let document = Document::parse(args.as_bytes(), &JsonLimits::default()).ok()?;
    let activation = [Some(Value::from_json(document.root()).ok()?)];
    let arena = Arena::new(Limits::default().arena_bytes);
    let mut gas = Gas::new(gas);
    let outcome = program.eval(&activation, &arena, &mut gas);
    let outcome = outcome.map(|value| format!("{value:?}"));
    Some((outcome.map_err(|error| error.code), gas.used()))
}

#[test]
fn sorting_never_panics_whatever_the_keys_and_the_gas() {
    for size in [2_u64, 20, 21, 47, 200, 1_000] {
        let mut seed = size;
        let mut number = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed >> 33
        };
        let items: Vec<String> = (0..size)
            .map(|_| match number() % 4 {
                0 => "\"NaN\"".to_owned(),
                _ => format!("\"{}{}\"", number() % 1_000, "0".repeat(160)),
            })
            .collect();
        let args = format!("{{\"l\":[{}]}}", items.join(","));
        for source in [
            "args.l.map(x, double(x)).sort().size()",
            "args.l.sortBy(x, double(x)).size()",
        ] {
            let (outcome, _) = run(source, &args, 1_000_000).unwrap();
            assert!(
                matches!(outcome, Err(ErrorCode::InvalidArgument) | Ok(_)),
                "{outcome:?}"
            );
        }
        for gas in (0..60_000).step_by(997) {
            let (outcome, _) = run("args.l.sort().size()", &args, gas).unwrap();
            assert!(
                matches!(outcome, Err(ErrorCode::GasExhausted) | Ok(_)),
                "{outcome:?}"
            );
        }
    }
}

#[test]
fn every_argument_is_paid_for_also_when_the_call_fails() {
    let zeros = "0".repeat(LONG);
    let args = format!(
        r#"{{"s":"{zeros}","l":["{zeros}",1],"m":{{"{zeros}1":1,"{zeros}2":1}},"big":["{zeros}",1e999]}}"#
    );
    let calls = [
        "size(args.s)",
        "int(args.s)",
        "uint(args.s)",
        "double(args.s)",
        "bool(args.s)",
        "string(args.s)",
        "bytes(args.s)",
        "timestamp(args.s)",
        "duration(args.s)",
        "timestamp('2026-01-01T00:00:00Z').getHours(args.s)",
        "args.s.charAt(1)",
        "'ab'.indexOf(args.s)",
        "args.s.indexOf('x')",
        "''.lastIndexOf(args.s)",
        "args.s.lastIndexOf('x')",
        "args.s.lowerAscii()",
        "args.s.upperAscii()",
        "'ab'.replace(args.s, 'c')",
        "'ab'.replace('c', args.s)",
        "args.s.replace('x', 'c')",
        "'ab'.split(args.s)",
        "args.s.split('x')",
        "args.s.substring(1)",
        "args.s.trim()",
        "args.s.reverse()",
        "strings.quote(args.s)",
        "args.l.join('')",
        "['a', 'b'].join(args.s)",
        "'%s'.format([args.s])",
        "'%s'.format(args.big)",
        "'%x'.format([args.s])",
        "args.s.format([])",
        "'%s'.format([args.m])",
        "base64.encode(bytes(args.s))",
        "base64.decode(args.s)",
        "ip(args.s)",
        "isIP(args.s)",
        "cidr(args.s)",
        "isCIDR(args.s)",
        "cidr('10.0.0.0/8').containsIP(args.s)",
        "cidr('10.0.0.0/8').containsCIDR(args.s)",
        "math.greatest(args.s, args.s)",
        "math.ceil(args.s)",
        "regex.extract(args.s, 'x')",
        "regex.extractAll(args.s, 'x')",
        "regex.replace(args.s, 'x', 'y')",
        "regex.replace('a', 'x', args.s)",
        "args.s.matches('x')",
        "'a'.matches(args.s)",
        "args.s.contains('x')",
        "'a'.contains(args.s)",
        "'a'.startsWith(args.s)",
        "'a'.endsWith(args.s)",
        "args.s in args.m",
        "args.m[args.s]",
        "args.m[?args.s]",
        "args.m.exists(k, true)",
        "args.m == args.m",
        "{args.s + '1': 1, args.s: 2}",
        "[args.s, args.s].sort()",
        "args.s < args.s",
        "args.s == args.s",
    ];
    for call in calls {
        let (_, gas) = run(call, &args, 10_000_000).unwrap();
        assert!(gas >= LONG as u64 / 16, "{call}: {gas} gas");
    }
}

#[test]
fn each_further_match_of_a_pattern_is_paid_for() {
    let args = format!("{{\"s\":\"{}\"}}", "A".repeat(20_000));
    let (_, gas) = run(
        "regex.extractAll(args.s, '.*[^A-Z]|[A-Z]')",
        &args,
        1_000_000,
    )
    .unwrap();
    assert_eq!(gas, 1_000_000);
    let (outcome, _) = run("regex.extractAll(args.s, '[A-Z]').size()", &args, 1_000_000).unwrap();
    assert_eq!(outcome, Ok("Int(20000)".to_owned()));
}

#[test]
fn a_pattern_that_is_refused_has_been_read_and_is_paid_for() {
    let patterns = [
        // The case of 70,000 characters is looked up before the group turns out to be open.
        (r"(?i)[a-z\\x{100}-\\x{10fff}](", 17_000),
        // Too large to be built: pays for what could be, not for what it would be.
        ("((a{1000}){1000}){1000}", 131_072),
    ];
    for (pattern, least) in patterns {
        let args = format!("{{\"p\":\"{pattern}\"}}");
        let (outcome, gas) = run("'a'.matches(args.p)", &args, 1_000_000).unwrap();
        assert_eq!(outcome, Err(ErrorCode::InvalidRegex), "{pattern}");
        assert!((least..400_000).contains(&gas), "{pattern}: {gas} gas");
    }
}

#[test]
fn room_that_failing_elements_leave_behind_is_counted() {
    let items = vec!["0"; 90_000].join(",");
    let zeros = ", 0".repeat(62);
    let source = format!("args.l.exists(x, [string(x), x / 0{zeros}] == 1)");
    let (outcome, _) = run(&source, &format!("{{\"l\":[{items}]}}"), 10_000_000).unwrap();
    assert_eq!(outcome, Err(ErrorCode::MemoryExhausted));
}

#[test]
fn networks_hold_ipv4_addresses_in_ipv6_notation() {
    let cases = [
        ("cidr('10.0.0.0/8').containsIP(ip('::ffff:a00:1'))", true),
        ("cidr('10.0.0.0/8').containsIP('::ffff:a00:1')", true),
        ("cidr('10.0.0.0/8').containsIP('::ffff:b00:1')", false),
        ("cidr('::ffff:a00:0/104').containsIP('10.1.2.3')", true),
        ("cidr('10.0.0.0/8').containsCIDR('::ffff:a00:0/112')", true),
        ("cidr('10.0.0.0/8').containsCIDR('::ffff:a00:0/96')", false),
        ("cidr('::/0').containsIP('::ffff:a00:1')", true),
        ("cidr('::/0').containsIP('10.0.0.1')", false),
        ("cidr('10.0.0.0/8').containsIP('2001:db8::1')", false),
    ];
    for (source, expected) in cases {
        let (outcome, _) = run(source, "{}", 1_000_000).unwrap();
        assert_eq!(outcome, Ok(format!("Bool({expected})")), "{source}");
    }
}
