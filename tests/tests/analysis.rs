//! `doctor`, `diff` and `replay` of the npm package, in Node and in Chromium, say what the command line says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use callgate_tests::decisions::{Active, State};
use callgate_tests::parity::{Host, Native, Question, Script, bodies, corpus};
use serde_json::{Map, Value, json};
use xtask::layout::Layout;
use xtask::process::Scratch;

/// The projects that are examined; of the last two the first lets no call pass, and they differ in a setting.
const PROJECTS: [&str; 8] = [
    "mail-and-spend",
    "model-gateway",
    "refunds",
    "secrets",
    "support-team",
    "two-teams",
    "two-teams/as-two-allows",
    "two-teams/under-any",
];

/// When calls are made whose entry does not say so.
const NOW: &str = "2026-01-31T12:00:00Z";

/// Flips that are shown.
const EXAMPLES: u32 = 100;

/// Calls in the log, about: of lines that cannot be read the package tells a thousand.
const ENTRIES: usize = 300;

/// The command line, and a folder for what it reads.
struct Cli {
    program: PathBuf,
    /// Where it runs: files are named from here.
    root: PathBuf,
    folder: Scratch,
}

impl Cli {
    fn built(layout: &Layout) -> Result<Self> {
        let program = xtask::bench::executable(layout, &["build", "-p", "callgate"], "callgate")?;
        let folder = Scratch::new(&layout.products())?;
        let root = layout.root.clone();
        Ok(Self {
            program,
            root,
            folder,
        })
    }

    /// What it prints. Findings and differences end with a code of their own, as may what it prints beside them.
    fn says(&self, arguments: &[&str]) -> Result<String> {
        let mut program = Command::new(&self.program);
        let output = program.args(arguments).current_dir(&self.root).output()?;
        let words = String::from_utf8_lossy(&output.stderr);
        ensure!(!output.stdout.is_empty(), "{arguments:?}: {words}");
        Ok(String::from_utf8(output.stdout)?)
    }

    fn json(&self, arguments: &[&str]) -> Result<Value> {
        Ok(serde_json::from_str(&self.says(arguments)?)?)
    }

    fn file(&self, name: &str, text: &str) -> Result<String> {
        let path = self.folder.path().join(name);
        fs::write(&path, text)?;
        Ok(path.display().to_string())
    }
}

/// A project, the release that it comes to, and the files that JavaScript is given.
struct Example {
    folder: String,
    release: String,
    text: String,
    files: Map<String, Value>,
}

fn examples(cli: &Cli, layout: &Layout) -> Result<Vec<Example>> {
    let example = |name: &&str| {
        let folder = format!("docs/examples/{name}");
        let home = layout.root.join(&folder);
        let acknowledged = ["--acknowledge", "denies-everything"];
        let text = cli.says(&[&["build", &folder, "-o", "-"], &acknowledged[..]].concat())?;
        let release = cli.file(&format!("{}.json", name.replace('/', "-")), &text)?;
        let mut files = Map::new();
        add(&mut files, &home, &home.join("callgate.yaml"))?;
        let mut policies: Vec<_> =
            fs::read_dir(home.join("policies"))?.collect::<Result<_, _>>()?;
        policies.sort_by_key(|entry| entry.path());
        for entry in policies {
            add(&mut files, &home, &entry.path())?;
        }
        Ok(Example {
            folder,
            release,
            text,
            files,
        })
    };
    PROJECTS.iter().map(example).collect()
}

fn add(files: &mut Map<String, Value>, home: &Path, path: &Path) -> Result<()> {
    let name = path.strip_prefix(home)?.display().to_string();
    files.insert(name, fs::read_to_string(path)?.into());
    Ok(())
}

/// A question to the package, and what the command line says.
struct Case {
    name: String,
    asked: Value,
    expected: Value,
}

fn doctors(cli: &Cli, examples: &[Example]) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for example in examples {
        let found = cli.json(&["doctor", &example.release, "-f", "json"])?;
        let expected = found.as_array().context("findings")?.iter();
        cases.push(Case {
            name: format!("doctor {}", example.release),
            asked: json!({ "examine": "doctor", "given": [example.text] }),
            expected: expected
                .map(|it| finding(it, None, &example.text))
                .collect(),
        });
        let found = cli.json(&["doctor", &example.folder, "-f", "json"])?;
        let expected = found.as_array().context("findings")?.iter().map(|it| {
            let path = it["file"].as_str().unwrap_or_default();
            let name = path.strip_prefix(&format!("{}/", example.folder));
            let text = name.and_then(|name| example.files.get(name)?.as_str());
            finding(it, name, text.unwrap_or_default())
        });
        cases.push(Case {
            name: format!("doctor {}", example.folder),
            asked: json!({ "examine": "doctor", "given": [example.files] }),
            expected: expected.collect(),
        });
    }
    Ok(cases)
}

