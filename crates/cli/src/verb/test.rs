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
use crate::policy_test::coverage::measure;
use crate::policy_test::mutants::hunt;
use crate::policy_test::report::quality::{self, Quality};
use crate::policy_test::report::{github, json, junit, tap, text};
use crate::policy_test::run::Outcome;
use crate::policy_test::target::Target;
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
  callgate test --coverage                    which conditions no test has shown to decide
  callgate test --coverage-min 90 --mutants   and which edits to a policy no test notices
  callgate test --target filter               the same by the Envoy filter's module
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

    /// Tell which conditions of the policies the tests show to decide (MC/DC)
    #[arg(long)]
    coverage: bool,

    /// The same, and fail below so many percent
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    coverage_min: Option<u8>,

    /// Edit the policies, one edit at a time, and fail for each that no test notices
    #[arg(long)]
    mutants: bool,

    /// What decides the calls: with a module, its records must also be this program's, byte for byte
    #[arg(long, value_enum, default_value_t)]
    target: Target,

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
    let mut projects = Vec::new();
    for (root, cases) in &cases {
        let project = Project::load(root)?.sound()?;
        let release = project.compile()?;
        projects.push((project, release, cases));
    }
    let mut outcomes: Vec<Outcome<'_>> = Vec::new();
    for (project, release, cases) in &projects {
        let mut scratch = Scratch::new(&Limits::default());
        outcomes.extend(args.target.run(cases, project, release, &mut scratch)?);
    }
    let passed = outcomes.iter().all(Outcome::passed);
    let mut quality = Quality::default();
    for (project, release, cases) in &projects {
        let cases: Vec<&Case> = cases.iter().collect();
        if args.coverage || args.coverage_min.is_some() {
            let own = measure(project, release, &cases);
            let whole = quality.coverage.get_or_insert_default();
            whole.policies.extend(own.policies);
        }
        // What fails anyway notices nothing.
        if args.mutants && passed {
            let own = hunt(project, &cases, &mut |done, of| {
                progress(terminal, done, of)
            })?;
            quality.mutants.get_or_insert_default().add(own);
        }
    }
    if args.mutants && !passed {
        terminal.words("no edits were made: tests fail without them\n");
    }
    show(args.format, &outcomes, &quality, terminal);
    Ok(if passed && is_enough(args, &quality) {
        Exit::Ok
    } else {
        Exit::TestsFailed
    })
}

fn show(format: Format, outcomes: &[Outcome<'_>], quality: &Quality, terminal: &mut Terminal) {
    match format {
        Format::Text => {
            terminal.show(&text::report(outcomes));
            terminal.show(&quality::text(quality));
        }
        Format::Json => terminal.data(&json::report(outcomes, quality)),
        Format::Junit => terminal.data(&junit::report(outcomes)),
        Format::Tap => terminal.data(&tap::report(outcomes)),
        Format::Github => {
            terminal.data(&quality::github(quality));
            terminal.data(&github::report(outcomes));
        }
    }
    // Formats that know tests only; what else was asked for is for whoever watches.
    if matches!(format, Format::Junit | Format::Tap) {
        terminal.words(&quality::text(quality));
    }
}

/// Whether nothing is left open that was asked to be closed.
fn is_enough(args: &Args, quality: &Quality) -> bool {
    let survivors = quality.mutants.as_ref();
    let survivors = survivors.is_some_and(|tally| !tally.survivors.is_empty());
    let least = args.coverage_min.map_or(0, usize::from);
    let coverage = quality.coverage.as_ref();
    !survivors && coverage.is_none_or(|coverage| coverage.percent() >= least)
}

/// How far the edits are, where somebody watches.
fn progress(terminal: &mut Terminal, done: usize, of: usize) {
    const STEP: usize = 25;
    if terminal.is_watched() && (done.is_multiple_of(STEP) || done == of) {
        let end = if done == of { "\r\u{1b}[K" } else { "" };
        terminal.words(&format!("\r{done} of {of} edits{end}"));
    }
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
