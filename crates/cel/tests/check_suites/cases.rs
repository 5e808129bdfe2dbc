//! The cases of npm `@bufbuild/cel-spec`, as the scripts of this crate convert them.

use std::path::{Path, PathBuf};
use std::process::Command;

use callgate_json::{Document, Value};

/// The cases a script makes of the installed package.
pub struct Cases(Document<'static>);

impl Cases {
    /// What one script makes.
    pub fn of(script: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let name = format!(
            "{}-{script}.json",
            std::thread::current().name().unwrap_or("cases")
        );
        let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let converted = Command::new("node")
            .arg(root.join("crates/cel/scripts").join(script))
            .arg(root.join(".xtask/node/node_modules"))
            .arg(&out)
            .status()
            .expect("node runs");
        assert!(
            converted.success(),
            "the cases are installed by `cargo xtask setup`"
        );
        let limits = callgate_json::Limits {
            bytes: u32::MAX,
            depth: 200,
            nodes: u32::MAX,
            ..callgate_json::Limits::default()
        };
        let bytes = std::fs::read(out).expect("the cases are there");
        Self(Document::parse_owned(bytes, &limits).expect("the cases are JSON"))
    }

    /// Each case.
    pub fn iter(&self) -> impl Iterator<Item = Value<'_>> {
        self.0.root().as_array().expect("a list of cases").iter()
    }
}

/// A text of a case, empty if there is none.
pub fn text<'a>(value: Value<'a>, key: &str) -> &'a str {
    let found = value.as_object().and_then(|value| value.get(key));
    found.and_then(Value::as_str).unwrap_or_default()
}
