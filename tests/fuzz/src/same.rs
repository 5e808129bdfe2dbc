//! Whether two trees are the same but for their places in the source.

use callgate_cel::Ast;
use callgate_cel::syntax::ast::{Node, NodeKind};

/// Whether two trees have the same nodes. Children are read before their parents, so that equal trees
/// have equal nodes in equal places.
pub fn same(left: &Ast, right: &Ast) -> bool {
    left.nodes().count() == right.nodes().count()
        && left.root() == right.root()
        && left
            .nodes()
            .zip(right.nodes())
            .all(|((_, a), (_, b))| same_node(a, b))
}

fn same_node(left: &Node, right: &Node) -> bool {
    use NodeKind as K;
    match (&left.kind, &right.kind) {
        (K::Error, K::Error) => true,
        (K::Literal(a), K::Literal(b)) => a == b,
        (
            K::Ident {
                name: a,
                absolute: c,
            },
            K::Ident {
                name: b,
                absolute: d,
            },
        ) => a == b && c == d,
        (
            K::Select {
                operand: a,
                field: c,
                optional: e,
            },
            K::Select {
                operand: b,
                field: d,
                optional: f,
            },
        ) => a == b && c.text == d.text && e == f,
        (
            K::Index {
                operand: a,
                index: c,
                optional: e,
            },
            K::Index {
                operand: b,
                index: d,
                optional: f,
            },
        ) => a == b && c == d && e == f,
        (
            K::Call {
                target: a,
                function: c,
                absolute: e,
                arguments: g,
            },
            K::Call {
                target: b,
                function: d,
                absolute: f,
                arguments: h,
            },
        ) => a == b && c.text == d.text && e == f && g == h,
        (K::List(a), K::List(b)) => {
            let parts = |list: &[callgate_cel::syntax::ast::Element]| -> Vec<_> {
                list.iter()
                    .map(|element| (element.value, element.optional))
                    .collect()
            };
            parts(a) == parts(b)
        }
        (K::Map(a), K::Map(b)) => {
            let parts = |map: &[callgate_cel::syntax::ast::Entry]| -> Vec<_> {
                map.iter()
                    .map(|entry| (entry.key, entry.value, entry.optional))
                    .collect()
            };
            parts(a) == parts(b)
        }
        (
            K::Message {
                type_name: a,
                fields: c,
            },
            K::Message {
                type_name: b,
                fields: d,
            },
        ) => {
            a.text == b.text
                && c.len() == d.len()
                && c.iter()
                    .zip(d)
                    .all(|((a, c), (b, d))| a.text == b.text && c == d)
        }
        (
            K::Unary {
                operator: a,
                operand: c,
            },
            K::Unary {
                operator: b,
                operand: d,
            },
        ) => a == b && c == d,
        (
            K::Binary {
                operator: a,
                left: c,
                right: e,
                ..
            },
            K::Binary {
                operator: b,
                left: d,
                right: f,
                ..
            },
        ) => a == b && c == d && e == f,
        (
            K::Conditional {
                condition: a,
                then: c,
                otherwise: e,
            },
            K::Conditional {
                condition: b,
                then: d,
                otherwise: f,
            },
        ) => a == b && c == d && e == f,
        (K::Group(a), K::Group(b)) => a == b,
        _ => false,
    }
}
