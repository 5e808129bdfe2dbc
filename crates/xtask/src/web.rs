//! Builds the web module, its JavaScript glue and the npm package `@callgate/engine` around them.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::layout::Layout;
use crate::setup::{self, TARGET};
use crate::{say, wasm};

/// The crate, and the profile it has.
const PACKAGE: &str = "callgate-web";
const PROFILE: &str = "web";

/// What the module is called in the package.
const NAME: &str = "callgate_web";

/// Never `--all-features`: engines refuse what it may introduce.
const OPTIMISE: &[&str] = &["-Oz", "--strip-debug", "--strip-producers"];

/// Builds the module and the package, and prints size and digest.
pub fn build(layout: &Layout) -> Result<()> {
    say::step("wasm: building the web module");
    let module = compiled(layout)?;
    let glue = layout.engine_package().join("src/wasm");
    let stamp = glue.join("input.sha256");
    let digest = wasm::sha256(&module);
    let done = glue.join(format!("{NAME}.wasm"));
    if done.exists() && fs::read_to_string(&stamp).is_ok_and(|known| known == digest) {
        say::detail("wasm-bindgen, wasm-opt: up to date");
    } else {
        bind(layout, module, &glue)?;
        fs::write(&stamp, digest).context("cannot write the stamp")?;
    }
    // Beside the filter, where `callgate version` and `/healthz` look for both.
    fs::create_dir_all(layout.products())?;
    fs::copy(&done, layout.products().join(format!("{NAME}.wasm")))
        .context("cannot copy the module")?;
    wasm::report(&done)?;
    say::step("wasm: building @callgate/engine");
    package(layout)
}

fn compiled(layout: &Layout) -> Result<Vec<u8>> {
    let toolchain =
        setup::toolchain(layout).context("no wasm compiler; run `cargo xtask setup`")?;
    let arguments = [
        "build",
        "--quiet",
        "--profile",
        PROFILE,
        "--target",
        TARGET,
        "--package",
        PACKAGE,
    ];
    let mut cargo = toolchain.cargo(layout, &arguments);
    say::run(cargo.env("CARGO_TARGET_DIR", &layout.target))?;
    let built = layout.target.join(TARGET).join(PROFILE);
    let built = built.join(format!("{NAME}.wasm"));
    fs::read(&built).with_context(|| format!("cannot read {}", built.display()))
}

/// Writes glue and types, and the module as users get it.
fn bind(layout: &Layout, module: Vec<u8>, glue: &Path) -> Result<()> {
    say::detail("wasm-bindgen, wasm-opt: binding and optimising");
    let mut bindgen = Bindgen::new();
    bindgen
        .input_bytes(NAME, module)
        .web(true)?
        .typescript(true)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true);
    if glue.exists() {
        fs::remove_dir_all(glue)?;
    }
    fs::create_dir_all(glue)?;
    bindgen.generate(glue)?;
    let bound = glue.join(format!("{NAME}_bg.wasm"));
    let module = glue.join(format!("{NAME}.wasm"));
    let wasm_opt = layout.npm_package("binaryen").join("bin/wasm-opt");
    let mut wasm_opt = say::command("node", &[wasm_opt]);
    say::output(wasm_opt.args(OPTIMISE).arg(&bound).arg("-o").arg(module))?;
    fs::remove_file(bound).context("cannot remove what was optimised")
}

/// Runs the package's own tests: what it does in Node and in Chromium, with the SDKs that it is for.
pub fn test(layout: &Layout) -> Result<()> {
    say::step("test: @callgate/engine");
    let mut npm = say::command("npm", &["test", "--silent"]);
    npm.env("CALLGATE_CHROMIUM", setup::chromium::path()?);
    say::run(npm.current_dir(layout.engine_package()))
}

/// Compiles the TypeScript around the module.
pub fn package(layout: &Layout) -> Result<()> {
    let home = layout.engine_package();
    say::run(say::command("npm", &["run", "--silent", "build"]).current_dir(home))
}
