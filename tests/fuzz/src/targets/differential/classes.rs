//! The table of disagreements: what other engines come to that this one does not, and what decides it.
//!
//! `crates/cel/README.md` lists the classes for people.

use callgate_cel::check::{Type, check};
use callgate_cel::syntax::ast::{BinaryOperator, NodeKind};
use callgate_cel::{Ast, Environment, ErrorCode, EvalError, Kind, Undeclared, parse};
use callgate_model::{Limits, Span};

use super::Result;
use crate::Label;

/// A disagreement.
#[derive(Debug, Clone, Copy)]
pub struct Case<'c> {
    pub source: &'c str,
    pub peer: &'static str,
    pub ours: &'c Result,
    pub error: Option<EvalError>,
    pub theirs: &'c Result,
}

/// A class of disagreements.
struct Class {
    name: Label,
    peer: &'static str,
    /// An expression of the class.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for readers, and a test holds it to be true")
    )]
    example: &'static str,
    explains: fn(&Case<'_>, &Ast) -> bool,
}

const CLASSES: &[Class] = &[
    // langdef, "Lists": an index outside the list is an error; cel-core counts from the end.
    Class {
        name: "cel-core: a negative index",
        peer: "cel-core",
        example: "[1, 2][-1]",
        explains: |case, ast| {
            fails_here_only(case)
                && (code(case) == Some(ErrorCode::IndexOutOfBounds) || absorbs(ast))
                && has(ast, |kind| matches!(kind, NodeKind::Index { .. }))
        },
    },
    // langdef, "Field Selection": `has(e.f)` evaluates e, and an error of e is one of the whole.
    Class {
        name: "cel-core: has() of a map that fails",
        peer: "cel-core",
        example: "has({\"a\": {}.b}.a)",
        explains: |case, ast| {
            fails_here_only(case) && (fails_in_has(case, ast) || absorbs(ast) && has(ast, is_has))
        },
    },
    // langdef, "Ordering": NaN is neither less nor greater than anything; both others fail.
    Class {
        name: "cel: order of NaN",
        peer: "cel",
        example: "0.0 / 0.0 < 1.0",
        explains: compares_nan,
    },
    Class {
        name: "cel-core: order of NaN",
        peer: "cel-core",
        example: "0.0 / 0.0 < 1.0",
        explains: compares_nan,
    },
    // langdef, "Field Selection" and the list of operators: `[]` is defined on lists and maps.
    Class {
        name: "cel-core: an index into text or bytes",
        peer: "cel-core",
        example: "\"abc\"[0]",
        explains: |case, ast| {
            fails_here_only(case)
                && (code(case) == Some(ErrorCode::NoMatchingOverload) || absorbs(ast))
                && has(ast, |kind| matches!(kind, NodeKind::Index { .. }))
        },
    },
    // langdef, the list of operators: `+` joins a list with a list; `cel` adds the keys of a map.
    Class {
        name: "cel: a list plus a map",
        peer: "cel",
        example: "[1] + {\"a\": 2}",
        explains: |case, ast| {
            fails_here_only(case)
                && (code(case) == Some(ErrorCode::NoMatchingOverload) || absorbs(ast))
                && has(ast, |kind| is_binary(kind, &[BinaryOperator::Add]))
                && has(ast, |kind| matches!(kind, NodeKind::Map(_)))
        },
    },
    // langdef, the list of operators, `in`: a map does not contain what cannot be a key; both others fail.
    Class {
        name: "cel: membership of what is no key",
        peer: "cel",
        example: "[1] in {\"a\": 1}",
        explains: asks_for_no_key,
    },
    Class {
        name: "cel-core: membership of what is no key",
        peer: "cel-core",
        example: "[1] in {\"a\": 1}",
        explains: asks_for_no_key,
    },
    // langdef, the list of operators: `!` is defined on bool and `-` on numbers; `cel` drops them in pairs unread.
    Class {
        name: "cel: `!` and `-` in pairs",
        peer: "cel",
        example: "!![1]",
        explains: |case, ast| fails_here_only(case) && has(ast, |kind| is_paired(ast, kind)),
    },
    // No section orders a map's entries: here by key; `cel` keeps a hash map, and differs between runs.
    Class {
        name: "cel: order of a map's entries",
        peer: "cel",
        example: "{1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1, 7: 1, 8: 1, 9: 1, 10: 1, 11: 1, 12: 1}.map(k, k)",
        explains: |case, ast| {
            let lists = |kind: &NodeKind| match kind {
                NodeKind::Call { function, .. } => ["map", "filter"].contains(&&*function.text),
                _ => false,
            };
            has(ast, lists)
                && has(ast, |kind| matches!(kind, NodeKind::Map(_)))
                && (are_reordered(case) || has(ast, |kind| matches!(kind, NodeKind::Index { .. })))
        },
    },
    // No section says how a double is spelt: here as in canonical JSON, without a needless `.0`,
    // and the infinities by name.
    Class {
        name: "cel: string() of a double",
        peer: "cel",
        example: "string(1.0 / 0.0)",
        explains: |case, ast| *case.ours != Result::Error && spells_a_double(ast),
    },
    Class {
        name: "cel-core: string() of a double",
        peer: "cel-core",
        example: "string(1e3)",
        explains: |case, ast| *case.ours != Result::Error && spells_a_double(ast),
    },
];

