//! `cel_parse`: any text is read or refused with places that exist, bounds hold, and the canonical
//! form of what was read means the same and stays as it is.

use callgate_cel::Ast;
use callgate_cel::parse;
use callgate_cel::syntax::ast::{NodeId, NodeKind};
use callgate_cel::tooling::format_to;
use callgate_model::Limits;

use super::{Target, is_real, places_are_real};
use crate::choices::Choices;
use crate::grammar::FULL;
use crate::same::same;
use crate::{Finding, Label};

pub const TARGET: Target = Target {
    name: "cel_parse",
    run,
    must_meet: &["read", "refused"],
};

/// Pieces of source that belong together or just do not.
const PIECES: &[&str] = &[
    "a",
    ".b",
    ".?c",
    "[",
    "]",
    "[?",
    "(",
    ")",
    "{",
    "}",
    ":",
    ",",
    "?",
    " + ",
    " - ",
    "-",
    "!",
    " * ",
    " / ",
    " % ",
    " == ",
    " != ",
    " < ",
    " <= ",
    " > ",
    " >= ",
    " in ",
    " && ",
    " || ",
    "1",
    "2u",
    "0x1F",
    "1.5",
    "1e3",
    "9223372036854775808",
    "1e999",
    "\"s\"",
    "'t'",
    "r'\\'",
    "b'\\xff'",
    "\"\"\"q\n\"\"\"",
    "'\\u00e9'",
    "'\\ud800'",
    "'\\8'",
    "\"",
    "'",
    "`a-b`",
    ".`x y`",
    ".m(",
    "f(",
    "has(",
    ".all(x, ",
    "true",
    "false",
    "null",
    "T{f: ",
    "// c\n",
    "//",
    "\n",
    "\t",
    " ",
    "\r\n",
    "\u{b}",
    "é",
    "😀",
    "@",
    "#",
    "$",
    "&",
    "|",
    "=",
    "~",
    "in",
    "as",
    "package",
    "_",
    "__",
    "\\",
    "\0",
    "1.",
    ".5",
    "0x",
    "1u.",
    "..",
    "a.b.c",
];

/// Diagnostics of one source: a hundred of the lexer's, and of the parser's.
const MOST: usize = 220;

fn run(data: &[u8]) -> Result<Label, Finding> {
    let mut choices = Choices::new(data);
    let limits = Limits {
        expression_depth: [32, 32, 8, 4][choices.below(4)],
        expression_bytes: [4_096, 4_096, 4_096, 64][choices.below(4)],
        ..Limits::default()
    };
    let width = [100, 100, 40, 1][choices.below(4)];
    let source = match choices.below(4) {
        0 => FULL.expression(b'x', 4, &mut choices),
        1 => mutated(FULL.expression(b'b', 4, &mut choices), &mut choices),
        2 => pieces(&mut choices),
        _ => commented(&FULL.expression(b'b', 4, &mut choices), &mut choices),
    };
    match parse(&source, &limits) {
        Err(diagnostics) => refused(&source, &diagnostics, &limits, width),
        Ok(ast) => read(&source, &ast, &limits, width),
    }
}

fn refused(
    source: &str,
    diagnostics: &[callgate_model::Diagnostic],
    limits: &Limits,
    width: usize,
) -> Result<Label, Finding> {
    places_are_real(source, diagnostics)?;
    if diagnostics.len() > MOST {
        return Err(Finding::new(
            source,
            format!("{} diagnostics", diagnostics.len()),
        ));
    }
    if format_to(source, width, limits).is_ok() {
        return Err(Finding::new(source, "refused, and yet formatted"));
    }
    Ok("refused")
}

fn read(source: &str, ast: &Ast, limits: &Limits, width: usize) -> Result<Label, Finding> {
    let wrong = |problem: String| Err(Finding::new(source, problem));
    if source.len() > limits.expression_bytes as usize {
        return wrong(format!("{} bytes were read", source.len()));
    }
    let height = height(ast);
    if height > limits.expression_depth.saturating_mul(4) {
        return wrong(format!("a tree of height {height} was read"));
    }
    for (_, node) in ast.nodes() {
        if !is_real(source, node.span) || matches!(node.kind, NodeKind::Error) {
            return wrong(format!(
                "a node at {}..{} is none",
                node.span.start, node.span.end
            ));
        }
    }
    // The canonical form may be longer than what was written.
    let roomy = Limits {
        expression_bytes: u32::MAX,
        ..limits.clone()
    };
    let Ok(formatted) = format_to(source, width, &roomy) else {
        return wrong("read, and yet not formatted".to_owned());
    };
    let Ok(again) = parse(&formatted, &roomy) else {
        return wrong(format!("the canonical form cannot be read: {formatted:?}"));
    };
    if !same(ast, &again) {
        return wrong(format!(
            "the canonical form means something else: {formatted:?}"
        ));
    }
    if ast.comments().len() != again.comments().len() {
        return wrong(format!(
            "the canonical form has other comments: {formatted:?}"
        ));
    }
    match format_to(&formatted, width, &roomy) {
        Ok(twice) if twice == formatted => Ok(if ast.comments().is_empty() {
            "read"
        } else {
            "read with comments"
        }),
        Ok(twice) => wrong(format!(
            "formatting twice differs: {formatted:?}, {twice:?}"
        )),
        Err(_) => wrong(format!(
            "the canonical form cannot be formatted: {formatted:?}"
        )),
    }
}

