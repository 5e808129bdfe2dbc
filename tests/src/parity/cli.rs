//! The command line: a process for each question that differs in more than the call.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use xtask::layout::Layout;
use xtask::process::Scratch;

use super::{Host, Question, line};
use crate::decisions::{Active, State};

/// `callgate decide`.
pub struct Cli {
    program: PathBuf,
    layout: Layout,
    /// One of so many questions is asked: a process costs more than a decision.
    every: usize,
    seen: std::cell::Cell<usize>,
}

impl Cli {
    /// A built `callgate`, asked one of `every` so many questions.
    #[must_use]
    pub fn new(program: PathBuf, layout: &Layout, every: usize) -> Self {
        Self {
            program,
            layout: layout.clone(),
            every: every.max(1),
            seen: std::cell::Cell::new(0),
        }
    }
}

impl Host for Cli {
    fn name(&self) -> &'static str {
        "command line"
    }

    /// It always has a release, and keeps state.
    fn takes(&self, question: &Question) -> bool {
        let can = matches!(
            (&question.active, &question.state),
            (Active::Release(_), State::Kept(_))
        );
        // A call of several lines, or of none, is no line of a file of calls.
        let can = can && !question.call.trim().is_empty() && !question.call.contains(['\n', '\r']);
        if can {
            self.seen.set(self.seen.get() + 1);
        }
        can && self.seen.get().is_multiple_of(self.every)
    }

    fn answers(&mut self, questions: &[&Question]) -> Result<Vec<String>> {
        let folder = Scratch::new(&self.layout.products())?;
        let [release, state, call] =
            ["release.json", "state.json", "call.jsonl"].map(|name| folder.path().join(name));
        let mut answers = Vec::with_capacity(questions.len());
        let mut last = None;
        for question in questions {
            let (Active::Release(text), State::Kept(known)) = (&question.active, &question.state)
            else {
                anyhow::bail!("the command line cannot be asked this");
            };
            if last != Some(text) {
                fs::write(&release, text)?;
                last = Some(text);
            }
            fs::write(&state, known)?;
            fs::write(&call, format!("{}\n", question.call))?;
            let mut program = Command::new(&self.program);
            program.args(["decide", "-f", "json", "--now", &question.now, "-r"]);
            program.arg(&release).arg("-i").arg(&call);
            program.arg("--state").arg(&state);
            if question.explain {
                program.arg("--explain");
            }
            let output = program.output().context("cannot start `callgate`")?;
            let text = String::from_utf8(output.stdout)?;
            let mut lines = text.lines();
            let (Some(answer), None) = (lines.next(), lines.next()) else {
                let words = String::from_utf8_lossy(&output.stderr).into_owned();
                anyhow::bail!("{}: no single line: {text:?}\n{words}", question.name);
            };
            answers.push(line(answer)?);
        }
        ensure!(answers.len() == questions.len(), "an answer for each");
        Ok(answers)
    }
}
