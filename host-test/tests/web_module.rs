//! The web module of the npm package in wasmtime: decisions, checks, errors, and no trap whatever comes.

use std::path::Path;

use callgate_host_test::{Error, Random, WebAsking, WebEngine, WebModule, WebState};

/// Names the built module for tests; without it, where `cargo xtask wasm web` leaves it.
const VARIABLE: &str = "CALLGATE_WEB_WASM";

const POLICY: &str = r#"apiVersion: callgate/v1
kind: CelPolicy
metadata: { name: no-large-refunds }
spec:
  effect: deny
  expression: request.tool.name == "refund" && request.tool.args.amount > 100
  message: refunds over 100 need a person
"#;

const ALLOWED: &str =
    r#"{"identity":{"name":"bot"},"request":{"tool":{"name":"refund","args":{"amount":5}}}}"#;
const DENIED: &str =
    r#"{"identity":{"name":"bot"},"request":{"tool":{"name":"refund","args":{"amount":500}}}}"#;

const ASKING: WebAsking<'static> = WebAsking {
    state: WebState::Nothing,
    now: (1_769_860_800, 0),
    explain: false,
};

fn module() -> WebModule {
    let path = std::env::var_os(VARIABLE).map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../js/engine/dist/callgate_web.wasm"),
        Into::into,
    );
    let bytes = std::fs::read(&path);
    let bytes = bytes.unwrap_or_else(|_| {
        unreachable!(
            "no module at {}; build it: cargo xtask wasm web",
            path.display()
        )
    });
    WebModule::load(&bytes).unwrap_or_else(|error| unreachable!("{error}"))
}

/// A JSON text as a string within JSON.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace('\n', "\\n").replace('\r', "\\r"))
}

