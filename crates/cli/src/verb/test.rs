//! `callgate test`: decides the calls of policy tests and compares.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use callgate_engine::Scratch;
use callgate_model::Limits;
use clap::ValueEnum;

use crate::error::Error;
use crate::exit::Exit;
use crate::input;
use crate::inventory::{self, Found, Kind};
use crate::place;
use crate::policy_test::report::{github, json, junit, tap, text};
use crate::policy_test::run::{Outcome, run as run_case};
use crate::policy_test::{Case, read};
use crate::problem::{self, Problem};
use crate::project::Project;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Tests are in files that end in `_test.yaml`; each is decided by the project around its file, and \
has no clock: a test without `now` happens at 2026-01-01T00:00:00Z.

  tests:
    - name: support does not delete
      call: { identity: { name: bot }, request: { tool: { name: delete } } }
      expect: { decision: DENY, deciding: { policy: allow-team-tools } }
    - name: who may call what
      table:
        columns: [agent, tool, args.id, decision]    parts of the call, and what is expected
        rows:
          - [support-bot, search, ~, ALLOW]          `~` leaves what the table's `call` says

Examples:
  callgate test
  callgate test -k refund
  callgate test -f junit > results.xml";

/// Run policy tests
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Test files, and folders that hold some
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,

    /// Only tests whose name contains this
    #[arg(short = 'k', long = "name", value_name = "NAME")]
    name: Option<String>,

    /// How to write the results
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
enum Format {
    /// Failures and totals.
    #[default]
    Text,
    /// Every test.
    Json,
    /// `JUnit` XML.
    Junit,
    /// Test Anything Protocol 14.
    Tap,
    /// Workflow commands.
    Github,
}

/// Runs the tests.
///
/// # Errors
/// There are none, a test file or a policy is invalid, or a file cannot be read.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    let suites = suites(args)?;
    let mut cases = Vec::new();
    for (root, found) in &suites {
        cases.push((root, select(found, args.name.as_deref())?));
    }
    if cases.iter().all(|(_, cases)| cases.is_empty()) {
        return Err(none_found(args));
    }
    let mut outcomes: Vec<Outcome<'_>> = Vec::new();
    for (root, cases) in &cases {
        let release = Project::load(root)?.sound()?.compile()?;
        let mut scratch = Scratch::new(&Limits::default());
        outcomes.extend(
            cases
                .iter()
                .map(|case| run_case(case, &release, &mut scratch)),
        );
    }
    match args.format {
        Format::Text => terminal.show(&text::report(&outcomes)),
        Format::Json => terminal.data(&json::report(&outcomes)),
        Format::Junit => terminal.data(&junit::report(&outcomes)),
        Format::Tap => terminal.data(&tap::report(&outcomes)),
        Format::Github => terminal.data(&github::report(&outcomes)),
    }
    Ok(if outcomes.iter().all(Outcome::passed) {
        Exit::Ok
    } else {
        Exit::TestsFailed
    })
}

/// Test files by the project that they test.
fn suites(args: &Args) -> Result<BTreeMap<PathBuf, Vec<Found>>, Error> {
    let mut suites: BTreeMap<PathBuf, Vec<Found>> = BTreeMap::new();
    for found in inventory::survey(&args.paths)? {
        if found.kind != Kind::Test && !found.named {
            continue;
        }
        let Some(root) = &found.root else {
            return Err(Error::NoProject {
                from: place::shown(found.path.parent().unwrap_or(Path::new("."))),
                help: "tests run against the project around them; `callgate init` writes one",
            });
        };
        suites.entry(root.clone()).or_default().push(found);
    }
    Ok(suites)
}

/// The tests in these files that are asked for; every file must be sound, asked for or not.
fn select(found: &[Found], name: Option<&str>) -> Result<Vec<Case>, Error> {
    let mut cases = Vec::new();
    let mut problems: Vec<Problem> = Vec::new();
    for found in found {
        let file = input::read(&found.path)?;
        let folder = found.path.parent().unwrap_or(Path::new("."));
        let tests = read::read(&file, folder);
        cases.extend(tests.cases);
        problems.extend(tests.problems);
    }
    if !problems.is_empty() {
        problem::sort(&mut problems);
        return Err(Error::Policies(problems));
    }
    cases.retain(|case| name.is_none_or(|name| case.name.contains(name)));
    Ok(cases)
}

fn none_found(args: &Args) -> Error {
    let paths: Vec<String> = args
        .paths
        .iter()
        .map(|path| format!("`{}`", input::name_of(path)))
        .collect();
    let paths = paths.join(", ");
    match &args.name {
        Some(name) => Error::Nothing {
            what: format!("no test in {paths} has `{name}` in its name"),
            help: "`callgate test -f json` lists their names".to_owned(),
        },
        None => Error::Nothing {
            what: format!("no tests found in {paths}"),
            help: "tests are in files that end in `_test.yaml`; see `callgate test --help`"
                .to_owned(),
        },
    }
}
