//! The npm package in Node and in Chromium: questions go out as lines of JSON, answers come back likewise.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use callgate_release::DefaultAction;
use serde_json::{Value, json};
use xtask::layout::Layout;
use xtask::process::Scratch;
use xtask::say;

use super::{Host, Question, line};
use crate::decisions::{Active, State};

/// A script that answers questions.
pub struct Script {
    name: &'static str,
    file: PathBuf,
    layout: Layout,
}

impl Script {
    /// The package in Node.
    #[must_use]
    pub fn node(layout: &Layout) -> Self {
        Self::of("Node", "node.mjs", layout)
    }

    /// The package in a page that Chromium shows.
    #[must_use]
    pub fn chromium(layout: &Layout) -> Self {
        Self::of("Chromium", "chromium.mjs", layout)
    }

    fn of(name: &'static str, file: &str, layout: &Layout) -> Self {
        Self {
            name,
            file: layout.root.join("tests/parity").join(file),
            layout: layout.clone(),
        }
    }

    /// What the package answers, a line for each of what `tests/parity/run.mjs` is asked.
    ///
    /// # Errors
    /// It broke down.
    pub fn ask(&self, asked: &[Value]) -> Result<Vec<String>> {
        let folder = Scratch::new(&self.layout.products())?;
        let (file, answered) = (folder.path().join("asked"), folder.path().join("answered"));
        let lines: String = asked.iter().map(|asked| format!("{asked}\n")).collect();
        fs::write(&file, lines).context("cannot write the questions")?;
        let mut node = say::command("node", &[&self.file]);
        node.arg(&file).arg(&answered);
        if let Ok(browser) = xtask::setup::chromium::path() {
            node.env("CALLGATE_CHROMIUM", browser);
        }
        say::output(node.current_dir(self.layout.js()))?;
        let text = fs::read_to_string(&answered).context("no answers were written")?;
        let answers: Vec<String> = text.lines().map(str::to_owned).collect();
        ensure!(answers.len() == asked.len(), "{} answers", answers.len());
        Ok(answers)
    }
}

impl Host for Script {
    fn name(&self) -> &'static str {
        self.name
    }

    fn takes(&self, _: &Question) -> bool {
        true
    }

    fn answers(&mut self, questions: &[&Question]) -> Result<Vec<String>> {
        let asked: Vec<Value> = questions.iter().map(|question| asking(question)).collect();
        self.ask(&asked)?.iter().map(|text| line(text)).collect()
    }
}

fn asking(question: &Question) -> Value {
    let (release, action) = match &question.active {
        Active::Release(text) => (Some(text), "deny"),
        Active::None(settings) => match settings.default_action {
            DefaultAction::Allow => (None, "allow"),
            DefaultAction::Deny => (None, "deny"),
        },
    };
    json!({
        "release": release,
        "action": action,
        "call": question.call,
        "state": match &question.state {
            State::Kept(text) => Some(text),
            State::Unavailable => None,
        },
        "now": question.now,
        "explain": question.explain,
    })
}
