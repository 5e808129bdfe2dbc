//! Where things are: the source tree, the installed tools, the build products.

use std::path::{Path, PathBuf};

/// The folders of one working tree.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The workspace root.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
}

impl Layout {
    /// The layout of the tree this crate was compiled in.
    pub fn of_this_tree() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .unwrap_or(Path::new("."))
            .to_path_buf();
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |dir| root.join(dir));
        Self { root, target }
    }

    /// What is committed for this crate: lock files and scripts.
    pub fn own(&self, path: &str) -> PathBuf {
        self.root.join("crates/xtask").join(path)
    }

    /// What `setup` installed; git ignores it.
    pub fn tools(&self) -> PathBuf {
        self.root.join(".xtask")
    }

    /// The Python of the virtual environment.
    pub fn python(&self) -> PathBuf {
        self.tools().join("python/bin/python")
    }

    /// An installed npm package's folder.
    pub fn npm_package(&self, name: &str) -> PathBuf {
        self.tools().join("node/node_modules").join(name)
    }

    /// The JavaScript packages.
    pub fn js(&self) -> PathBuf {
        self.root.join("js")
    }

    /// The JSON parsing test suite: `y_*.json` must parse, `n_*.json` must not, `i_*.json` may.
    pub fn json_suite(&self) -> PathBuf {
        self.tools().join("json-test-suite")
    }

    /// The JSON Schema test suite for 2020-12, and the documents its cases refer to.
    pub fn schema_suite(&self) -> PathBuf {
        self.tools().join("json-schema-suite")
    }

    /// What builds for users leave behind.
    pub fn products(&self) -> PathBuf {
        self.target.join("callgate")
    }

    /// The filter that Envoy loads.
    pub fn filter(&self) -> PathBuf {
        self.products().join("callgate_filter.wasm")
    }

    /// The CEL engine alone, for benches.
    pub fn cel_module(&self) -> PathBuf {
        self.products().join("callgate_cel_module.wasm")
    }

    /// The npm package `@callgate/engine`.
    pub fn engine_package(&self) -> PathBuf {
        self.root.join("js/engine")
    }

    /// The web module, as the npm package has it.
    pub fn web_module(&self) -> PathBuf {
        self.engine_package().join("dist/callgate_web.wasm")
    }

    /// The example project that the demo and the end-to-end tests load.
    pub fn example(&self) -> PathBuf {
        self.root.join("docs/examples/support-team")
    }

    /// The release of the example project.
    pub fn example_release(&self) -> PathBuf {
        self.products().join("support-team.release.json")
    }
}
