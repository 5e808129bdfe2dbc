//! The npm package in Node and in Chromium: questions go out as lines of JSON, answers come back likewise.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use callgate_release::DefaultAction;
use serde_json::json;
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
}

impl Host for Script {
    fn name(&self) -> &'static str {
        self.name
    }

    fn takes(&self, _: &Question) -> bool {
        true
    }

    fn answers(&mut self, questions: &[&Question]) -> Result<Vec<String>> {
        let folder = Scratch::new(&self.layout.products())?;
        let (asked, answered) = (folder.path().join("asked"), folder.path().join("answered"));
        let mut lines = String::new();
        for question in questions {
            lines += &asking(question).to_string();
            lines.push('\n');
        }
        fs::write(&asked, lines).context("cannot write the questions")?;
        let mut node = say::command("node", &[&self.file]);
        node.arg(&asked).arg(&answered);
        if let Ok(browser) = xtask::setup::chromium::path() {
            node.env("CALLGATE_CHROMIUM", browser);
        }
        say::output(node.current_dir(self.layout.js()))?;
        let text = fs::read_to_string(&answered).context("no answers were written")?;
        let answers: Result<Vec<String>> = text.lines().map(line).collect();
        let answers = answers?;
        ensure!(
            answers.len() == questions.len(),
            "{} answers",
            answers.len()
        );
        Ok(answers)
    }
}

fn asking(question: &Question) -> serde_json::Value {
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
