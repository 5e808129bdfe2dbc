//! A process that serves engines on its standard input and output, one line each way.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// What an engine says to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Whether all expressions hold.
    Holds(bool),
    /// Why it has no answer.
    None(String),
}

/// A running process; dropping it ends it.
#[derive(Debug)]
pub struct Runner {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Its engines, in the order of their numbers.
    pub engines: Vec<String>,
}

impl Runner {
    /// Starts the process and asks for its engines.
    pub fn start(mut command: Command) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start an engine")?;
        let input = child.stdin.take().context("an engine without input")?;
        let output = child.stdout.take().context("an engine without output")?;
        let mut runner = Self {
            child,
            input,
            output: BufReader::new(output),
            engines: Vec::new(),
        };
        runner.engines = serde_json::from_str(&runner.ask("engines")?)?;
        Ok(runner)
    }

    /// Sends a line and returns the line that answers it.
    pub fn ask(&mut self, line: &str) -> Result<String> {
        writeln!(self.input, "{line}").with_context(|| format!("an engine ended at `{line}`"))?;
        let mut answer = String::new();
        self.output.read_line(&mut answer)?;
        if !answer.ends_with('\n') {
            bail!("an engine ended at `{line}`");
        }
        Ok(answer.trim_end().to_owned())
    }

    /// Lets an engine get ready for a question and answer it once.
    pub fn prepare(&mut self, engine: usize, question: &str) -> Result<Answer> {
        let line = format!("prepare {engine} {question}");
        let answer = self.ask(&line)?;
        if let Some(why) = answer.strip_prefix("error ") {
            return Ok(Answer::None(why.to_owned()));
        }
        let holds = answer.parse();
        Ok(Answer::Holds(holds.with_context(|| {
            format!("`{line}` was answered `{answer}`")
        })?))
    }

    /// Nanoseconds that `times` answers to the prepared question take.
    pub fn time(&mut self, engine: usize, times: u32) -> Result<f64> {
        let line = format!("time {engine} {times}");
        let answer = self.ask(&line)?;
        let nanoseconds = answer.parse();
        nanoseconds.with_context(|| format!("`{line}` was answered `{answer}`"))
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // Either call fails only when the process is already gone.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
