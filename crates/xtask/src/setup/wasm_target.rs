//! A compiler for wasm32-unknown-unknown: rustup's target, or Debian's rustc-web that builds its own `std`.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::layout::Layout;
use crate::say;

/// The target triple of every wasm product.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// What Debian's packages for the fallback install.
const DEBIAN_PACKAGES: &str = "rustc-web cargo-web rust-web-src rust-web-llvm lld-22";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_LINKER: &str = "/usr/bin/rust-lld";
const DEBIAN_STD_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/src/lib.rs";

/// Which compiler builds wasm here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// The workspace's own toolchain has the target's `std`.
    Own,
    /// Debian's packages: `std` is built from source.
    Debian,
}

impl Toolchain {
    /// `cargo` with the right compiler; the caller adds `build …`.
    pub fn cargo(self, layout: &Layout, arguments: &[&str]) -> Command {
        match self {
            Self::Own => say::cargo(&layout.root, arguments),
            Self::Debian => {
                let mut cargo = say::command(DEBIAN_CARGO, arguments);
                cargo.args(["-Zbuild-std=std,panic_abort", "--config"]);
                cargo.arg(format!("target.{TARGET}.linker=\"{DEBIAN_LINKER}\""));
                // `-Zbuild-std` is unstable; this variable lets a stable compiler accept it.
                cargo
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("RUSTC", DEBIAN_RUSTC)
                    .current_dir(&layout.root);
                cargo
            }
        }
    }
}

/// The compiler to use now, if there is one.
pub fn toolchain(layout: &Layout) -> Option<Toolchain> {
    if has_own_target(layout) {
        Some(Toolchain::Own)
    } else if [DEBIAN_CARGO, DEBIAN_RUSTC, DEBIAN_LINKER, DEBIAN_STD_SOURCE]
        .iter()
        .all(|path| Path::new(path).exists())
    {
        Some(Toolchain::Debian)
    } else {
        None
    }
}

pub fn install(layout: &Layout) -> Result<()> {
    if has_own_target(layout) {
        say::detail("wasm target: up to date");
        return Ok(());
    }
    say::detail("wasm target: asking rustup");
    let added =
        say::output(say::command("rustup", &["target", "add", TARGET]).current_dir(&layout.root));
    if added.is_ok() && has_own_target(layout) {
        return Ok(());
    }
    if toolchain(layout) == Some(Toolchain::Debian) {
        say::detail(
            "wasm target: rustup has none here; using Debian's rustc-web and building `std` with it",
        );
        return Ok(());
    }
    bail!(
        "no compiler for {TARGET}\n  with rustup: rustup target add {TARGET}\n  \
         or on Debian: sudo apt-get install -y {DEBIAN_PACKAGES}"
    )
}

fn has_own_target(layout: &Layout) -> bool {
    let mut rustc = say::command("rustc", &["--print", "target-libdir", "--target", TARGET]);
    say::output(rustc.current_dir(&layout.root))
        .is_ok_and(|folder| Path::new(folder.trim()).exists())
}