/// A finding of the command line, as the package has it: places are UTF-16 units of the text.
fn finding(told: &Value, file: Option<&str>, text: &str) -> Value {
    let mut found = Map::new();
    for (name, value) in told.as_object().into_iter().flatten() {
        let always = matches!(name.as_str(), "policy" | "rule");
        if always || !value.is_null() {
            found.insert(name.clone(), value.clone());
        }
    }
    place(&mut found, text, Start::default());
    if let Some(file) = file {
        found.insert("file".to_owned(), file.into());
    }
    found.into()
}

/// Where a text starts in what the package was given.
#[derive(Clone, Copy, Default)]
struct Start {
    units: usize,
    lines: usize,
}

/// Bytes and characters of a text, as the command line counts, become the units of JavaScript.
fn place(found: &mut Map<String, Value>, text: &str, start: Start) {
    let [first, last] = ["start", "end"].map(|name| found.remove(name));
    for name in ["file", "line", "column", "end_line", "end_column"] {
        found.remove(name);
    }
    let units = |text: &str| text.encode_utf16().count();
    let names = [("from", "line", "column"), ("to", "endLine", "endColumn")];
    for (byte, (offset, line, column)) in [first, last].into_iter().flatten().zip(names) {
        let byte = byte.as_u64().and_then(|byte| usize::try_from(byte).ok());
        let before = text.get(..byte.unwrap_or(usize::MAX)).unwrap_or_default();
        let in_line = before.rsplit('\n').next().unwrap_or_default();
        let lines = start.lines + before.matches('\n').count();
        found.insert(offset.to_owned(), (start.units + units(before)).into());
        found.insert(line.to_owned(), (lines + 1).into());
        found.insert(column.to_owned(), (units(in_line) + 1).into());
    }
}

/// Each project beside itself and beside the next one.
fn diffs(cli: &Cli, examples: &[Example]) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (before, next) in examples.iter().zip(examples.iter().cycle().skip(1)) {
        for after in [before, next] {
            let [a, b] = [&before.release, &after.folder];
            cases.push(Case {
                name: format!("diff {a} {b}"),
                asked: json!({ "examine": "diff", "given": [before.text, after.files] }),
                expected: cli.json(&["diff", a, b, "-f", "json"])?,
            });
        }
    }
    Ok(cases)
}

