//! Paths as the user sees them: from where the user stands, with forward slashes.

use std::path::{Component, Path, PathBuf};

/// `path` relative to the working directory, or absolute when they have nothing in common.
pub fn shown(path: &Path) -> String {
    let Ok(here) = std::env::current_dir() else {
        return path.display().to_string();
    };
    let here = here.canonicalize().unwrap_or(here);
    let path = real(path);
    let common = here
        .components()
        .zip(path.components())
        .take_while(|(a, b)| a == b)
        .count();
    // Only the file system's root in common: the whole path says more than a row of `..`.
    let relative: PathBuf = if common <= 1 {
        path
    } else {
        let up = here.components().skip(common).map(|_| Component::ParentDir);
        up.chain(path.components().skip(common)).collect()
    };
    let text = relative.display().to_string();
    let text = if cfg!(windows) {
        text.replace('\\', "/")
    } else {
        text
    };
    if text.is_empty() {
        ".".to_owned()
    } else {
        text
    }
}

/// `path` without links and `..`, as far as it exists.
pub fn real(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let folder = parent.unwrap_or(Path::new("."));
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    path.file_name()
        .map_or_else(|| folder.clone(), |name| folder.join(name))
}
