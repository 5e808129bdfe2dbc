//! What a policy's author is told about types: every mistake, where it is, how to mend it.

use callgate_cel::check::{Context, Manifest, check_source};
use callgate_cel::{Environment, Type};
use callgate_json::Document;
use callgate_model::{Limits, Severity};

/// A policy after `> `, then what is found: place, code, message, and help.
const POLICIES: &str = include_str!("data/check.txt");
/// The same with the tools of `data/tools.json` known.
const WITH_TOOLS: &str = include_str!("data/check-tools.txt");
const TOOLS: &str = include_str!("data/tools.json");

#[test]
fn mistakes_are_found_before_use() {
    assert_eq!(found_in(POLICIES, None), POLICIES);
}

#[test]
fn arguments_have_the_types_of_the_tool() {
    let limits = callgate_json::Limits::default();
    let document = Document::parse(TOOLS.as_bytes(), &limits).expect("the tools are JSON");
    let manifest = Manifest::read(document.root()).expect("a list of tools");
    assert_eq!(found_in(WITH_TOOLS, Some(&manifest)), WITH_TOOLS);
}

fn found_in(cases: &str, tools: Option<&Manifest>) -> String {
    let environment = environment();
    let context = Context {
        tools,
        ..Context::from(&environment)
    };
    let sources = cases.lines().filter_map(|line| line.strip_prefix("> "));
    let found: Vec<String> = sources.map(|source| shown(source, context)).collect();
    found.join("\n")
}

fn shown(source: &str, context: Context<'_>) -> String {
    let mut out = format!("> {source}\n");
    let found = check_source(source, context, &Limits::default());
    if found.is_empty() {
        out += "ok\n";
    }
    for diagnostic in found {
        let span = diagnostic.span.unwrap_or_default();
        let severity = match diagnostic.severity {
            Severity::Error => "",
            Severity::Warning => "warning ",
            Severity::Note => "note ",
        };
        let (code, message) = (diagnostic.code, diagnostic.message);
        out += &format!("{}..{} {severity}{code}: {message}\n", span.start, span.end);
        if let Some(help) = diagnostic.help {
            out += &format!("    help: {help}\n");
        }
    }
    out
}

fn environment() -> Environment {
    Environment::builder()
        .leaf("identity.name", Type::String)
        .leaf("identity.labels", Type::map(Type::String))
        .leaf("identity.groups", Type::list(Type::String))
        .leaf("request.tool.name", Type::String)
        .leaf("request.tool.args", Type::map(Type::Dyn))
        .leaf("request.cost_usd", Type::Double)
        .leaf("run.started_at", Type::Timestamp)
        .leaf("now", Type::Timestamp)
        .build()
}
