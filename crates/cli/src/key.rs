//! Key files, and release files with or without an envelope.

use std::path::Path;
use std::rc::Rc;

use callgate_json::Document;
use callgate_model::Limits;
use callgate_release::signed::PrivateKey;
use callgate_release::{Envelope, PublicKey};

use crate::error::Error;
use crate::input::{self, File};
use crate::problem::Problem;

/// A release file, its envelope taken off.
#[derive(Debug)]
pub struct Opened {
    /// The text of the release: the file itself when it is not signed.
    pub release: Rc<File>,
    /// What was around it. Nothing of it is proved.
    pub envelope: Option<Envelope>,
}

/// Takes the envelope off a release file, if there is one.
///
/// # Errors
/// It is broken.
pub fn opened(file: &Rc<File>) -> Result<Opened, Error> {
    let limits = Limits::default();
    // What is no JSON at all is told by whoever reads the release.
    let document = Document::parse(file.text.as_bytes(), &limits.release_json());
    let Some(document) = document
        .ok()
        .filter(|document| Envelope::is_one(document.root()))
    else {
        return Ok(Opened {
            release: Rc::clone(file),
            envelope: None,
        });
    };
    let envelope = Envelope::read_value(document.root());
    let envelope = envelope.map_err(|found| Error::Policies(Problem::all(file, found)))?;
    let name = format!("{} (inside its envelope)", file.name);
    let release = input::text(name, envelope.payload().to_vec(), 1).map(Rc::new)?;
    Ok(Opened {
        release,
        envelope: Some(envelope),
    })
}

/// Reads a private key.
///
/// # Errors
/// It cannot be read, or is none.
pub fn private(path: &Path) -> Result<PrivateKey, Error> {
    let file = input::read(path)?;
    PrivateKey::read(&file.text).map_err(|why| bad(&file, why, "`callgate keygen` writes one"))
}

/// Reads a public key.
///
/// # Errors
/// It cannot be read, or is none.
pub fn public(path: &Path) -> Result<PublicKey, Error> {
    let file = input::read(path)?;
    let help = "`callgate keygen` writes it beside the private key, ending in `.pub`";
    PublicKey::read(&file.text).map_err(|why| bad(&file, why, help))
}

/// The contents of a key file are never shown, not even where they are wrong.
fn bad(file: &File, why: &str, help: &str) -> Error {
    let message = format!("`{}` {why}", file.name);
    let problem = Problem::bare("BAD_KEY", message, Some(help.to_owned()));
    Error::Input(vec![problem])
}
