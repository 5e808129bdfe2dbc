//! The official JSON Schema test suite, from the source package of Python's `jsonschema`.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::is_current;
use crate::layout::Layout;
use crate::say;

/// The source package as pip names it, and the folders of it that are kept.
const PACKAGE: &str = "jsonschema-4.26.0";
const KEPT: [(&str, &str); 2] = [
    ("json/tests/draft2020-12", "tests"),
    ("json/remotes/draft2020-12", "remotes"),
];

/// Runs after the Python environment is there: its pip checks the package's hash.
pub fn install(layout: &Layout) -> Result<()> {
    let lock = layout.own("tools/schema-suite.txt");
    let home = layout.schema_suite();
    let stamp = home.join("schema-suite.txt");
    if is_current(&lock, &stamp) {
        say::detail("json schema test suite: up to date");
        return Ok(());
    }
    say::detail("json schema test suite: unpacking");
    let partial = home.with_extension("partial");
    for folder in [&home, &partial] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
    }
    fs::create_dir_all(&partial)?;
    download(layout, &lock, &partial)?;
    for (source, target) in KEPT {
        fs::rename(partial.join(PACKAGE).join(source), partial.join(target))
            .with_context(|| format!("`{PACKAGE}` has no `{source}`"))?;
    }
    fs::remove_dir_all(partial.join(PACKAGE))?;
    fs::copy(&lock, partial.join("schema-suite.txt")).context("cannot write the stamp")?;
    fs::rename(&partial, &home).context("cannot put the suite in its place")
}

fn download(layout: &Layout, lock: &Path, folder: &Path) -> Result<()> {
    let arguments = [
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-binary=jsonschema",
        "--require-hashes",
        "-r",
    ];
    let mut pip = say::command(layout.python(), &arguments);
    say::output(pip.arg(lock).arg("-d").arg(folder))?;
    let archive = folder.join(format!("{PACKAGE}.tar.gz"));
    let mut unpack = say::command(layout.python(), &["-m", "tarfile", "-e"]);
    say::output(unpack.arg(&archive).arg(folder))?;
    fs::remove_file(archive).context("cannot remove the archive")
}
