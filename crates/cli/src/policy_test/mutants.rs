//! Edits to policies that tests should notice: each is made by itself, and all tests are run against it.
//!
//! One edit a policy, first order; an edit that no test notices *survives* and says what a test is
//! missing (`DeMillo`, Lipton, Sayward: *Hints on test data selection*, 1978). Edits that cannot be
//! told apart by any test are left out: those of names and messages, those that the checker refuses,
//! and those that can be proved to mean the same.

mod document;
mod expression;
mod order;
mod prove;

use std::rc::Rc;

use callgate_engine::{CompiledRelease, Scratch, check_expression};
use callgate_json::Document;
use callgate_model::{Limits, Reader, Span};
use callgate_release::{Format, Policy, Source};
use serde_json::Value;

use super::Case;
use super::run::passes;
use crate::error::Error;
use crate::input::File;
use crate::project::Project;

/// An edit to one policy.
#[derive(Debug)]
pub struct Mutant {
    /// The policy's name.
    pub policy: String,
    /// The file it is in.
    pub file: Rc<File>,
    /// What is edited, in the file.
    pub place: Span,
    /// What the edit is.
    pub what: String,
    /// What stood there; lines.
    pub before: String,
    /// What stands there instead; nothing when it is dropped.
    pub after: String,
    /// Index of the policy among those enabled.
    index: usize,
    /// The edited policy; none when it is dropped.
    edited: Option<Policy>,
}

/// An edit as its maker describes it, with the whole edited document.
struct Edit {
    /// JSON Pointer to what is edited.
    pointer: String,
    /// Where in the text at the pointer, for expressions.
    within: Option<Span>,
    what: String,
    before: String,
    after: String,
    document: Value,
}

/// How the edits fared.
#[derive(Debug, Default)]
pub struct Tally {
    /// Edits that some test noticed.
    pub killed: usize,
    /// Edits that no test noticed, in the order of the files.
    pub survivors: Vec<Mutant>,
    /// Edits that make no policy, or no release.
    pub invalid: usize,
    /// Edits that can be proved to change nothing.
    pub equal: usize,
}

impl Tally {
    /// Edits that were run.
    pub fn made(&self) -> usize {
        self.killed.saturating_add(self.survivors.len())
    }

    /// Adds the tally of another project.
    pub fn add(&mut self, other: Self) {
        self.killed = self.killed.saturating_add(other.killed);
        self.invalid = self.invalid.saturating_add(other.invalid);
        self.equal = self.equal.saturating_add(other.equal);
        self.survivors.extend(other.survivors);
    }
}

/// Makes every edit to the policies of `project` and runs `cases` against each; `progress` hears how
/// many are done, of how many.
///
/// # Errors
/// The project itself makes no release.
pub fn hunt(
    project: &Project,
    cases: &[&Case],
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Tally, Error> {
    let policies = project.enabled();
    let original = project.compile()?.reference().digest;
    let mut tally = Tally::default();
    let mutants = mutants(project, &mut tally);
    let count = mutants.len();
    for (done, mutant) in mutants.into_iter().enumerate() {
        progress(done, count);
        let mut edited = policies.clone();
        match &mutant.edited {
            Some(policy) => {
                if let Some(place) = edited.get_mut(mutant.index) {
                    *place = policy.clone();
                }
            }
            None => drop(edited.remove(mutant.index)),
        }
        match project.compile_policies(&edited) {
            Err(_) => tally.invalid = tally.invalid.saturating_add(1),
            Ok(release) if release.reference().digest == original => {
                tally.equal = tally.equal.saturating_add(1);
            }
            Ok(release) if is_noticed(&release, cases) => {
                tally.killed = tally.killed.saturating_add(1);
            }
            Ok(_) => tally.survivors.push(mutant),
        }
    }
    progress(count, count);
    Ok(tally)
}

/// Whether any test fails under this release.
fn is_noticed(release: &CompiledRelease, cases: &[&Case]) -> bool {
    let mut scratch = Scratch::new(&Limits::default());
    cases
        .iter()
        .any(|case| !passes(case, release, &mut scratch))
}

/// Every edit that makes a policy, in the order of the files.
fn mutants(project: &Project, tally: &mut Tally) -> Vec<Mutant> {
    let limits = Limits::default();
    let mut mutants = Vec::new();
    let enabled = project.policies.iter().filter(|w| w.located.policy.enabled);
    for (index, written) in enabled.enumerate() {
        let (file, policy) = (&written.file, &written.located.policy);
        let whole = Mutant {
            policy: policy.name.clone(),
            file: Rc::clone(file),
            place: written.located.name,
            what: "the policy is dropped".to_owned(),
            before: format!("name: {}", policy.name),
            after: String::new(),
            index,
            edited: None,
        };
        mutants.push(whole);
        let format = Format::of_path(&file.name).unwrap_or(Format::Yaml);
        // INVARIANT: the file has been read before.
        let Ok(source) = Source::read(&file.text, format, &limits) else {
            continue;
        };
        let Some((mapped, value)) = find(&source, &policy.name) else {
            continue;
        };
        let Ok(document) = serde_json::from_str::<Value>(value.raw()) else {
            continue;
        };
        let mut edits = edits(&document);
        edits.extend(order::edit(project, policy, &document));
        for edit in edits {
            let place = value
                .pointer(&edit.pointer)
                .map_or(written.located.name, |at| match edit.within {
                    Some(span) => mapped.text_map(at).locate(span),
                    None => mapped.locate(Span::from(at.span())),
                });
            let Some(edited) = read(&edit.document) else {
                tally.invalid = tally.invalid.saturating_add(1);
                continue;
            };
            if prove::is_equal(policy, &edited) {
                tally.equal = tally.equal.saturating_add(1);
                continue;
            }
            mutants.push(Mutant {
                policy: policy.name.clone(),
                file: Rc::clone(file),
                place,
                what: edit.what,
                before: edit.before,
                after: edit.after,
                index,
                edited: Some(edited),
            });
        }
    }
    mutants
}

fn edits(document: &Value) -> Vec<Edit> {
    let mut edits = expression::edits(document);
    edits.extend(document::edits(document));
    edits
}

/// The document of the policy with this name.
pub fn find<'s>(
    source: &'s Source,
    name: &str,
) -> Option<(&'s callgate_release::Mapped, callgate_json::Value<'s>)> {
    let mut documents = source.documents.iter().flat_map(|mapped| {
        let root = mapped.root();
        let items: Vec<_> = match root.as_array() {
            Some(array) => array.iter().collect(),
            None => vec![root],
        };
        items.into_iter().map(move |value| (mapped, value))
    });
    documents.find(|(_, value)| {
        let found = value.pointer("/metadata/name");
        found.and_then(callgate_json::Value::as_str) == Some(name)
    })
}

/// The policy of an edited document, if it is one that `check` lets pass.
fn read(document: &Value) -> Option<Policy> {
    let text = document.to_string();
    let document = Document::parse(text.as_bytes(), &Limits::default().release_json()).ok()?;
    let mut reader = Reader::default();
    let policy = Policy::read(&mut reader, document.root());
    let policy = reader.finish(policy).ok()?;
    let sound = policy.spec.cel().is_none_or(|cel| {
        let review = check_expression(&cel.expression, None, &Limits::default());
        !review
            .diagnostics
            .iter()
            .any(callgate_model::Diagnostic::is_error)
    });
    sound.then_some(policy)
}
