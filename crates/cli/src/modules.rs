//! The WebAssembly modules that were built with this program, and what identifies them.

use std::fs;
use std::path::PathBuf;

use callgate_model::Digest;

/// The modules that hosts load.
const MODULES: [&str; 3] = [
    "callgate_filter.wasm",
    "callgate_web.wasm",
    "callgate_web_analysis.wasm",
];

/// The filter module, where it was built with this program.
pub fn filter() -> Option<PathBuf> {
    let [name, _, _] = MODULES;
    find(name)
}

/// The web module, likewise.
pub fn web() -> Option<PathBuf> {
    let [_, name, _] = MODULES;
    find(name)
}

/// A file that lies in the folder of this program, or in `callgate` beside it.
pub fn find(name: &str) -> Option<PathBuf> {
    let mut places = folders().into_iter().map(|folder| folder.join(name));
    places.find(|path| path.is_file())
}

/// The modules in the folder of this program, or in `callgate` beside it, each with its SHA-256.
pub fn beside_program() -> Vec<(&'static str, Digest)> {
    let folders = folders();
    let found = MODULES.into_iter().filter_map(|name| {
        let bytes = folders
            .iter()
            .find_map(|folder| fs::read(folder.join(name)).ok());
        Some((name, Digest::of(&bytes?)))
    });
    found.collect()
}

/// Where modules may lie: beside this program, or in `callgate` beside its folder.
fn folders() -> Vec<PathBuf> {
    let program = std::env::current_exe().and_then(|path| path.canonicalize());
    let folder = program
        .ok()
        .and_then(|path| path.parent().map(PathBuf::from));
    let beside = folder.as_ref().and_then(|folder| folder.parent());
    let products = beside.map(|folder| folder.join("callgate"));
    folder.into_iter().chain(products).collect()
}
