//! What may be written at the cursor: names, fields, functions and methods that take what stands before.

use callgate_model::{Limits, Span};

use super::editor::{Reading, covers};
use super::functions::{Calling, Documented, documented};
use crate::check::{Context, Reference, Type, takes_target};
use crate::environment::Entity;
use crate::syntax::ast::{NodeId, NodeKind};
use crate::syntax::lex;
use crate::syntax::token::TokenKind;

/// Something that may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What to write in the place of [`Completions::replace`].
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// Its type, or how a function is written.
    pub detail: String,
    /// A sentence on what it is for; empty for values.
    pub doc: &'static str,
}

/// What a completion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CompletionKind {
    /// A variable of a macro.
    Local,
    /// A declared attribute.
    Variable,
    /// A field of an object.
    Field,
    /// A function or method.
    Function,
    /// A word of the language.
    Keyword,
}

/// What may be written at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completions {
    /// The text to replace: the part of a name before the cursor.
    pub replace: Span,
    /// The candidates, in the order to show them.
    pub items: Vec<Completion>,
}

/// What may be written at a byte offset of a source, which may have errors.
pub fn complete(source: &str, offset: u32, context: Context<'_>, limits: &Limits) -> Completions {
    let tokens = lex(source, &mut Vec::new());
    let inside = |span: Span| span.start < offset && offset <= span.end;
    let at = tokens.tokens.iter().position(|token| inside(token.span));
    let under = at.and_then(|at| tokens.tokens.get(at));
    let start = match under.map(|token| token.kind) {
        Some(
            TokenKind::Ident | TokenKind::True | TokenKind::False | TokenKind::Null | TokenKind::In,
        ) => under.map_or(offset, |token| token.span.start),
        _ => offset,
    };
    let replace = Span::new(start, offset);
    let literal = matches!(
        under.map(|token| token.kind),
        Some(
            TokenKind::String
                | TokenKind::Bytes
                | TokenKind::Int
                | TokenKind::Uint
                | TokenKind::Double
        )
    );
    if literal || tokens.comments.iter().any(|span| inside(*span)) {
        return Completions {
            replace,
            items: Vec::new(),
        };
    }
    let reading = Reading::of(source, context, limits);
    let mut preceding = tokens.tokens.iter().rev();
    let before = preceding.find(|token| token.kind != TokenKind::End && token.span.end <= start);
    let after_dot = before.is_some_and(|token| token.kind == TokenKind::Dot)
        || (before.is_some_and(|token| token.kind == TokenKind::Question)
            && source
                .get(..start as usize)
                .is_some_and(|text| text.ends_with(".?")));
    let mut items = if after_dot {
        operand(&reading, start).map_or_else(Vec::new, |operand| members(&reading, operand))
    } else {
        names(&reading, offset, context)
    };
    let prefix = source
        .get(start as usize..offset as usize)
        .unwrap_or_default()
        .to_lowercase();
    items.retain(|item| item.label.to_lowercase().starts_with(&prefix));
    callgate_json::sort_by(&mut items, |a, b| {
        (a.kind, &a.label).cmp(&(b.kind, &b.label))
    });
    items.dedup_by(|a, b| a.label == b.label);
    Completions { replace, items }
}

/// What stands before the dot of the name that starts at an offset.
fn operand(reading: &Reading, start: u32) -> Option<NodeId> {
    let begins =
        |span: Span| span.start == start || (span.start >= span.end && covers(span, start));
    reading.ast.nodes().find_map(|(_, node)| match &node.kind {
        NodeKind::Select { operand, field, .. } if begins(field.span) => Some(*operand),
        NodeKind::Call {
            target, function, ..
        } if begins(function.span) => *target,
        _ => None,
    })
}

/// What may follow a dot.
fn members(reading: &Reading, operand: NodeId) -> Vec<Completion> {
    let found = reading.checked.type_of(operand).cloned();
    let declared = reading.checked.reference(operand).is_some();
    if let Some(namespace) = reading.dotted(operand)
        && !declared
        && namespaced(&namespace).next().is_some()
    {
        let prefix = format!("{namespace}.");
        return namespaced(&namespace)
            .map(|found| Completion {
                label: found.name.trim_start_matches(&*prefix).to_owned(),
                ..function(&found)
            })
            .collect();
    }
    let found = found.unwrap_or(Type::Dyn);
    let inner = match &found {
        Type::Optional(inner) => (**inner).clone(),
        other => other.clone(),
    };
    let mut items = Vec::new();
    if let Type::Object(object) = &inner {
        items.extend(object.fields.iter().map(|(name, field)| Completion {
            label: name.to_string(),
            kind: CompletionKind::Field,
            detail: field.to_string(),
            doc: "",
        }));
    }
    let methods = documented().filter(|method| method.calling != Calling::Global);
    items.extend(
        methods
            .filter(|method| takes_target(method.name, &found))
            .map(|method| function(&method)),
    );
    items
}

fn namespaced(namespace: &str) -> impl Iterator<Item = Documented> {
    let prefix = format!("{namespace}.");
    documented().filter(move |found| {
        found.name.starts_with(&prefix) || (found.name == "bind" && prefix == "cel.")
    })
}

/// What may begin an operand.
fn names(reading: &Reading, offset: u32, context: Context<'_>) -> Vec<Completion> {
    let mut items = locals(reading, offset);
    for (path, entity) in context.environment.paths() {
        if let Entity::Slot(slot) = entity {
            let declaration = context.environment.declaration(slot);
            let found = declaration.map_or(Type::Dyn, |found| Type::from(&found.r#type));
            items.push(Completion {
                label: path.to_owned(),
                kind: CompletionKind::Variable,
                detail: found.to_string(),
                doc: "",
            });
        }
    }
    let globals = documented().filter(|found| found.calling != Calling::Method);
    items.extend(globals.map(|found| function(&found)));
    items.extend(["true", "false", "null"].map(|word| Completion {
        label: word.to_owned(),
        kind: CompletionKind::Keyword,
        detail: String::new(),
        doc: "",
    }));
    items
}

/// The variables of the macros around an offset.
fn locals(reading: &Reading, offset: u32) -> Vec<Completion> {
    let mut items = Vec::new();
    for (_, node) in reading.ast.nodes() {
        let NodeKind::Call { arguments, .. } = &node.kind else {
            continue;
        };
        if !covers(node.span, offset) {
            continue;
        }
        for id in arguments {
            if reading.checked.reference(*id) == Some(&Reference::Local(*id))
                && reading.ast.node(*id).span.end < offset
            {
                let found = reading.checked.type_of(*id);
                items.push(Completion {
                    label: reading.ast.text(reading.ast.node(*id).span).to_owned(),
                    kind: CompletionKind::Local,
                    detail: found.map(ToString::to_string).unwrap_or_default(),
                    doc: "",
                });
            }
        }
    }
    items
}

fn function(found: &Documented) -> Completion {
    Completion {
        label: found.name.to_owned(),
        kind: CompletionKind::Function,
        detail: found.usages.join("\n"),
        doc: found.doc,
    }
}
