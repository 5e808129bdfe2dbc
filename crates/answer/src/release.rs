//! Releases as text, signed or not.

use callgate_engine::{CompiledRelease, author};
use callgate_json::Document;
use callgate_model::{Diagnostic, Limits};
use callgate_release::{Envelope, Release};

use crate::problem;

/// How a release was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it is: places in it are places in the text.
    Plain,
    /// In an envelope, in which nobody sees the text that places are in.
    Enveloped,
}

/// Compiles a release, signed or not, and says how it was given. Nobody checks signatures.
///
/// # Errors
/// Everything that is wrong with it.
pub fn unchecked(text: &str, limits: &Limits) -> Result<(CompiledRelease, Form), Vec<Diagnostic>> {
    let Some(envelope) = envelope(text, limits)? else {
        let release = Release::read(text.as_bytes(), limits)?;
        let compiled = author::compile(release, text, limits)?;
        return Ok((compiled, Form::Plain));
    };
    let release = Release::read(envelope.payload(), limits).map_err(placeless)?;
    Ok((compiled(release, limits)?, Form::Enveloped))
}

/// Compiles a release of which nobody sees the text.
///
/// # Errors
/// What is wrong with its policies.
pub fn compiled(release: Release, limits: &Limits) -> Result<CompiledRelease, Vec<Diagnostic>> {
    CompiledRelease::compile(release, limits)
        .map_err(|found| placeless(found.into_iter().map(|it| it.diagnostic).collect()))
}

/// The envelope, if the text is one.
///
/// # Errors
/// The text is no JSON, or an envelope with something wrong.
pub fn envelope(text: &str, limits: &Limits) -> Result<Option<Envelope>, Vec<Diagnostic>> {
    let document = Document::parse(text.as_bytes(), &limits.release_json());
    let document = document.map_err(|error| vec![problem::of_json(error)])?;
    match Envelope::is_one(document.root()) {
        true => Envelope::read_value(document.root()).map(Some),
        false => Ok(None),
    }
}

/// Findings without their places, which are in a text that nobody sees.
pub fn placeless(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let without = |finding| Diagnostic {
        span: None,
        ..finding
    };
    found.into_iter().map(without).collect()
}
