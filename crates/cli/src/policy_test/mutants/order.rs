//! Edits to the order of match policies.

use callgate_release::{Policy, Spec};
use serde_json::{Value, json};

use super::Edit;
use crate::project::Project;

/// The policy right behind the one that was tried next.
pub fn edit(project: &Project, policy: &Policy, document: &Value) -> Option<Edit> {
    let own = priority(policy)?;
    let others = project
        .policies
        .iter()
        .map(|written| &written.located.policy);
    let others = others.filter(|other| other.enabled).filter_map(priority);
    let next = others.filter(|other| *other > own).min()?;
    let moved = next.checked_add(1)?;
    let mut edited = document.clone();
    *edited.pointer_mut("/spec/priority")? = json!(moved);
    Some(Edit {
        pointer: "/spec/priority".to_owned(),
        within: None,
        what: format!("the policy is tried after the one with {next}"),
        before: format!("priority: {own}"),
        after: format!("priority: {moved}"),
        document: edited,
    })
}

fn priority(policy: &Policy) -> Option<i64> {
    match &policy.spec {
        Spec::Match(written) => Some(written.spec.priority),
        _ => None,
    }
}
