//! Expressions of the part of CEL that the reference evaluates.

use crate::choices::Choices;

use super::{AGENTS, FIELDS, GROUPS, RISKS, RUNS, TAGS, TEXTS, TOOLS};

/// A boolean expression, or one that fails.
pub fn expression(choices: &mut Choices, depth: usize) -> String {
    if depth == 0 || choices.chance(30) {
        return atom(choices);
    }
    let mut part = || expression(choices, depth - 1);
    let (a, b, c) = (part(), part(), part());
    match choices.below(5) {
        0 => format!("({a} && {b})"),
        1 => format!("({a} || {b})"),
        2 => format!("({a} && {b} && {c})"),
        3 => format!("!({a})"),
        _ => format!("({a} ? {b} : {c})"),
    }
}

fn atom(choices: &mut Choices) -> String {
    let field = choices.pick(FIELDS);
    let text = choices.pick(TEXTS);
    let sign = choices.pick(&["==", "!="]);
    let order = choices.pick(&["<", "<=", ">", ">="]);
    match choices.below(21) {
        0 => "true".to_owned(),
        1 => "false".to_owned(),
        2 | 3 => format!(r#"request.tool.name {sign} "{}""#, choices.pick(TOOLS)),
        4 => format!(
            r#"request.tool.name in ["{}", "{}"]"#,
            choices.pick(TOOLS),
            choices.pick(TOOLS)
        ),
        5 => format!(r#"request.tool.name.startsWith("{}")"#, choices.pick(&["get_", "p", ""])),
        6 => format!(r#"request.tool.args.{field} {sign} "{text}""#),
        7 => format!("request.tool.args.{field} {order} {}", choices.pick(&["1", "2", "1.5"])),
        8 => format!("request.tool.args.{field}"),
        9 => format!("has(request.tool.args.{field})"),
        10 => format!(r#"request.tool.args.?{field}.orValue("{text}") {sign} "{text}""#),
        11 => format!(r#""{field}" in request.tool.args"#),
        12 => format!(r#""{}" in identity.groups"#, choices.pick(GROUPS)),
        13 => format!(r#"identity.name {sign} "{}""#, choices.pick(AGENTS)),
        14 => format!(r#"identity.labels.team {sign} "{text}""#),
        15 => format!(r#"has(task.context) && task.context.{field} {sign} "{text}""#),
        16 => format!(r#"task.context.{field} {sign} "{text}""#),
        17 => format!(r#"request.risk {sign} "{}""#, choices.pick(RISKS)),
        18 => format!(r#"run.id {sign} "{}""#, choices.pick(RUNS)),
        19 => format!("request.cost_usd {order} {}", choices.pick(&["0.5", "1.0", "2.0"])),
        _ => {
            let quantifier = choices.pick(&["exists", "all"]);
            format!(r#"request.tags.{quantifier}(t, t == "{}")"#, choices.pick(TAGS))
        }
    }
}
