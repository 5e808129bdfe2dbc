//! The arrows between crates are those of ARCHITECTURE.md; who may call whom does not drift.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Each crate and all it may depend on, third-party crates that are confined included.
const ARROWS: &[(&str, &[&str])] = &[
    ("callgate-json", &[]),
    ("callgate-automaton", &["callgate-json"]),
    ("callgate-model", &["callgate-json"]),
    (
        "callgate-cel",
        &["callgate-automaton", "callgate-model", "callgate-json"],
    ),
    (
        "callgate-schema",
        &["callgate-automaton", "callgate-model", "callgate-json"],
    ),
    (
        "callgate-detect",
        &["callgate-model", "callgate-json", "callgate-cel"],
    ),
    ("callgate-wire", &["callgate-model", "callgate-json"]),
    (
        "callgate-release",
        &[
            "callgate-detect",
            "callgate-cel",
            "callgate-model",
            "callgate-json",
            "ed25519-dalek",
        ],
    ),
    (
        "callgate-engine",
        &[
            "callgate-release",
            "callgate-detect",
            "callgate-schema",
            "callgate-cel",
            "callgate-model",
            "callgate-json",
        ],
    ),
    (
        "callgate-analysis",
        &[
            "callgate-engine",
            "callgate-release",
            "callgate-cel",
            "callgate-model",
            "callgate-json",
        ],
    ),
    (
        "callgate-filter",
        &[
            "callgate-wire",
            "callgate-engine",
            "callgate-release",
            "callgate-model",
            "callgate-json",
        ],
    ),
    (
        "callgate-server",
        &[
            "callgate-engine",
            "callgate-release",
            "callgate-model",
            "callgate-json",
        ],
    ),
    (
        "callgate",
        &[
            "callgate-analysis",
            "callgate-server",
            "callgate-engine",
            "callgate-envoy",
            "callgate-wire",
            "callgate-release",
            "callgate-cel",
            "callgate-model",
            "callgate-json",
        ],
    ),
    (
        "callgate-answer",
        &[
            "callgate-engine",
            "callgate-release",
            "callgate-model",
            "callgate-json",
        ],
    ),
    (
        "callgate-web-analysis",
        &[
            "callgate-answer",
            "callgate-analysis",
            "callgate-engine",
            "callgate-model",
            "callgate-json",
            "wasm-bindgen",
        ],
    ),
    (
        "callgate-web",
        &[
            "callgate-answer",
            "callgate-engine",
            "callgate-release",
            "callgate-wire",
            "callgate-detect",
            "callgate-cel",
            "callgate-model",
            "callgate-json",
            "wasm-bindgen",
        ],
    ),
    (
        "callgate-host-test",
        &[
            "callgate-json",
            "callgate-model",
            "callgate-wire",
            "wasmtime",
        ],
    ),
    (
        "callgate-cel-module",
        &["callgate-cel", "callgate-model", "callgate-json"],
    ),
    (
        "callgate-fuzz",
        &["callgate-cel", "callgate-model", "callgate-json", "regex"],
    ),
    (
        "callgate-reference",
        &[
            "callgate-engine",
            "callgate-release",
            "callgate-model",
            "callgate-json",
            "regex",
        ],
    ),
    ("callgate-envoy", &[]),
    ("xtask", &["callgate-envoy"]),
];

/// Third-party crates that only the crates listed with them may use.
const CONFINED: &[&str] = &[
    "wasmtime",
    "ed25519-dalek",
    "regex",
    "regex-syntax",
    "aho-corasick",
    "sqlx",
    "wasm-bindgen",
];

/// Crates that become part of every host.
const CORE: &[&str] = &[
    "callgate-json",
    "callgate-automaton",
    "callgate-model",
    "callgate-cel",
    "callgate-schema",
    "callgate-detect",
    "callgate-wire",
    "callgate-release",
    "callgate-engine",
    "callgate-analysis",
    "callgate-answer",
];

fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--manifest-path",
        ])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .output()
        .unwrap_or_else(|error| unreachable!("cargo runs this test: {error}"));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let normal = |package: &serde_json::Value| {
        let all = list(&package["dependencies"]);
        let kept = all.iter().filter(|d| d["kind"].is_null());
        kept.map(|d| text(&d["name"])).collect()
    };
    let packages = list(&metadata["packages"]);
    packages
        .iter()
        .map(|p| (text(&p["name"]), normal(p)))
        .collect()
}

#[test]
fn no_crate_depends_on_more_than_its_arrows() {
    let dependencies = dependencies();
    let ours: BTreeSet<&str> = dependencies.keys().map(String::as_str).collect();
    for (name, found) in &dependencies {
        if name == "callgate-tests" {
            continue;
        }
        let arrows = ARROWS.iter().find(|(crate_name, _)| crate_name == name);
        assert!(arrows.is_some(), "`{name}` is missing from the map");
        let allowed = arrows.map(|(_, allowed)| *allowed).unwrap_or_default();
        for dependency in found {
            let watched =
                ours.contains(dependency.as_str()) || CONFINED.contains(&dependency.as_str());
            let fine = !watched || allowed.contains(&dependency.as_str());
            assert!(fine, "`{name}` must not depend on `{dependency}`");
        }
    }
    for (name, _) in ARROWS {
        assert!(
            dependencies.contains_key(*name),
            "`{name}` is in the map and not in the tree"
        );
    }
}

#[test]
fn the_core_reads_no_clock_no_environment_and_no_network() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates");
    let banned = [
        "std::env",
        "std::fs",
        "std::net::Tcp",
        "std::thread",
        "std::process",
        "SystemTime",
        "Instant::now",
    ];
    for name in CORE {
        let folder = format!("{root}/{}/src", name.trim_start_matches("callgate-"));
        let sources = sources(&folder).into_iter();
        // Tests read their data from files.
        let is_test = |path: &str| path.ends_with("/tests.rs") || path.contains("/src/tests/");
        for (path, text) in sources.filter(|(path, _)| !is_test(path)) {
            for word in banned {
                assert!(!text.contains(word), "{path} uses `{word}`");
            }
        }
    }
}

#[test]
fn every_source_file_opens_with_its_purpose() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut seen = 0;
    for folder in ["crates", "host-test", "tests"] {
        for (path, text) in sources(&format!("{root}/{folder}")) {
            assert!(
                text.starts_with("//! "),
                "{path} must open with `//! ` and a sentence"
            );
            seen += 1;
        }
    }
    assert!(seen > 80, "only {seen} files were found");
}

fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("target") && !path.ends_with("node_modules") {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                found.push((path.display().to_string(), text));
            }
        }
    }
    found
}
