//! The WebAssembly modules that were built with this program, and what identifies them.

use std::fs;
use std::path::PathBuf;

use callgate_model::Digest;

/// The modules that hosts load.
const MODULES: [&str; 2] = ["callgate_filter.wasm", "callgate_web.wasm"];

/// The modules in the folder of this program, or in `callgate` beside it, each with its SHA-256.
pub fn beside_program() -> Vec<(&'static str, Digest)> {
    let program = std::env::current_exe().and_then(|path| path.canonicalize());
    let folder = program
        .ok()
        .and_then(|path| path.parent().map(PathBuf::from));
    let beside = folder.as_ref().and_then(|folder| folder.parent());
    let products = beside.map(|folder| folder.join("callgate"));
    let folders: Vec<PathBuf> = folder.clone().into_iter().chain(products).collect();
    let found = MODULES.into_iter().filter_map(|name| {
        let bytes = folders
            .iter()
            .find_map(|folder| fs::read(folder.join(name)).ok());
        Some((name, Digest::of(&bytes?)))
    });
    found.collect()
}
