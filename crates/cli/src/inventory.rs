//! Which files belong to a project, and what each of them is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use callgate_release::Format;
use walkdir::{DirEntry, WalkDir};

use crate::error::Error;
use crate::input;
use crate::place;

/// The name of a project's own file.
pub const PROJECT_FILE: &str = "callgate.yaml";
/// The folder of a project that holds its policies.
pub const POLICIES: &str = "policies";

/// A file of interest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it is, without links.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
    /// The folder of the nearest project.
    pub root: Option<PathBuf>,
    /// Whether the user named it, rather than a folder it is in.
    pub named: bool,
}

/// What a file is, judged by its place and name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `callgate.yaml`
    Project,
    /// Below `policies/`.
    Policy,
    /// `*_test.yaml`
    Test,
    /// Any other YAML or JSON file.
    Stray,
}

/// Every file of interest at or below `paths`, in order, each once.
///
/// # Errors
/// A path that cannot be read.
pub fn survey(paths: &[PathBuf]) -> Result<Vec<Found>, Error> {
    let mut found: Vec<Found> = Vec::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        let real = path.canonicalize();
        let real = real.map_err(|reason| input::unreadable(path, reason))?;
        let named = real.is_file();
        for path in files(&real)? {
            let root = path.parent().and_then(root_of);
            let kind = kind_of(&path, root.as_deref());
            if seen.insert(path.clone()) {
                found.push(Found {
                    path,
                    kind,
                    root,
                    named,
                });
            }
        }
    }
    Ok(found)
}

/// The nearest folder, from `folder` upward, that holds a project file.
pub fn root_of(folder: &Path) -> Option<PathBuf> {
    let root = folder
        .ancestors()
        .find(|folder| folder.join(PROJECT_FILE).is_file());
    root.map(Path::to_owned)
}

/// The policy files of a project, in the order in which a release takes them.
///
/// # Errors
/// A folder that cannot be read.
pub fn policies(root: &Path) -> Result<Vec<PathBuf>, Error> {
    below_policies(root, Kind::Policy)
}

/// The policy tests that stand among the policies of a project.
///
/// # Errors
/// A folder that cannot be read.
pub fn tests_among_policies(root: &Path) -> Result<Vec<PathBuf>, Error> {
    below_policies(root, Kind::Test)
}

fn below_policies(root: &Path, kind: Kind) -> Result<Vec<PathBuf>, Error> {
    let folder = root.join(POLICIES);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = files(&folder)?;
    files.retain(|path| kind_of(path, Some(root)) == kind);
    Ok(files)
}

fn kind_of(path: &Path, root: Option<&Path>) -> Kind {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let in_policies = root.is_some_and(|root| path.starts_with(root.join(POLICIES)));
    if name == PROJECT_FILE {
        Kind::Project
    } else if stem.ends_with("_test") {
        Kind::Test
    } else if in_policies {
        Kind::Policy
    } else {
        Kind::Stray
    }
}

/// YAML and JSON files at or below `path`, sorted; hidden and installed ones are nobody's policies.
fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let walk = WalkDir::new(path).follow_links(true).sort_by_file_name();
    let mut files = Vec::new();
    for entry in walk.into_iter().filter_entry(is_of_interest) {
        let entry = entry.map_err(|error| {
            let at = error.path().unwrap_or(path).to_owned();
            let name = place::shown(&at);
            let reason = error.into();
            Error::Read {
                name,
                reason,
                meant: None,
            }
        })?;
        let readable = Format::of_path(&entry.path().to_string_lossy()).is_some();
        // The user may name any file; a folder's files count by their ending.
        if entry.file_type().is_file() && (readable || entry.depth() == 0) {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

fn is_of_interest(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let installed = entry.file_type().is_dir() && (name == "node_modules" || name == "target");
    entry.depth() == 0 || !(name.starts_with('.') || installed)
}
