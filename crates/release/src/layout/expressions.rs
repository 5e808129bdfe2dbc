//! Expressions of a YAML text in canonical form: the text is edited in place, never written anew.

use callgate_cel::tooling::format;
use callgate_model::{Limits, Span};

use crate::{Format, documents};

/// The text with its expressions formatted, if that changes it.
pub fn rewritten(text: &str) -> Option<String> {
    let mut current = text.to_owned();
    // From the last to the first, so that places further up stay where they are.
    for index in (0..expressions(text).len()).rev() {
        if let Some(edited) = edited(&current, index) {
            current = edited;
        }
    }
    (current != text).then_some(current)
}

/// The expressions of a text, with the places of their first and last bytes.
fn expressions(text: &str) -> Vec<(String, Span)> {
    let read = documents::read(text, Format::Yaml, &Limits::default());
    let policies = read.policies.into_iter();
    policies
        .filter_map(|located| {
            let cel = located.policy.spec.cel()?;
            let source = cel.expression.trim_end().to_owned();
            let end = u32::try_from(source.len()).unwrap_or(u32::MAX);
            let place = located.expression.locate(Span::new(0, end));
            Some((source, place))
        })
        .collect()
}

/// The text with one expression formatted, if that changes it and changes nothing else.
fn edited(text: &str, index: usize) -> Option<String> {
    let before = expressions(text);
    let (source, place) = before.get(index)?;
    let wanted = format(source, &Limits::default()).ok()?;
    let (start, end) = (place.start as usize, place.end as usize);
    let line = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let lead = text.get(line..start)?;
    let written = if lead.trim().is_empty() {
        wanted.replace('\n', &format!("\n{lead}"))
    } else if !wanted.contains('\n') {
        wanted.clone()
    } else if lead.trim_start() == "expression: " {
        let indent = lead.len().saturating_sub(lead.trim_start().len()) + 2;
        let indent = " ".repeat(indent);
        format!(
            "|-\n{indent}{}",
            wanted.replace('\n', &format!("\n{indent}"))
        )
    } else {
        return None;
    };
    let edited = format!("{}{written}{}", text.get(..start)?, text.get(end..)?);
    // What the notation made of it is read back: quotes and folds may not have let it through.
    let after = expressions(&edited);
    let alike = after.len() == before.len()
        && after
            .iter()
            .zip(&before)
            .enumerate()
            .all(|(at, (new, old))| {
                if at == index {
                    format(&new.0, &Limits::default()).as_ref() == Ok(&wanted)
                } else {
                    new.0 == old.0
                }
            });
    (alike && edited != text).then_some(edited)
}
