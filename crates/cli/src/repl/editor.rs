//! Lines written on a terminal: edited, remembered, and completed with the tab key.
//!
//! `rustyline` draws the line being written; nothing else here writes to the terminal.

use std::io;

use callgate_cel::check::{Context as Known, Manifest};
use callgate_cel::tooling::{CompletionKind, complete};
use callgate_engine::environment;
use callgate_model::Limits;
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Helper};

use super::input::COMMANDS;

const PROMPT: &str = "> ";

/// Where lines come from.
pub struct Editor {
    lines: rustyline::Editor<Names, MemHistory>,
}

/// What may be written at the cursor.
struct Names {
    tools: Option<Manifest>,
    limits: Limits,
}

impl Editor {
    /// An editor on the terminal.
    ///
    /// # Errors
    /// The terminal cannot be used.
    pub fn new(tools: Option<Manifest>) -> io::Result<Self> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .auto_add_history(true)
            .build();
        let lines =
            rustyline::Editor::with_history(config.clone(), MemHistory::with_config(&config));
        let mut lines = lines.map_err(broken)?;
        let limits = Limits::default();
        lines.set_helper(Some(Names { tools, limits }));
        Ok(Self { lines })
    }

    /// The next line; none when there is no more.
    ///
    /// # Errors
    /// The terminal cannot be read.
    pub fn line(&mut self) -> io::Result<Option<String>> {
        loop {
            match self.lines.readline(PROMPT) {
                Ok(line) => return Ok(Some(line)),
                // A line that is given up is no reason to end.
                Err(ReadlineError::Interrupted) => {}
                Err(ReadlineError::Eof) => return Ok(None),
                Err(error) => return Err(broken(error)),
            }
        }
    }
}

fn broken(error: ReadlineError) -> io::Error {
    match error {
        ReadlineError::Io(error) => error,
        error => io::Error::other(error),
    }
}

impl Names {
    /// Where what is to be replaced begins, and what can stand there.
    fn at(&self, line: &str, cursor: usize) -> (usize, Vec<Pair>) {
        let before = line.get(..cursor).unwrap_or(line);
        let start = match before.split_once(char::is_whitespace) {
            None if before.starts_with(':') => return (0, commands(before)),
            Some((command, rest)) if command.starts_with(':') => {
                before.len().saturating_sub(rest.len())
            }
            _ => 0,
        };
        let source = line.get(start..).unwrap_or_default();
        let offset = u32::try_from(cursor.saturating_sub(start)).unwrap_or(u32::MAX);
        let known = Known {
            tools: self.tools.as_ref(),
            ..Known::from(environment())
        };
        let found = complete(source, offset, known, &self.limits);
        let pair = |item: callgate_cel::tooling::Completion| Pair {
            display: format!("{}  {}", item.label, item.detail),
            replacement: match item.kind {
                CompletionKind::Function => item.label + "(",
                _ => item.label,
            },
        };
        let replaced = start.saturating_add(found.replace.start as usize);
        (replaced, found.items.into_iter().map(pair).collect())
    }
}

fn commands(prefix: &str) -> Vec<Pair> {
    let names = COMMANDS.iter().map(|(name, _)| *name);
    let pair = |name: &str| Pair {
        display: name.to_owned(),
        replacement: name.to_owned(),
    };
    names
        .filter(|name| name.starts_with(prefix))
        .map(pair)
        .collect()
}

impl Completer for Names {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        cursor: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        Ok(self.at(line, cursor))
    }
}

impl Hinter for Names {
    type Hint = String;
}

impl Highlighter for Names {}

impl Validator for Names {}

impl Helper for Names {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_commands_are_completed_where_they_stand() {
        let names = Names {
            tools: None,
            limits: Limits::default(),
        };
        let at = |line: &str| {
            let (start, found) = names.at(line, line.len());
            let found: Vec<String> = found.into_iter().map(|pair| pair.replacement).collect();
            format!("{start}: {}", found.join(" "))
        };
        assert_eq!(at(":c"), "0: :cost :call");
        assert_eq!(at("request.tool.na"), "13: name");
        assert_eq!(at(":type request.tool.na"), "19: name");
        assert_eq!(at("identity.name.startsW"), "14: startsWith(");
        assert_eq!(at("[1].all(number, num"), "16: number");
    }
}