const ORDER: &[BinaryOperator] = &[
    BinaryOperator::Less,
    BinaryOperator::LessEqual,
    BinaryOperator::Greater,
    BinaryOperator::GreaterEqual,
];

/// The class of a disagreement; `None` when no class explains it.
pub fn class(case: &Case<'_>) -> Option<Label> {
    let ast = parse(case.source, &Limits::default()).ok()?;
    let found = CLASSES
        .iter()
        .find(|class| class.peer == case.peer && (class.explains)(case, &ast));
    found.map(|class| class.name)
}

fn fails_here_only(case: &Case<'_>) -> bool {
    *case.ours == Result::Error && *case.theirs != Result::Error
}

fn code(case: &Case<'_>) -> Option<ErrorCode> {
    case.error.map(|error| error.code)
}

fn has(ast: &Ast, is_wanted: impl Fn(&NodeKind) -> bool) -> bool {
    ast.nodes().any(|(_, node)| is_wanted(&node.kind))
}

fn is_binary(kind: &NodeKind, wanted: &[BinaryOperator]) -> bool {
    matches!(kind, NodeKind::Binary { operator, .. } if wanted.contains(operator))
}

/// Whether the operand of a `!` or `-` begins with the same once more.
fn is_paired(ast: &Ast, kind: &NodeKind) -> bool {
    let NodeKind::Unary { operator, operand } = kind else {
        return false;
    };
    matches!(&ast.node(*operand).kind, NodeKind::Unary { operator: again, .. } if again == operator)
}

/// Whether the expression can go on after an error, so that the one reported is not the only one.
fn absorbs(ast: &Ast) -> bool {
    has(ast, |kind| match kind {
        NodeKind::Call { function, .. } => ["all", "exists"].contains(&&*function.text),
        other => is_binary(other, &[BinaryOperator::And, BinaryOperator::Or]),
    })
}

fn is_has(kind: &NodeKind) -> bool {
    matches!(kind, NodeKind::Call { function, .. } if &*function.text == "has")
}

/// Whether what failed stands inside `has(…)`.
fn fails_in_has(case: &Case<'_>, ast: &Ast) -> bool {
    let inside = |outer: Span, inner: Span| outer.start <= inner.start && inner.end <= outer.end;
    ast.nodes().any(|(_, node)| {
        is_has(&node.kind)
            && case
                .error
                .is_some_and(|error| inside(node.span, error.span))
    })
}

fn asks_for_no_key(case: &Case<'_>, ast: &Ast) -> bool {
    *case.theirs == Result::Error
        && *case.ours != Result::Error
        && has(ast, |kind| is_binary(kind, &[BinaryOperator::In]))
        && has(ast, |kind| matches!(kind, NodeKind::Map(_)))
}

/// Whether two values are written with the same letters.
fn are_reordered(case: &Case<'_>) -> bool {
    let (Result::Value(ours), Result::Value(theirs)) = (case.ours, case.theirs) else {
        return false;
    };
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(ours) == sorted(theirs)
}

fn compares_nan(case: &Case<'_>, ast: &Ast) -> bool {
    *case.theirs == Result::Error
        && *case.ours != Result::Error
        && has(ast, |kind| is_binary(kind, ORDER))
        && has(ast, |kind| is_binary(kind, &[BinaryOperator::Divide]))
        && !nan_free(case.source)
}

/// Whether something that is or may be a double is turned into text.
fn spells_a_double(ast: &Ast) -> bool {
    let environment = Environment::builder()
        .undeclared(Undeclared::FailWhenRead)
        .build();
    let checked = check(ast, (&environment).into(), &Limits::default());
    has(ast, |kind| match kind {
        NodeKind::Call {
            function,
            arguments,
            ..
        } if &*function.text == "string" => {
            let mut types = arguments
                .iter()
                .filter_map(|argument| checked.type_of(*argument));
            types.any(|found| matches!(found, Type::Dyn | Type::Simple(Kind::Double)))
        }
        _ => false,
    })
}

/// Whether no double stands in the source that a quotient could make NaN of.
fn nan_free(source: &str) -> bool {
    !source.contains('.') && !source.contains("double(")
}

#[cfg(test)]
mod tests {
    use super::super::judge;
    use super::CLASSES;

    #[test]
    fn every_class_has_an_example_that_is_of_it() {
        for class in CLASSES {
            let found = judge(class.example, super::super::Parser::Slow, Some(class.peer));
            assert_eq!(found.map_err(|finding| finding.to_string()), Ok(class.name));
        }
    }
}
