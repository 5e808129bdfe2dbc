//! `callgate check`: every problem of every file, with its place and how to mend it.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::check::{Checked, check};
use crate::error::Error;
use crate::exit::Exit;
use crate::inventory;
use crate::problem;
use crate::render::text::plural;
use crate::render::{github, json, sarif, text};
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Files below a project's `policies/` are policies, `*_test.yaml` are tests, `callgate.yaml` is the \
project. The exit code is 3 when there is an error; warnings alone leave it 0.

Examples:
  callgate check                          the project here
  callgate check policies/refunds.yaml    one file, in its project
  callgate check -f sarif > check.sarif   for a code host";

/// Parse and check policies, tests and the project file: every problem, not the first
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files and folders
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,

    /// How to write the findings
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
enum Format {
    /// Source lines with marks, on standard error.
    #[default]
    Text,
    /// An array of findings.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// Workflow commands.
    Github,
}

/// Checks the files.
///
/// # Errors
/// A path that cannot be read, or nothing to check.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    let checked = check(&inventory::survey(&args.paths)?)?;
    if checked.files == 0 && checked.problems.is_empty() {
        return Err(Error::Nothing {
            what: "no policies, tests or `callgate.yaml` found".to_owned(),
            help: "name files or folders, or let `callgate init` write a project".to_owned(),
        });
    }
    let problems = &checked.problems;
    match args.format {
        Format::Text => say(&checked, terminal),
        Format::Json => terminal.data(&json::problems(problems)),
        Format::Sarif => terminal.data(&sarif::problems(problems)),
        Format::Github => terminal.data(&github::problems(problems)),
    }
    Ok(if problem::any_error(problems) {
        Exit::Invalid
    } else {
        Exit::Ok
    })
}

fn say(checked: &Checked, terminal: &mut Terminal) {
    for problem in &checked.problems {
        terminal.words(&text::problem(problem));
    }
    let (policies, files) = (
        plural(checked.policies, "policy"),
        plural(checked.files, "file"),
    );
    terminal.words(&format!(
        "{policies} in {files}: {}",
        text::total(&checked.problems)
    ));
}
