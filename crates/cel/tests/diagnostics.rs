//! What a broken expression is told: every problem, where it is, and how to mend it.

use callgate_cel::{Environment, Type, compile_source};
use callgate_model::Limits;

/// The cases: an expression, a line of carets under what is wrong, then code, message and help for each.
const CASES: &str = include_str!("data/diagnostics.txt");

fn environment() -> Environment {
    Environment::builder()
        .leaf("identity.name", Type::String)
        .leaf("identity.labels", Type::map(Type::String))
        .leaf("task.context", Type::Dyn)
        .leaf("request.kind", Type::String)
        .leaf("request.tool.name", Type::String)
        .leaf("request.tool.args", Type::Dyn)
        .build()
}

/// The source and, for each diagnostic, its place and words.
fn shown(source: &str) -> String {
    let mut out = format!("> {source}\n");
    let found = match compile_source(source, &environment(), &Limits::default()) {
        Ok(_) => return out + "ok\n",
        Err(found) => found,
    };
    for diagnostic in found {
        let (start, end) = diagnostic
            .span
            .map_or((0, 0), |span| (span.start, span.end));
        out += &format!(
            "{start}..{end} {}: {}\n",
            diagnostic.code, diagnostic.message
        );
        if let Some(help) = diagnostic.help {
            out += &format!("    help: {help}\n");
        }
    }
    out
}

#[test]
fn every_problem_is_told_with_its_place() {
    let expected = CASES.trim_start();
    let sources = expected.lines().filter_map(|line| line.strip_prefix("> "));
    let found: Vec<String> = sources.map(shown).collect();
    assert_eq!(found.join("\n"), expected);
}
