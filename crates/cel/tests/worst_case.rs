//! The worst case worked out before use is never less than what an evaluation takes.

use callgate_cel::{Arena, Environment, Gas, Program, Type, Value, compile, compile_source, parse};
use callgate_json::{Document, Kind, Limits as JsonLimits, Value as Json};
use callgate_model::{Limits, SizeHints};

mod dice;
#[path = "worst_case/documents.rs"]
mod documents;
#[path = "worst_case/source.rs"]
mod source;

use dice::Dice;
use source::Source;

/// An expression after `> `, then its worst case or why it is refused.
const COSTS: &str = include_str!("data/costs.txt");
const EXPRESSIONS: u32 = 4_000;
const CALLS: u32 = 6;
/// More than any generated expression can use without running out of memory first.
const PLENTY: u64 = 1_000_000_000;

fn environment() -> Environment {
    Environment::builder()
        .leaf("identity.name", Type::String)
        .leaf("identity.groups", Type::list(Type::String))
        .leaf("request.tool.name", Type::String)
        .leaf("request.tool.args", Type::map(Type::Dyn))
        .build()
}

#[test]
fn worst_cases_and_refusals() {
    let environment = environment();
    let limits = Limits::default();
    let mut found = String::new();
    for source in COSTS.lines().filter_map(|line| line.strip_prefix("> ")) {
        found += &format!("> {source}\n");
        let program = compile_source(source, &environment, &limits)
            .unwrap_or_else(|problems| panic!("{source}: {problems:?}"));
        let cost = program.worst_case(&environment, &limits);
        found += &match cost.over(limits.gas) {
            None => format!("{cost}\n"),
            Some(diagnostic) => {
                let span = diagnostic.span.unwrap_or_default();
                let help = diagnostic.help.unwrap_or_default();
                let place = &source[span.start as usize..span.end as usize];
                let message = diagnostic.message;
                format!("refused: `{place}`\n    {message}\n    help: {help}\n")
            }
        };
    }
    assert_eq!(found.trim_end(), COSTS.trim_end());
}

#[test]
fn no_evaluation_takes_more_than_the_worst_case() {
    let environment = environment();
    let limits = Limits::default();
    let mut dice = Dice(0x5eed_c057);
    let (mut compiled, mut near) = (0, 0);
    for _ in 0..EXPRESSIONS {
        let source = Source::new(&mut dice).any(4);
        // Types are not checked: what fails on the way is to be paid for too.
        let Ok(program) =
            parse(&source, &limits).and_then(|ast| compile(&ast, &environment, &limits))
        else {
            continue;
        };
        compiled += 1;
        for _ in 0..CALLS {
            let args = dice.object(3);
            let groups = dice.texts();
            let (used, bound) =
                measure(&program, &environment, &args, &groups).expect("what is generated is JSON");
            assert!(
                used <= bound,
                "{source}\nused {used} of {bound}\nargs: {args}\ngroups: {groups}"
            );
            near += u32::from(used.saturating_mul(4) > bound);
        }
    }
    assert!(compiled > EXPRESSIONS * 3 / 4, "only {compiled} compile");
    // A bound that is never nearly reached would say nothing.
    assert!(near > compiled, "only {near} are within a quarter");
}

/// What an evaluation takes, and the worst case for calls exactly as large.
fn measure(
    program: &Program,
    environment: &Environment,
    args: &str,
    groups: &str,
) -> Option<(u64, u64)> {
    let json = JsonLimits::default();
    let args = Document::parse(args.as_bytes(), &json).ok()?;
    let groups = Document::parse(groups.as_bytes(), &json).ok()?;
    let name = "support-bot";
    let mut sizes = SizeHints {
        elements: 0,
        text_bytes: name.len() as u32,
        nodes: 0,
        bytes: 0,
    };
    for document in [&args, &groups] {
        let (mut nodes, mut bytes) = (0, 0);
        extent(document.root(), &mut sizes, &mut nodes, &mut bytes);
        sizes.nodes = sizes.nodes.max(nodes);
        sizes.bytes = sizes.bytes.max(bytes);
    }
    let limits = Limits {
        sizes,
        ..Limits::default()
    };
    let values = [
        Some(Value::String(name)),
        Value::from_json(groups.root()).ok(),
        Some(Value::String("send")),
        Value::from_json(args.root()).ok(),
    ];
    let arena = Arena::new(limits.arena_bytes);
    let mut gas = Gas::new(PLENTY);
    let _ = program.eval(&values, &arena, &mut gas);
    Some((gas.used(), program.worst_case(environment, &limits).gas()))
}

fn extent(value: Json<'_>, sizes: &mut SizeHints, nodes: &mut u32, bytes: &mut u32) {
    *nodes += 1;
    let mut text = |text: &str| {
        sizes.text_bytes = sizes.text_bytes.max(text.len() as u32);
        *bytes += text.len() as u32;
    };
    match value.kind() {
        Kind::String => text(value.as_str().unwrap_or_default()),
        Kind::Array => {
            let elements: Vec<_> = value
                .as_array()
                .into_iter()
                .flat_map(|a| a.iter())
                .collect();
            sizes.elements = sizes.elements.max(elements.len() as u32);
            for element in elements {
                extent(element, sizes, nodes, bytes);
            }
        }
        Kind::Object => {
            let members: Vec<_> = value
                .as_object()
                .into_iter()
                .flat_map(|o| o.iter())
                .collect();
            members.iter().for_each(|(key, _)| text(key));
            sizes.elements = sizes.elements.max(members.len() as u32);
            for (_, member) in members {
                extent(member, sizes, nodes, bytes);
            }
        }
        Kind::Null | Kind::Bool | Kind::Number => {}
    }
}
