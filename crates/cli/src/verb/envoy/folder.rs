//! A folder that Envoy runs from: files are replaced whole, never seen half written.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use callgate_model::Digest;

use crate::error::Error;
use crate::input;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    /// Whom the user's mask lets.
    All,
    /// Its owner alone: it holds a secret.
    Owner,
}

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
        self.replace(&name, &bytes, Readers::All)?;
        Ok(self.0.join(name))
    }

    /// Writes a file whole.
    ///
    /// # Errors
    /// It cannot be written; what was there is still there then.
    pub(super) fn write(&self, name: &str, text: &str, readers: Readers) -> Result<(), Error> {
        self.replace(name, text.as_bytes(), readers)
    }

    fn replace(&self, name: &str, bytes: &[u8], readers: Readers) -> Result<(), Error> {
        let path = self.0.join(name);
        let new = self.0.join(format!(".{name}.new"));
        let replaced = create(&new, readers)
            .and_then(|mut file| file.write_all(bytes))
            .and_then(|()| fs::rename(&new, &path));
        replaced.map_err(|reason| unwritable(&path, reason))
    }
}

/// A new file, in the place of what a run that was cut short left.
fn create(path: &Path, readers: Readers) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(reason) if reason.kind() != io::ErrorKind::NotFound => return Err(reason),
        _ => {}
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

fn unwritable(path: &Path, reason: io::Error) -> Error {
    Error::Write {
        name: input::name_of(path),
        reason,
    }
}
