//! The demo.
use crate::layout::Layout;
use anyhow::Result;
/// Runs it.
pub fn run(_layout: &Layout, _once: bool) -> Result<()> {
    Ok(())
}
