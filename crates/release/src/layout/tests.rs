//! Pairs of files before and after, and every YAML file of the repository in many disguises.

mod disguise;

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use disguise::Disguise;

/// Disguises that each file is seen in.
const DISGUISES: u64 = 20;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What is to become of `text`, which can be read and laid out.
fn written(text: &str) -> String {
    let found = formatted("p.yaml", text).unwrap();
    assert_eq!(found.kept, None, "{text}");
    found.text.unwrap_or_else(|| text.to_owned())
}

#[test]
fn what_stands_before_becomes_what_stands_after() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fmt");
    let mut pairs = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let Some(name) = path.to_str().unwrap().strip_suffix(".before.yaml") else {
            continue;
        };
        let before = fs::read_to_string(&path).unwrap();
        let after = fs::read_to_string(format!("{name}.after.yaml")).unwrap();
        assert_eq!(written(&before), after, "{name}");
        assert_eq!(written(&after), after, "{name}: a second time");
        pairs += 1;
    }
    assert!(pairs >= 12, "{pairs} pairs");
}

#[test]
fn what_cannot_be_moved_safely_stays_with_a_warning() {
    for (text, line) in [
        ("%YAML 1.2\n---\na:  1\n", 0),
        ("a:  1\n? b\n: 2\n", 1),
        ("a: \t1\n", 0),
        ("a:  1\n--- text\n", 1),
        ("a:  1\n--- |\n text\n", 1),
        ("a:  1\rb: 2\n", 0),
    ] {
        let found = formatted("p.yaml", text).unwrap();
        assert_eq!(found.text, None, "{text}");
        let kept = found.kept.unwrap();
        assert_eq!(kept.code, "LAYOUT_KEPT");
        assert!(!kept.is_error());
        let start = kept.span.unwrap().start as usize;
        let before = text.get(..start).unwrap();
        assert_eq!(before.matches('\n').count(), line, "{text}");
    }
}

#[test]
fn an_expression_is_formatted_where_the_layout_stays() {
    let text = "apiVersion: callgate/v1\nkind: CelPolicy\nmetadata: { name: p }\nspec:\n  effect: \tallow\n  expression: now==now\n";
    let found = formatted("p.yaml", text).unwrap();
    assert_eq!(found.text, Some(text.replace("now==now", "now == now")));
    assert!(found.kept.is_some());
}

#[test]
fn what_is_of_no_notation_is_an_error() {
    for (name, text) in [
        ("p.yaml", "a: ["),
        ("p.yaml", "a: 1\na: 2\n"),
        ("p.yaml", "a: &x 1\n"),
        ("p.json", "{"),
    ] {
        assert!(formatted(name, text).is_err(), "{text}");
    }
}

#[test]
fn json_stays_as_it_is() {
    let found = formatted("p.json", "{\"a\" :1}");
    let unchanged = Formatted {
        text: None,
        kept: None,
    };
    assert_eq!(found, Ok(unchanged));
}

/// Every YAML text of the repository that can be read and has no directives.
fn corpus() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for folder in ["crates/cli", "docs", "tests"] {
        for entry in walkdir::WalkDir::new(root().join(folder)).sort_by_file_name() {
            let path = entry.unwrap().into_path();
            let name = path.to_string_lossy().into_owned();
            if Format::of_path(&name) != Some(Format::Yaml) {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            if !text.starts_with('%') && proof::values(&text).is_some() {
                texts.push((name, text));
            }
        }
    }
    assert!(texts.len() >= 60, "{} files", texts.len());
    texts
}

/// Lays `text` out and checks that nothing is lost; whether it could be.
fn holds(name: &str, text: &str) -> bool {
    let Ok(laid_out) = laid_out(text) else {
        return false;
    };
    let context = || format!("{name}\n---- before\n{text}\n---- after\n{laid_out}");
    assert_eq!(
        proof::values(text),
        proof::values(&laid_out),
        "{}",
        context()
    );
    let words = |text: &str| {
        let mut words: Vec<String> = text
            .lines()
            .map(|line| line.chars().filter(|c| !c.is_whitespace()).collect())
            .filter(|line: &String| !line.is_empty())
            .collect();
        words.sort();
        words
    };
    if !text.contains("--- ") {
        assert_eq!(words(text), words(&laid_out), "{}", context());
    }
    let again = super::laid_out(&laid_out).unwrap();
    assert_eq!(again, laid_out, "{}", context());
    true
}

#[test]
fn every_file_in_every_disguise_keeps_its_values_and_comments() {
    let (mut readable, mut kept) = (0u64, Vec::new());
    for (at, (name, text)) in corpus().iter().enumerate() {
        assert!(holds(name, text), "{name}");
        for seed in 0..DISGUISES {
            let mut disguise = Disguise::new(seed + DISGUISES * u64::try_from(at).unwrap());
            let text = disguise.gentle(text);
            if proof::values(&text).is_none() {
                continue;
            }
            readable += 1;
            if holds(name, &text) {
                let once = written(&text);
                assert_eq!(written(&once), once, "{name}\n{text}");
            } else {
                kept.push(text);
            }
        }
    }
    assert!(readable >= 1000, "{readable} readable disguises");
    assert!(kept.is_empty(), "{} kept; one is\n{}", kept.len(), kept[0]);
}

#[test]
fn broken_files_keep_what_they_say() {
    let mut moved = 0u64;
    for (at, (name, text)) in corpus().iter().enumerate() {
        for seed in 0..DISGUISES {
            let mut disguise = Disguise::new(seed + DISGUISES * u64::try_from(at).unwrap());
            let text = disguise.rough(text);
            if proof::values(&text).is_some() {
                moved += u64::from(holds(name, &text));
            }
        }
    }
    assert!(moved >= 500, "{moved} were laid out");
}

#[test]
fn canonical_files_stay_canonical() {
    for (name, text) in corpus() {
        let once = written(&text);
        assert_eq!(written(&once), once, "{name}");
    }
}