fn sources(text: &str) -> String {
    format!(r#"[{{"name":"a.yaml","text":{}}}]"#, quoted(text))
}

/// The text of `"release":"…"` in what `compile` answered.
fn release(module: &mut WebModule) -> String {
    let answer = module.ask("compile", &[&sources(POLICY), r#"{"number":3}"#], None);
    let answer = answer.unwrap_or_else(|error| unreachable!("{error}"));
    let start = r#""release":""#;
    let from = answer
        .find(start)
        .unwrap_or_else(|| unreachable!("{answer}"))
        + start.len();
    // It is the last of the answer.
    let end = answer.len() - "\"}".len();
    answer[from..end]
        .replace("\\\"", "\"")
        .replace("\\\\", "\\")
}

fn opened(module: &mut WebModule) -> WebEngine {
    let release = release(module);
    let opened = module
        .open(&release)
        .unwrap_or_else(|error| unreachable!("{error}"));
    opened.unwrap_or_else(|refused| unreachable!("{refused}"))
}

#[test]
fn what_it_builds_it_decides_by() -> Result<(), Error> {
    let mut module = module();
    let engine = opened(&mut module);
    let allowed = module.decide(engine, ALLOWED.as_bytes(), ASKING)?;
    assert!(allowed.is_ok_and(|record| record.contains(r#""decision":"ALLOW""#)));
    let denied = module
        .decide(engine, DENIED.as_bytes(), ASKING)?
        .unwrap_or_default();
    for part in [
        r#""policy":"no-large-refunds""#,
        "refunds over 100",
        r#""number":3"#,
    ] {
        assert!(denied.contains(part), "{denied}");
    }
    let explain = WebAsking {
        explain: true,
        ..ASKING
    };
    let explained = module
        .decide(engine, DENIED.as_bytes(), explain)?
        .unwrap_or_default();
    assert!(explained.contains(r#""explanation":"#), "{explained}");
    let lines = format!("{ALLOWED}\n{{\n\n{DENIED}");
    let lines = module
        .decide_lines(engine, lines.as_bytes(), ASKING)?
        .unwrap_or_default();
    let starts: Vec<&str> = lines
        .lines()
        .map(|line| line.split(':').next().unwrap_or(""))
        .collect();
    assert_eq!(starts, ["{\"deciding\"", "{\"errors\"", "{\"deciding\""]);
    Ok(())
}

#[test]
fn what_cannot_be_read_is_told() -> Result<(), Error> {
    let mut module = module();
    let engine = opened(&mut module);
    let decided = module.decide(engine, b"{\"identity\":", ASKING)?;
    assert!(decided.is_err_and(|errors| errors.contains("JSON_UNEXPECTED_END")));
    let decided = module.decide(engine, b"\xff", ASKING)?;
    assert!(decided.is_err_and(|errors| errors.contains("JSON_INVALID_UTF8")));
    let state = WebAsking {
        state: WebState::Json("{\"a\":1}"),
        ..ASKING
    };
    let decided = module.decide(engine, ALLOWED.as_bytes(), state)?;
    assert!(decided.is_err_and(|errors| errors.contains("UNKNOWN_FIELD")));
    // Thrown, as JavaScript would catch it.
    let refused = module.open("{}")?;
    assert!(refused.is_err_and(|errors| errors.contains("MISSING_FIELD")));
    // It goes on as if nothing had happened.
    assert!(module.decide(engine, ALLOWED.as_bytes(), ASKING)?.is_ok());
    Ok(())
}

#[test]
fn authors_and_editors_are_answered() -> Result<(), Error> {
    let mut module = module();
    let mut ask = |name, texts: &[&str], number| module.ask(name, texts, number);
    let broken = sources(&POLICY.replace("amount", "amuont +"));
    assert!(ask("check", &[&broken], None)?.contains(r#""severity":"error""#));
    assert!(ask("check", &[&sources(POLICY)], None)?.contains(r#""ok":true"#));
    assert!(ask("check_expression", &["request.tool.nme"], None)?.contains("request.tool.name"));
    assert!(ask("format_expression", &["a==b"], None)?.contains("a == b"));
    assert!(ask("format", &["a.yaml", "a:   1\n"], None)?.contains(r#""text":"a: 1\n""#));
    assert!(ask("complete", &["", "request.tool.na"], Some(15))?.contains(r#""label":"name""#));
    assert!(ask("hover", &["a.yaml", POLICY], Some(120))?.contains("title"));
    assert!(ask("tokens", &["1 + 2"], None)?.contains(r#""class":"number""#));
    assert!(ask("mcp_request", &["[]", ""], None)?.contains("BATCH"));
    assert!(ask("version", &[], None)?.contains("callgate-release/1"));
    Ok(())
}

#[test]
fn without_a_release_every_call_is_refused_or_let_through() -> Result<(), Error> {
    let mut module = module();
    for (allow, decision) in [(false, "DENY"), (true, "ALLOW")] {
        let engine = module.without_release(allow)?;
        let record = module
            .decide(engine, ALLOWED.as_bytes(), ASKING)?
            .unwrap_or_default();
        assert!(
            record.contains(&format!(r#""decision":"{decision}""#)),
            "{record}"
        );
        module.free(engine)?;
    }
    Ok(())
}

#[test]
fn freed_engines_and_thrown_texts_leave_no_memory_behind() -> Result<(), Error> {
    let mut module = module();
    let release = release(&mut module);
    let mut bytes = 0;
    for round in 0..300 {
        let engine = module
            .open(&release)?
            .unwrap_or_else(|refused| unreachable!("{refused}"));
        assert!(module.decide(engine, DENIED.as_bytes(), ASKING)?.is_ok());
        module.free(engine)?;
        assert!(module.open("{}")?.is_err());
        if round == 20 {
            bytes = module.memory_bytes();
        }
    }
    assert_eq!(module.memory_bytes(), bytes);
    Ok(())
}

/// Texts that mean something to one function or another, changed in a few places.
fn changed(random: &mut Random) -> String {
    let release = r#"{"author":"","created_at":null,"digest":"sha256:00","dlp":null,"format":"callgate-release/1"}"#;
    let texts = [
        POLICY,
        ALLOWED,
        DENIED,
        release,
        "a.all(x, x.b == 'c') ? has(d.e) : 1u",
        "",
    ];
    let pieces = [
        "{", "}", "[", "\"", "\\", ",", ":", "\n", " ", "\0", "é", "😀", "- ", "|", "((", "1e999",
        "null",
    ];
    let mut text: Vec<char> = texts[random.below(texts.len())].chars().collect();
    for _ in 0..random.below(4) {
        let at = random.below(text.len() + 1);
        let end = (at + random.below(5)).min(text.len());
        let piece = pieces[random.below(pieces.len())];
        let times = if random.below(9) == 0 { 200 } else { 1 };
        text.splice(at..end, piece.repeat(times).chars());
    }
    text.into_iter().collect()
}

#[test]
fn nothing_traps_it() -> Result<(), Error> {
    let mut module = module();
    let engine = opened(&mut module);
    let mut random = Random::seeded(7);
    for _ in 0..2_000 {
        let (a, b) = (changed(&mut random), changed(&mut random));
        let state = WebAsking {
            state: WebState::Json(&b),
            explain: true,
            ..ASKING
        };
        module.decide(engine, a.as_bytes(), state)?.ok();
        module.decide_lines(engine, a.as_bytes(), ASKING)?.ok();
        if let Ok(engine) = module.open(&a)? {
            module.free(engine)?;
        }
        let place = u32::try_from(random.below(300)).unwrap_or_default();
        for (name, texts, number) in [
            ("check", vec![sources(&a)], None),
            ("compile", vec![sources(&a), b.clone()], None),
            ("check_expression", vec![a.clone()], None),
            ("format", vec!["a.yaml".to_owned(), a.clone()], None),
            ("format_expression", vec![a.clone()], None),
            ("complete", vec![String::new(), a.clone()], Some(place)),
            ("hover", vec!["a.yaml".to_owned(), a.clone()], Some(place)),
            ("tokens", vec![a.clone()], None),
            ("mcp_request", vec![a.clone(), b], None),
        ] {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            assert!(!module.ask(name, &texts, number)?.is_empty(), "{name}");
        }
    }
    assert!(module.decide(engine, ALLOWED.as_bytes(), ASKING)?.is_ok());
    Ok(())
}
