//! A folder that Envoy runs from: files are replaced whole, never seen half written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use callgate_model::Digest;

use crate::error::Error;
use crate::input;

/// The folder, where it really is.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder at `path`; made if it is not there.
    ///
    /// # Errors
    /// It cannot be made.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let made = fs::create_dir_all(path).and_then(|()| path.canonicalize());
        made.map(Self).map_err(|reason| unwritable(path, reason))
    }

    /// Where a file of it is; the folder itself for no name.
    pub(super) fn path(&self, name: &str) -> String {
        match name {
            "" => self.0.display().to_string(),
            name => self.0.join(name).display().to_string(),
        }
    }

    /// Copies a module here, under a name with its digest: Envoy takes the same path for the same module.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub(super) fn module(&self, from: &Path) -> Result<PathBuf, Error> {
        let bytes = fs::read(from).map_err(|reason| input::unreadable(from, reason))?;
        let digest = Digest::of(&bytes).to_text();
        let digest: String = digest
            .trim_start_matches("sha256:")
            .chars()
            .take(16)
            .collect();
        let name = format!("callgate_filter-{digest}.wasm");
        self.replace(&name, &bytes)?;
        Ok(self.0.join(name))
    }

    /// Writes a file whole.
    ///
    /// # Errors
    /// It cannot be written; what was there is still there then.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), Error> {
        self.replace(name, text.as_bytes())
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.0.join(name);
        let new = self.0.join(format!(".{name}.new"));
        let replaced = fs::write(&new, bytes).and_then(|()| fs::rename(&new, &path));
        replaced.map_err(|reason| unwritable(&path, reason))
    }
}

fn unwritable(path: &Path, reason: io::Error) -> Error {
    Error::Write {
        name: input::name_of(path),
        reason,
    }
}
