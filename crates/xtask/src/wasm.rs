//! Builds the wasm modules and shrinks them.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};

use crate::bench::executable;
use crate::layout::Layout;
use crate::say;
use crate::setup::{self, TARGET};

/// The filter for Envoy.
const FILTER: &str = "callgate-filter";

/// The CEL engine alone, for benches.
const CEL: &str = "callgate-cel-module";

/// Never `--all-features`: engines refuse what it may introduce.
const OPTIMISE: &[&str] = &["-Oz", "--strip-debug", "--strip-producers"];

/// Builds `callgate_filter.wasm`, prints its size and digest, and returns its path.
pub fn build(layout: &Layout) -> Result<PathBuf> {
    say::step("wasm: building the filter");
    module(layout, FILTER, &layout.filter())
}

/// Builds the module that `bench cel` times, as the filter is built, and returns its path.
pub fn cel(layout: &Layout) -> Result<PathBuf> {
    say::step("wasm: building the CEL engine");
    module(layout, CEL, &layout.cel_module())
}

/// Builds the program that hosts the modules for `callgate test --target`, and puts it beside them.
pub fn host(layout: &Layout) -> Result<PathBuf> {
    say::step("wasm: building the program that hosts the modules");
    // With the features that all tests are built with, so that nothing is built twice.
    let name = "callgate-host";
    let whole = ["build", "--workspace", "--exclude", FILTER, "--bin", name];
    let built = executable(layout, &whole, name)?;
    let file = built.file_name().context("a program has a name")?;
    let beside = layout.products().join(file);
    fs::create_dir_all(layout.products())?;
    // Written beside its final place and renamed: one that runs is not written to.
    let partial = beside.with_extension("partial");
    fs::copy(&built, &partial)?;
    fs::rename(&partial, &beside)?;
    Ok(beside)
}

fn module(layout: &Layout, package: &str, optimised: &Path) -> Result<PathBuf> {
    let toolchain =
        setup::toolchain(layout).context("no wasm compiler; run `cargo xtask setup`")?;
    let arguments = [
        "build",
        "--quiet",
        "--profile",
        "wasm",
        "--target",
        TARGET,
        "--package",
        package,
    ];
    let mut cargo = toolchain.cargo(layout, &arguments);
    say::run(
        cargo
            .args(["--config", &without_machine_paths()])
            .env("CARGO_TARGET_DIR", &layout.target),
    )?;
    let file = format!("wasm/{}.wasm", package.replace('-', "_"));
    let built = layout.target.join(TARGET).join(file);
    optimise(layout, &built, optimised)?;
    report(optimised)?;
    Ok(optimised.to_path_buf())
}

/// The places of panics name source files. Without the folder of this machine they are shorter, and the
/// module has the same digest wherever it is built.
fn without_machine_paths() -> String {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let sources = home.map(|home| home.join("registry/src"));
    let folders = sources.and_then(|sources| fs::read_dir(sources).ok());
    let folders = folders.into_iter().flatten().flatten();
    let flags = folders.map(|folder| format!("--remap-path-prefix={}/=", folder.path().display()));
    let flags: Vec<String> = flags.collect();
    format!("target.{TARGET}.rustflags={flags:?}")
}

/// Skips the work when the same bytes were optimised before.
fn optimise(layout: &Layout, built: &Path, optimised: &Path) -> Result<()> {
    let stamp = optimised.with_extension("input.sha256");
    let digest =
        sha256(&fs::read(built).with_context(|| format!("cannot read {}", built.display()))?);
    if optimised.exists() && fs::read_to_string(&stamp).is_ok_and(|known| known == digest) {
        say::detail("wasm-opt: up to date");
        return Ok(());
    }
    say::detail("wasm-opt: optimising");
    fs::create_dir_all(layout.products())?;
    // Written beside its final place and renamed: Envoy and tests never see half a module.
    let partial = optimised.with_extension("partial");
    let mut wasm_opt = say::command(
        "node",
        &[layout.npm_package("binaryen").join("bin/wasm-opt")],
    );
    say::output(wasm_opt.args(OPTIMISE).arg(built).arg("-o").arg(&partial))?;
    fs::rename(&partial, optimised)?;
    fs::write(&stamp, digest).context("cannot write the stamp")
}

/// Prints a module's size and digest.
pub(crate) fn report(module: &Path) -> Result<()> {
    let bytes = fs::read(module)?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&bytes)?;
    let compressed = gzip.finish()?.len();
    say::detail(&format!("{}", module.display()));
    say::detail(&format!(
        "{} bytes, {compressed} gzipped, sha256 {}",
        bytes.len(),
        sha256(&bytes)
    ));
    Ok(())
}

/// The digest in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