/// The height of a tree, without parentheses, as the parser bounds it.
fn height(ast: &Ast) -> u32 {
    // In order of their numbers, children before their parents.
    let mut heights: Vec<(NodeId, u32)> = Vec::new();
    for (id, node) in ast.nodes() {
        let mut below = 0;
        children(&node.kind, &mut |child| {
            let place = heights.binary_search_by_key(&child, |(id, _)| *id).ok();
            let height = place
                .and_then(|place| heights.get(place))
                .map(|(_, height)| *height);
            below = below.max(height.unwrap_or(0));
        });
        heights.push((
            id,
            below + u32::from(!matches!(node.kind, NodeKind::Group(_))),
        ));
    }
    heights.last().map_or(0, |(_, height)| *height)
}

fn children(kind: &NodeKind, visit: &mut dyn FnMut(NodeId)) {
    match kind {
        NodeKind::Error | NodeKind::Literal(_) | NodeKind::Ident { .. } => {}
        NodeKind::Group(child)
        | NodeKind::Select { operand: child, .. }
        | NodeKind::Unary { operand: child, .. } => visit(*child),
        NodeKind::Index { operand, index, .. } => [*operand, *index].into_iter().for_each(visit),
        NodeKind::Call {
            target, arguments, ..
        } => target.iter().chain(arguments).copied().for_each(visit),
        NodeKind::List(elements) => elements.iter().map(|element| element.value).for_each(visit),
        NodeKind::Map(entries) => entries
            .iter()
            .flat_map(|entry| [entry.key, entry.value])
            .for_each(visit),
        NodeKind::Message { fields, .. } => fields.iter().map(|(_, value)| *value).for_each(visit),
        NodeKind::Binary { left, right, .. } => [*left, *right].into_iter().for_each(visit),
        NodeKind::Conditional {
            condition,
            then,
            otherwise,
        } => {
            [*condition, *then, *otherwise].into_iter().for_each(visit);
        }
    }
}

fn pieces(choices: &mut Choices<'_>) -> String {
    let mut source = String::new();
    for _ in 0..24 {
        if choices.is_empty() {
            break;
        }
        source.push_str(choices.pick(PIECES).copied().unwrap_or_default());
    }
    source
}

/// The source with a few pieces put in, taken out or doubled.
fn mutated(source: String, choices: &mut Choices<'_>) -> String {
    let mut letters: Vec<char> = source.chars().collect();
    for _ in 0..=choices.below(3) {
        let at = (choices.below(256) * 256 + choices.below(256)) % (letters.len() + 1);
        match choices.below(3) {
            0 => {
                let piece = choices.pick(PIECES).copied().unwrap_or_default();
                letters.splice(at..at, piece.chars());
            }
            1 => {
                let end = (at + 1 + choices.below(4)).min(letters.len());
                letters.drain(at..end.max(at));
            }
            _ => {
                let end = (at + choices.below(12)).min(letters.len());
                let piece: Vec<char> = letters.get(at..end).unwrap_or_default().to_vec();
                letters.splice(at..at, piece);
            }
        }
    }
    letters.into_iter().collect()
}

/// The source with white space and comments at some of its spaces.
fn commented(source: &str, choices: &mut Choices<'_>) -> String {
    const BETWEEN: &[&str] = &[
        " ",
        " ",
        " // one\n",
        "\n",
        "\n// two\n",
        "  // three\n\n// four\n",
        "\t",
        "",
    ];
    let mut out = String::with_capacity(source.len() * 2);
    for letter in source.chars() {
        match letter {
            ' ' => out.push_str(choices.pick(BETWEEN).copied().unwrap_or_default()),
            '(' | '[' | ',' | ')' if choices.one_in(6) => {
                out.push(letter);
                out.push_str(choices.pick(BETWEEN).copied().unwrap_or_default());
            }
            other => out.push(other),
        }
    }
    out
}