/// Calls of the corpora, with what was decided about them; those that are none among them.
fn log() -> Result<String> {
    let mut questions = corpus()?;
    questions.extend(bodies()?);
    let can = |question: &Question| {
        let whole = matches!(question.active, Active::Release(_));
        whole && !question.call.trim().is_empty() && !question.call.contains(['\n', '\r'])
    };
    questions.retain(can);
    let every = questions.len() / ENTRIES;
    let questions: Vec<Question> = questions.into_iter().step_by(every.max(1)).collect();
    let all: Vec<&Question> = questions.iter().collect();
    let records = Native::default().answers(&all)?;
    let mut log = "\n".to_owned();
    for (question, record) in questions.iter().zip(&records) {
        let (call, now) = (&question.call, &question.now);
        let state = match &question.state {
            State::Kept(text) => format!(r#","state":{text}"#),
            State::Unavailable => String::new(),
        };
        let recorded = match record.starts_with(r#"{"errors""#) {
            true => String::new(),
            false => format!(r#","record":{record}"#),
        };
        log += &format!("{{\"call\":{call}{state},\"now\":\"{now}\"{recorded}}}\r\n\n{call}\n");
    }
    Ok(log)
}

/// What the command line says, as the package has it: there places are in the log, and here in a line of it.
fn replayed(mut told: Value, lines: &[(&str, Start)]) -> Result<Value> {
    let unread = told["unread"].as_array_mut().context("`unread`")?;
    for wrong in unread {
        let line = wrong["line"].as_u64().context("a line")?;
        let (text, start) = lines[usize::try_from(line)? - 1];
        let members = wrong.as_object().into_iter().flatten();
        let members = members.filter(|(_, value)| !value.is_null());
        let mut found = members
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        place(&mut found, text, start);
        *wrong = found.into();
    }
    Ok(told)
}

fn replays(cli: &Cli, examples: &[Example]) -> Result<Vec<Case>> {
    let text = log()?;
    let log = cli.file("log.jsonl", &text)?;
    let mut start = Start::default();
    let mut lines = Vec::new();
    for line in text.split('\n') {
        lines.push((line, start));
        start.units += line.encode_utf16().count() + 1;
        start.lines += 1;
    }
    let options = json!({ "now": NOW, "examples": EXAMPLES });
    let shown = EXAMPLES.to_string();
    let mut cases = Vec::new();
    for (candidate, base) in examples.iter().zip(examples.iter().cycle().skip(1)) {
        for base in [None, Some(base)] {
            let mut arguments = vec!["replay", "-r", &candidate.release, "--log", &log];
            arguments.extend(["--now", NOW, "--examples", &shown, "-f", "json"]);
            if let Some(base) = base {
                arguments.extend(["--base", &base.release]);
            }
            cases.push(Case {
                name: arguments.join(" "),
                asked: json!({
                    "examine": "replay",
                    "given": [candidate.text, text, base.map(|base| &base.files), options],
                }),
                expected: replayed(cli.json(&arguments)?, &lines)?,
            });
        }
    }
    Ok(cases)
}

#[test]
fn the_package_says_what_the_command_line_says() -> Result<()> {
    let layout = Layout::of_this_tree();
    let cli = Cli::built(&layout)?;
    let examples = examples(&cli, &layout)?;
    let mut cases = doctors(&cli, &examples)?;
    cases.extend(diffs(&cli, &examples)?);
    cases.extend(replays(&cli, &examples)?);
    telling(&cases)?;
    let asked: Vec<Value> = cases.iter().map(|case| case.asked.clone()).collect();
    for host in [Script::node(&layout), Script::chromium(&layout)] {
        for (case, answer) in cases.iter().zip(host.ask(&asked)?) {
            let answer: Value = serde_json::from_str(&answer)?;
            if let Some(found) = difference(&answer, &case.expected, "") {
                anyhow::bail!("{}: {}\n{found}", host.name(), case.name);
            }
        }
    }
    Ok(())
}

/// Where two values first differ, and how.
fn difference(answer: &Value, expected: &Value, place: &str) -> Option<String> {
    let keys: BTreeSet<String> = [answer, expected].into_iter().flat_map(keys).collect();
    if keys.is_empty() || answer.is_array() != expected.is_array() {
        // JavaScript's numbers are doubles, those of entries that it shows included.
        let double = |value: &Value| value.as_f64();
        let alike = answer.is_number() && double(answer) == double(expected);
        let differs = answer != expected && !alike;
        return differs.then(|| format!("at {place}: {answer}\nexpected {expected}"));
    }
    keys.iter().find_map(|key| {
        let place = format!("{place}/{key}");
        let of = |value: &Value| value.pointer(&format!("/{key}")).cloned();
        let [answer, expected] = [answer, expected].map(|value| of(value).unwrap_or_default());
        difference(&answer, &expected, &place)
    })
}

/// The keys of an object, or the places in an array, as pointers write them.
fn keys(value: &Value) -> Vec<String> {
    let places = value.as_array().map_or(0, Vec::len);
    let members = value.as_object().into_iter().flatten();
    let members = members.map(|(key, _)| key.replace('~', "~0").replace('/', "~1"));
    (0..places)
        .map(|place| place.to_string())
        .chain(members)
        .collect()
}

/// The cases tell answers apart: findings of several kinds, proofs and calls, flips of each kind, lines that are none.
fn telling(cases: &[Case]) -> Result<()> {
    let all: String = cases.iter().map(|case| case.expected.to_string()).collect();
    for wanted in [
        "doctor.denies_everything",
        "doctor.unguarded",
        "\"witness\"",
        "\"proved\"",
        "proved equal",
        "\"differs\"",
        "newly denied",
        "newly allowed",
        "\"MISSING_FIELD\"",
        "\"file\":\"policies/",
    ] {
        ensure!(all.contains(wanted), "no case has {wanted}");
    }
    Ok(())
}
