//! Another name for a path: everywhere it is read, and nowhere it only looks alike.

use callgate_model::{Diagnostic, Limits, Span};

use super::editor::Reading;
use crate::check::{Context, Reference};
use crate::syntax::ast::{NodeId, NodeKind};

/// The source with a declared path, or a path below one, replaced by another wherever it is read.
/// Macro variables that carry the same name are left alone. Everything else stays byte for byte.
///
/// # Errors
/// What the parser has to say about a source it cannot read.
pub fn rename(
    source: &str,
    (from, to): (&str, &str),
    context: Context<'_>,
    limits: &Limits,
) -> Result<String, Vec<Diagnostic>> {
    crate::parse(source, limits)?;
    let reading = Reading::of(source, context, limits);
    let nodes = reading.ast.nodes();
    let mut places: Vec<Span> = nodes
        .filter(|(id, _)| reading.dotted(*id).as_deref() == Some(from))
        .filter(|(id, _)| !is_local(&reading, *id))
        .map(|(_, node)| node.span)
        .collect();
    places.sort_by_key(|span| span.start);
    let mut out = String::new();
    let mut done = 0;
    for place in places {
        out.push_str(
            source
                .get(done as usize..place.start as usize)
                .unwrap_or_default(),
        );
        if reading.ast.text(place).starts_with('.') {
            out.push('.');
        }
        out.push_str(to);
        done = place.end;
    }
    out.push_str(source.get(done as usize..).unwrap_or_default());
    Ok(out)
}

/// Whether the first part of a dotted name is a macro variable.
fn is_local(reading: &Reading, id: NodeId) -> bool {
    let mut at = id;
    while let NodeKind::Select { operand, .. } = &reading.ast.node(at).kind {
        at = *operand;
    }
    matches!(reading.checked.reference(at), Some(Reference::Local(_)))
}
