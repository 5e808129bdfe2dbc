//! Texts that come from outside: files by name, `-` for standard input.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

use callgate_model::{Limits, nearest};

use crate::error::Error;
use crate::place;

/// A text and what it is called in messages.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    /// Its name relative to where the user stands.
    pub name: String,
    /// What it holds.
    pub text: String,
    /// The number of its first line; more than 1 for one line of a stream.
    pub first_line: u32,
}

impl File {
    /// A whole text.
    pub fn new(name: String, text: String) -> Self {
        Self {
            name,
            text,
            first_line: 1,
        }
    }
}

/// What standard input is called in messages.
pub const STDIN: &str = "<stdin>";

/// Whether `path` stands for standard input or output.
pub fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What `path` is called in messages.
pub fn name_of(path: &Path) -> String {
    if is_dash(path) {
        STDIN.to_owned()
    } else {
        place::shown(path)
    }
}

/// Reads a whole text; `-` is standard input.
///
/// # Errors
/// It cannot be read, is no UTF-8, or is larger than a release may be.
pub fn read(path: &Path) -> Result<Rc<File>, Error> {
    let name = name_of(path);
    let bytes = if is_dash(path) {
        bounded(io::stdin().lock())
    } else {
        fs::File::open(path).and_then(bounded)
    };
    let bytes = bytes.map_err(|reason| unreadable(path, reason))?;
    text(name, bytes, 1).map(Rc::new)
}

/// The text in `bytes`, which begins at line `first_line`.
///
/// # Errors
/// They are no UTF-8, or too many.
pub fn text(name: String, bytes: Vec<u8>, first_line: u32) -> Result<File, Error> {
    let limit = Limits::default().release_bytes;
    if bytes.len() > limit as usize {
        return Err(Error::TooLarge { name, limit });
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(File {
            name,
            text,
            first_line,
        }),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let at = u32::try_from(valid).unwrap_or(u32::MAX);
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let file = File {
                name,
                text,
                first_line,
            };
            Err(Error::NotText {
                file: Rc::new(file),
                at,
            })
        }
    }
}

/// One byte more than allowed is enough to know that there are too many.
fn bounded(reader: impl Read) -> io::Result<Vec<u8>> {
    let limit = u64::from(Limits::default().release_bytes);
    let mut bytes = Vec::new();
    reader
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The error for a file that cannot be read, with the name the user may have meant.
pub fn unreadable(path: &Path, reason: io::Error) -> Error {
    let meant = (reason.kind() == io::ErrorKind::NotFound)
        .then(|| sibling(path))
        .flatten();
    Error::Read {
        name: name_of(path),
        reason,
        meant,
    }
}

/// The name of the neighbour that looks most like `path`.
fn sibling(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    let name = nearest(wanted, names.iter().map(String::as_str))?;
    Some(place::shown(&path.with_file_name(name)))
}
