//! Installs the pinned tools into `.xtask/`; doing it twice does nothing.

pub mod chromium;
mod corpora;
mod js;
mod node;
mod prerequisites;
mod python;
mod schema_suite;
mod wasm_target;

use anyhow::Result;

use crate::layout::Layout;
use crate::say;

pub use wasm_target::{TARGET, Toolchain, toolchain};

/// Checks the machine, then installs what is not there yet.
pub fn run(layout: &Layout) -> Result<()> {
    say::step("setup: tools in .xtask/");
    prerequisites::check()?;
    wasm_target::install(layout)?;
    python::install(layout)?;
    node::install(layout)?;
    js::install(layout)?;
    chromium::install()?;
    corpora::install(layout)?;
    schema_suite::install(layout)
}

/// Whether `installed` is a copy of the committed `lock`: the stamp that makes `setup` idempotent.
fn is_current(lock: &std::path::Path, installed: &std::path::Path) -> bool {
    matches!((std::fs::read(lock), std::fs::read(installed)), (Ok(a), Ok(b)) if a == b)
}
