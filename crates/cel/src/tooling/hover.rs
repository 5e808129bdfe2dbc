//! What stands under the cursor: its type, or what a function is for.

use callgate_model::{Limits, Span};

use super::editor::{Reading, covers};
use super::functions::{Documented, documented};
use crate::check::{Context, Reference};
use crate::environment::Entity;
use crate::syntax::ast::{Name, NodeId, NodeKind};

/// What there is to say about a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// What it is about.
    pub span: Span,
    /// A declaration, `request.tool.name: string`, or a function's usages, one a line.
    pub title: String,
    /// A sentence on what it is for; empty for values.
    pub doc: &'static str,
}

/// What stands at a byte offset of a source, which may have errors.
pub fn hover(source: &str, offset: u32, context: Context<'_>, limits: &Limits) -> Option<Hover> {
    let reading = Reading::of(source, context, limits);
    let at = reading.at(offset);
    at.into_iter()
        .find_map(|id| of_node(&reading, context, id, offset))
}

fn of_node(reading: &Reading, context: Context<'_>, id: NodeId, offset: u32) -> Option<Hover> {
    let node = reading.ast.node(id);
    let place = match &node.kind {
        NodeKind::Call {
            target, function, ..
        } if covers(function.span, offset) => {
            return of_function(reading, *target, function);
        }
        NodeKind::Select { field, .. } if covers(field.span, offset) => field.span,
        NodeKind::Ident { .. } | NodeKind::Literal(_) => node.span,
        _ => return None,
    };
    let found = match reading.checked.type_of(id) {
        Some(found) => found.to_string(),
        // The beginning of a longer name is no value of its own.
        None => match context.environment.entity(&reading.dotted(id)?)? {
            Entity::Struct(_) => "object".to_owned(),
            Entity::Slot(slot) => {
                let declared = context.environment.declaration(slot)?;
                declared.r#type.to_string()
            }
        },
    };
    let name = match reading.checked.reference(id) {
        Some(Reference::Declared(path)) => path.to_string(),
        Some(Reference::Local(_) | Reference::TypeName) | None => {
            let whole = reading.dotted(id);
            whole.unwrap_or_else(|| reading.ast.text(place).to_owned())
        }
    };
    Some(Hover {
        span: place,
        title: format!("{name}: {found}"),
        doc: "",
    })
}

fn of_function(reading: &Reading, target: Option<NodeId>, function: &Name) -> Option<Hover> {
    let namespace = target.and_then(|target| reading.dotted(target));
    let whole = namespace.map(|namespace| format!("{namespace}.{}", function.text));
    let named = |name: &str| -> Vec<Documented> {
        documented().filter(|found| found.name == name).collect()
    };
    let mut found = whole.map(|whole| named(&whole)).unwrap_or_default();
    if found.is_empty() {
        found = named(&function.text);
    }
    let usages: Vec<&str> = found
        .iter()
        .flat_map(|found| &found.usages)
        .map(String::as_str)
        .collect();
    Some(Hover {
        span: function.span,
        title: usages.join("\n"),
        doc: found.first()?.doc,
    })
}
