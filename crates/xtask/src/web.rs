//! Builds the modules for JavaScript, their glue and the npm package `@callgate/engine` around them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::layout::Layout;
use crate::setup::{self, TARGET};
use crate::{say, wasm};

/// A module of the package: the crate, and what it is called.
struct Module {
    package: &'static str,
    name: &'static str,
}

/// What decides, and what examines releases, which few who decide ever ask for.
const MODULES: [Module; 2] = [
    Module {
        package: "callgate-web",
        name: "callgate_web",
    },
    Module {
        package: "callgate-web-analysis",
        name: "callgate_web_analysis",
    },
];

/// The profile of both.
const PROFILE: &str = "web";

/// The section in which a module says what it is, before anybody runs it; `js/engine/src/module.ts` reads it.
const SECTION: &str = "callgate";

/// Never `--all-features`: engines refuse what it may introduce.
const OPTIMISE: &[&str] = &["-Oz", "--strip-debug", "--strip-producers"];

/// Builds the modules and the package, and prints sizes and digests.
pub fn build(layout: &Layout) -> Result<()> {
    say::step("wasm: building the web modules");
    compile(layout)?;
    // Beside the filter, where `callgate version` and `/healthz` look for all.
    fs::create_dir_all(layout.products())?;
    for module in &MODULES {
        let done = finished(layout, module.name)?;
        let copy = layout.products().join(format!("{}.wasm", module.name));
        fs::copy(&done, copy).context("cannot copy the module")?;
        wasm::report(&done)?;
    }
    say::step("wasm: building @callgate/engine");
    package(layout)
}

/// Compiles all of them at once: what they have in common is compiled once, with the same features.
fn compile(layout: &Layout) -> Result<()> {
    let toolchain =
        setup::toolchain(layout).context("no wasm compiler; run `cargo xtask setup`")?;
    let mut arguments = vec!["build", "--quiet", "--profile", PROFILE, "--target", TARGET];
    for module in &MODULES {
        arguments.extend(["--package", module.package]);
    }
    let mut cargo = toolchain.cargo(layout, &arguments);
    say::run(cargo.env("CARGO_TARGET_DIR", &layout.target))
}

/// The module as users get it, with glue and types beside it; made again only from other bytes.
fn finished(layout: &Layout, name: &str) -> Result<PathBuf> {
    let built = layout.target.join(TARGET).join(PROFILE);
    let built = built.join(format!("{name}.wasm"));
    let module = fs::read(&built).with_context(|| format!("cannot read {}", built.display()))?;
    let glue = layout.engine_package().join("src/wasm");
    let done = glue.join(format!("{name}.wasm"));
    let stamp = glue.join(format!("{name}.input.sha256"));
    let digest = wasm::sha256(&module);
    if done.exists() && fs::read_to_string(&stamp).is_ok_and(|known| known == digest) {
        say::detail("wasm-bindgen, wasm-opt: up to date");
    } else {
        bind(layout, name, module, &glue)?;
        fs::write(&stamp, digest).context("cannot write the stamp")?;
    }
    Ok(done)
}

/// Writes glue and types, and the module, small and named.
fn bind(layout: &Layout, name: &str, module: Vec<u8>, glue: &Path) -> Result<()> {
    say::detail("wasm-bindgen, wasm-opt: binding and optimising");
    let mut bindgen = Bindgen::new();
    bindgen
        .input_bytes(name, module)
        .web(true)?
        .typescript(true)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true);
    fs::create_dir_all(glue)?;
    bindgen.generate(glue)?;
    let bound = glue.join(format!("{name}_bg.wasm"));
    let module = glue.join(format!("{name}.wasm"));
    let wasm_opt = layout.npm_package("binaryen").join("bin/wasm-opt");
    let mut wasm_opt = say::command("node", &[wasm_opt]);
    say::output(wasm_opt.args(OPTIMISE).arg(&bound).arg("-o").arg(&module))?;
    fs::remove_file(bound).context("cannot remove what was optimised")?;
    let mut bytes = fs::read(&module)?;
    bytes.extend(section(&format!("{name} {}", env!("CARGO_PKG_VERSION")))?);
    fs::write(module, bytes).context("cannot name the module")
}

/// A custom section with a text: <https://webassembly.github.io/spec/core/binary/modules.html#custom-section>.
fn section(text: &str) -> Result<Vec<u8>> {
    // Lengths below 128 are a byte each.
    let short = |length: usize| {
        let byte = u8::try_from(length).ok().filter(|byte| *byte < 128);
        byte.context("a section for short texts")
    };
    let content = [
        &[short(SECTION.len())?],
        SECTION.as_bytes(),
        text.as_bytes(),
    ]
    .concat();
    Ok([&[0, short(content.len())?], content.as_slice()].concat())
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
