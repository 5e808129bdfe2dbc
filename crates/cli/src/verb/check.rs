//! `callgate check`: every problem of every file, with its place and how to mend it.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::check::{Checked, check};
use crate::error::Error;
use crate::exit::Exit;
use crate::inventory;
use crate::problem::{self, Problem};
use crate::render::text::plural;
use crate::render::{github, json, sarif, text};
use crate::terminal::{Terminal, printable};
use crate::tools;

const EXAMPLES: &str = "\
Files below a project's `policies/` are policies, `*_test.yaml` are tests, `callgate.yaml` is the \
project. The exit code is 3 when there is an error; warnings alone leave it 0.

What a policy costs at most is worked out for calls as large as usual ones get: lists and maps of \
100 elements, texts of 4 KiB, 1,000 values and 8 KiB of text in the arguments. A policy that could \
use up the gas of a whole decision on such a call is an error. A larger call is judged all the same \
and pays for every step.

Examples:
  callgate check                          the project here
  callgate check policies/refunds.yaml    one file, in its project
  callgate check --costs                  what each policy costs at most
  callgate check --tools tools.json       misspelt arguments are errors, too
  callgate check --tools crm=crm.json --tools git=git.json
  callgate check -f sarif > check.sarif   for a code host";

/// Parse and check policies, tests and the project file: every problem, not the first
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files and folders
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,

    /// What an MCP server answers to `tools/list`: arguments are checked wherever a condition names the
    /// tool. Behind a gateway route that names its server, tools are called `SERVER__TOOL`
    #[arg(long, value_name = "[SERVER=]FILE", value_parser = tools::argument)]
    tools: Vec<tools::Source>,

    /// Tell what each policy costs at most, in gas
    #[arg(long)]
    costs: bool,

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
    let tools = tools::read(&args.tools)?;
    let mut checked = check(&inventory::survey(&args.paths)?, tools.as_ref())?;
    if checked.files == 0 && checked.problems.is_empty() {
        return Err(Error::Nothing {
            what: "no policies, tests or `callgate.yaml` found".to_owned(),
            help: "name files or folders, or let `callgate init` write a project".to_owned(),
        });
    }
    let costs = args.costs.then(|| checked.costs().collect::<Vec<_>>());
    if args.format != Format::Text {
        checked.problems.extend(costs.iter().flatten().cloned());
        problem::sort(&mut checked.problems);
    }
    let problems = &checked.problems;
    match args.format {
        Format::Text => {
            say(&checked, terminal);
            for cost in costs.iter().flatten() {
                terminal.show(&line(cost));
            }
        }
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
        plural(checked.policies.len(), "policy"),
        plural(checked.files, "file"),
    );
    terminal.words(&format!(
        "{policies} in {files}: {}",
        text::total(&checked.problems)
    ));
    if let Some((name, cost)) = checked.dearest() {
        terminal.words(&printable(&format!("cost: {cost} (`{name}`)\n")));
    }
}

/// A note in one line, its place first.
fn line(note: &Problem) -> String {
    let name = note.file.as_ref().map_or("", |file| file.name.as_str());
    let place = note.range().map_or(0, |range| range.start.line);
    printable(&format!("{name}:{place}: {}\n", note.diagnostic.message))
}
